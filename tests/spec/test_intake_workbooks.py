"""Workbooks as departments send them, and those that must not be opened."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from huimin.intake import Reading, read, workbook
from huimin.intake.grid import place_of
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
HEADINGS = ("户主姓名", "身份证号", "补贴项目", "补贴金额", "一卡通账号")
NUMBER = "11010519491231002X"
ROW = ("李霞", NUMBER, "耕地地力保护补贴", "100.00", "6217000000000000000")


def book(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as written:
        fill(written)
    return stream.getvalue()


def sheet(rows: list[tuple[Any, ...]], name: str = "数据") -> bytes:
    def fill(written: xlsxwriter.Workbook) -> None:
        page = written.add_worksheet(name)
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)

    return book(fill)


def reading(content: bytes, name: str = "惠农补贴.xlsx") -> Reading:
    return read(content, name, CONTRACTS, TODAY)


def test_rows_are_numbered_as_the_sheet_shows_them() -> None:
    rows = [
        (),
        ("惠农补贴发放表",),
        ("填报单位：某县", "", "填报日期：2026年7月1日"),
        (),
        HEADINGS,
        ROW,
        (),
        ROW,
        ("合计",),
    ]
    found = reading(sheet(rows))
    assert found.heading_line == 5
    assert found.rows["line"].to_list() == [6, 8]
    assert found.rows["amount_fen"].to_list() == [10000, 10000]
    assert dict(found.skipped.rows()) == {7: "blank", 9: "total"}


def test_a_path_is_read_as_bytes_are(tmp_path: Path) -> None:
    content = sheet([HEADINGS, ROW])
    path = tmp_path / "惠农补贴.xlsx"
    path.write_bytes(content)
    assert read(path, path.name, CONTRACTS, TODAY).rows.equals(reading(content).rows)


def test_empty_columns_and_rows_before_the_table_do_not_shift_it() -> None:
    def fill(written: xlsxwriter.Workbook) -> None:
        page = written.add_worksheet()
        page.write_row(3, 2, HEADINGS)
        page.write_row(4, 2, ROW)
        page.write_number(5, 3, 330127197503025060)
        page.write(5, 2, "王芳")
        page.write(5, 5, 5)

    found = reading(book(fill))
    assert found.rows.select("line", "name", "amount_fen").rows() == [(5, "李霞", 10000), (6, "王芳", 500)]
    assert found.problems.filter(pl.col("code") == "id_digits_lost")["line"].to_list() == [6]


def test_numbers_dates_and_apostrophes_are_read_as_text_would_be() -> None:
    def fill(written: xlsxwriter.Workbook) -> None:
        page = written.add_worksheet()
        day = written.add_format({"num_format": "yyyy/m/d"})
        page.write_row(0, 0, ("结算流水号", "姓名", "身份证号", "结算日期", "总费用", "个人自付"))
        page.write_row(1, 0, (7, "李霞", f"'{NUMBER}"))
        page.write_datetime(1, 3, datetime(2026, 6, 30), day)  # noqa: DTZ001 - a cell has no zone
        page.write_row(1, 4, (1234.5, 0.1 + 0.2))
        page.write_row(2, 0, ("8", "王芳", 110105491231002, 46203, "1,234.50", "¥3"))

    rows = reading(book(fill), "医疗结算.xlsx").rows
    assert rows["settlement_no"].to_list() == ["7", "8"]
    assert rows["national_id"].to_list() == [NUMBER, NUMBER]
    assert rows["settled_on"].to_list() == [date(2026, 6, 30)] * 2
    assert rows.select("total_fen", "own_fen").rows() == [(123450, 30), (123450, 300)]


def test_numbers_that_lost_their_digits_are_not_used() -> None:
    rows = [
        HEADINGS,
        ("李霞", 330127197503025060, "补贴", 100, "6217"),
        ("王芳", NUMBER, "补贴", 1, 6217000000000000000),
    ]
    found = reading(sheet(rows))
    assert found.rows.select("line", "national_id", "card").rows() == [(2, None, "6217"), (3, NUMBER, None)]
    assert {"id_digits_lost", "digits_lost"} <= set(found.problems["code"])


def test_merged_headings_are_read() -> None:
    def fill(written: xlsxwriter.Workbook) -> None:
        page = written.add_worksheet()
        page.merge_range(0, 0, 0, 4, "婚姻登记表")
        page.merge_range(1, 0, 1, 1, "男方")
        page.merge_range(1, 2, 1, 3, "女方")
        page.merge_range(1, 4, 2, 4, "登记日期")
        page.write_row(2, 0, ("姓名", "身份证号", "姓名", "身份证号"))
        page.write_row(3, 0, ("甲", NUMBER, "乙", NUMBER, "2020-01-01"))

    found = reading(book(fill), "x.xlsx")
    assert found.contract is not None
    assert found.contract.name == "marriages"
    assert found.rows.select("line", "husband_name", "wife_name", "registered_on").rows() == [
        (4, "甲", "乙", date(2020, 1, 1))
    ]


def test_a_heading_merged_over_two_rows_is_read() -> None:
    def fill(written: xlsxwriter.Workbook) -> None:
        page = written.add_worksheet()
        for place, heading in enumerate(("纳税人姓名", "身份证号", "年度")):
            page.merge_range(0, place, 1, place, heading)
        page.merge_range(0, 3, 0, 4, "所得（元）")
        page.write_row(1, 3, ("工资薪金所得", "经营所得"))
        page.write_row(2, 0, ("甲", NUMBER, 2025, 100, 0))

    found = reading(book(fill), "x.xlsx")
    assert found.rows.select("line", "wages_fen", "business_fen").rows() == [(3, 10000, 0)]


def test_several_sheets_of_one_data_set_are_read_and_their_lines_kept_apart() -> None:
    def fill(written: xlsxwriter.Workbook) -> None:
        written.add_worksheet("说明").write(0, 0, "本表由某县填报")
        for name in ("甲镇", "乙镇"):
            page = written.add_worksheet(name)
            page.write_row(0, 0, HEADINGS)
            page.write_row(1, 0, ROW)
        hidden = written.add_worksheet("旧数据")
        hidden.write_row(0, 0, HEADINGS)
        hidden.hide()
        other = written.add_worksheet("参保")
        other.write_row(0, 0, ("姓名", "身份证号", "险种", "状态"))

    found = reading(book(fill))
    assert [place_of(line) for line in found.rows["line"]] == [(0, 2), (1, 2)]
    assert sorted(found.problems["code"]) == ["hidden_sheet", "other_sheet"]


def test_the_form_below_the_headings_is_no_row() -> None:
    found = reading(sheet([HEADINGS, ("甲", "乙", "1", "2", "3"), ROW]))
    assert found.rows["line"].to_list() == [3]
    assert found.skipped["kind"].to_list() == ["legend"]


def test_a_workbook_without_headings_is_named() -> None:
    assert reading(sheet([ROW[:3], ROW[:3]])).problems["code"].to_list() == ["no_headings"]
    assert reading(sheet([])).problems["code"].to_list() == ["empty_file"]


def test_other_writers_of_workbooks_are_read() -> None:
    written = openpyxl.Workbook()
    page = written.active
    assert page is not None
    page.append(HEADINGS)
    page.append(ROW)
    stream = io.BytesIO()
    written.save(stream)
    assert reading(stream.getvalue()).rows["line"].to_list() == [2]


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_truncated_workbook_is_named(share: float) -> None:
    content = sheet([HEADINGS, ROW])
    found = reading(content[: int(len(content) * share)])
    assert found.problems["code"].to_list() == ["unreadable_workbook"]


def test_a_damaged_sheet_is_named() -> None:
    content = bytearray(sheet([HEADINGS, *[ROW] * 500]))
    place = content.find(b"xl/worksheets/sheet1.xml") + 60
    content[place : place + 40] = bytes(40)
    assert reading(bytes(content)).problems["code"].to_list() == ["unreadable_workbook"]


def test_a_zip_that_is_no_workbook_is_named() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("a.csv", "姓名")
    assert reading(stream.getvalue(), "a.zip").problems["code"].to_list() == ["not_a_table"]


def test_a_bomb_is_not_opened() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (100 << 20))
    found = reading(stream.getvalue())
    assert found.problems["code"].to_list() == ["too_large_inside"]
    assert "100 MB" in found.messages("en").item()


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheet([HEADINGS, *[ROW] * 5000]))
    with pytest.raises(workbook.Refused) as caught:
        workbook.grids(path, tmp_path, memory_bytes=150 << 20)
    assert caught.value.code == "too_slow"


def test_a_parquet_file_reads_as_the_same_table(tmp_path: Path) -> None:
    days = [datetime(2019, 5, 1), None]  # noqa: DTZ001 - a file has no zone
    frame = pl.DataFrame(
        {
            "号牌号码": pl.Series(["川A1", "川A2"], dtype=pl.Categorical), "所有人": ["余望山", "葛长林"],
            "身份证明号码": ["510100197001011238", "510100197001011238"], "初次登记日期": days,
        }
    )  # fmt: skip
    frame.write_parquet(tmp_path / "v.parquet")
    reading = read(tmp_path / "v.parquet", "v.parquet", load_all(), date(2026, 7, 1))
    assert reading.state == "accepted"
    assert reading.rows.select("plate", "registered_on").rows() == [
        ("川A1", date(2019, 5, 1)),
        ("川A2", None),
    ]
    for bad in (
        frame.with_columns(pl.lit([1]).alias("列")),
        frame.with_columns(pl.struct("所有人").alias("列")),
    ):
        bad.write_parquet(tmp_path / "n.parquet")
        nested = read(tmp_path / "n.parquet", "n.parquet", load_all(), date(2026, 7, 1))
        assert nested.problems["code"].to_list() == ["unreadable_parquet"]
    cut = (tmp_path / "v.parquet").read_bytes()[:-100]
    assert read(cut, "v.parquet", load_all(), date(2026, 7, 1)).problems["code"].to_list() == [
        "unreadable_parquet"
    ]
