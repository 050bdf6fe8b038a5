"""Pages and Excel's XML that bear the name of a workbook, as systems of departments export them."""

import csv
from datetime import date
from html import escape
from pathlib import Path

import pytest

from huimin.intake import Reading, read
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
HEADINGS = ("户主姓名", "身份证号", "补贴项目", "补贴金额", "一卡通账号")
NUMBER = "11010519491231002X"
ROW = ("李霞", NUMBER, "耕地地力保护补贴", "100.00", "6217000000000000000")
COUNTY = Path(__file__).resolve().parents[3] / "shared" / "data" / "county"


def reading(content: bytes, name: str = "惠农补贴.xls") -> Reading:
    return read(content, name, CONTRACTS, TODAY)


def page(rows: list[tuple[str, ...]], around: str = "{}") -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return around.replace("{}", f"<table border=1>\n{lines}</table>")


def spreadsheet(rows: list[tuple[str, ...]]) -> str:
    lines = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{escape(cell)}</Data></Cell>' for cell in row) + "</Row>\n"
        for row in rows
    )  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Styles><Style ss:ID="1"/></Styles><Worksheet ss:Name="数据"><Table>{lines}</Table></Worksheet></Workbook>'
    )


HTML = '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><style>td{mso-number-format:"\\@"}</style></head><body>{}</body></html>'


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "written", [page([HEADINGS, ROW], HTML), page([HEADINGS, ROW]), spreadsheet([HEADINGS, ROW])]
)
def test_a_page_or_xml_named_as_a_workbook_is_read_as_one(written: str, codec: str) -> None:
    found = reading(written.encode(codec))
    assert found.problems.is_empty(), found.messages("en").to_list()
    assert found.rows.select("name", "national_id", "amount_fen", "line").rows() == [
        ("李霞", NUMBER, 10_000, 2)
    ]


def test_text_of_cells_is_told_as_it_is_shown() -> None:
    rows = [HEADINGS, ("李&amp;霞", *ROW[1:])]
    odd = (
        page(rows)
        .replace("<td>李", "<td class=x><p>&nbsp;<b>李")
        .replace("</tr>", "")
        .replace(NUMBER, f"{NUMBER}<!-- a note -->")
    )
    found = reading(odd.encode())
    assert found.rows["national_id"].to_list() == [NUMBER]
    assert "<" not in found.rows["name"].item()


def test_cells_merged_downwards_speak_for_their_rows_and_gaps_keep_their_place() -> None:
    merged = page([HEADINGS, ROW, ROW[1:]]).replace("<td>李霞", "<td rowspan=2>李霞")
    assert reading(merged.encode()).rows["name"].to_list() == ["李霞", "李霞"]
    gap = spreadsheet([HEADINGS, (*ROW[:2], *ROW[3:])]).replace(
        '<Cell><Data ss:Type="String">100', '<Cell ss:Index="4"><Data ss:Type="String">100'
    )
    found = reading(gap.encode())
    assert found.rows.select("amount_fen", "card").row(0) == (10_000, ROW[4])


def test_tables_that_only_place_things_and_the_one_inside_are_told_apart() -> None:
    nested = "<html><table><tr><td>某县农业农村局</td></tr><tr><td>{}</td></tr></table></html>"
    assert reading(page([HEADINGS, ROW], nested).encode()).rows["name"].to_list() == ["李霞"]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>404 Not Found</body></html>",
        b"<?xml version='1.0'?><a><b>1</b></a>",
        b"<table></table>",
        b"<html><table><tr><td>1</td></tr></table></html>",
    ],
)
def test_a_page_without_rows_is_refused(content: bytes) -> None:
    assert reading(content).problems["code"].to_list() == ["not_a_table"]


def test_spans_beyond_all_bounds_fill_no_memory() -> None:
    wild = f'<table><tr><td colspan=9999999 rowspan=9999999>{HEADINGS[0]}<tr><td ss:index="9999999">1<tr><td>2<td>3</table>'
    assert reading(wild.encode()).rows.is_empty()


@pytest.mark.skipif(not COUNTY.exists(), reason="the county's files are not beside the project")
def test_a_departments_file_says_the_same_as_a_page() -> None:
    [path] = sorted(COUNTY.rglob("*伤残津贴*.csv"))[:1]
    rows = [tuple(row) for row in csv.reader(path.read_text("utf-8-sig").splitlines())]
    as_text, as_page = (
        read(path.read_bytes(), path.name, CONTRACTS, TODAY),
        reading(page(rows, HTML).encode(), path.name),
    )
    assert as_page.rows.drop("line").equals(as_text.rows.drop("line"))
    assert as_page.problems["code"].to_list() == as_text.problems["code"].to_list()


@pytest.mark.parametrize(("name", "code"), [("a.xlsx", "unreadable_workbook"), ("a.csv", "not_a_table")])
def test_noise_is_no_text(name: str, code: str) -> None:
    noise = bytes((7 * place * place + 13 * place) % 256 for place in range(1, 3000))
    assert reading(noise, name).problems["code"].to_list() == [code]
