"""Files as departments send them: encodings, delimiters, titles, totals, line numbers, broken text."""

import json
from datetime import date

import polars as pl
import pytest

from huimin.intake import Reading, problem_groups, read
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
HEADINGS = "姓名,身份证号,险种,状态,联系电话"
ROWS = (
    "李霞,11010519491231002X,城镇职工,参保,13800000000",
    "阿依古丽·热合曼,11010519491231002X,城乡居民,未参保,13900000000",
)
TEXT = "\n".join((HEADINGS, *ROWS)) + "\n"


def reading(text: str | bytes, name: str = "参保登记.csv") -> Reading:
    return read(text.encode() if isinstance(text, str) else text, name, CONTRACTS, TODAY)


def codes(found: Reading) -> list[str]:
    return found.problems["code"].to_list()


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_every_usual_encoding_is_read(codec: str, said: str) -> None:
    found = reading(TEXT.encode(codec))
    assert found.encoding == said
    assert found.rows["name"].to_list() == ["李霞", "阿依古丽·热合曼"]
    assert found.state == "accepted"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(ends: str) -> None:
    found = reading(TEXT.replace("\n", ends))
    assert found.rows["line"].to_list() == [2, 3]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", "，", "||", "^"])
def test_other_delimiters_are_found(delimiter: str) -> None:
    found = reading(TEXT.replace(",", delimiter))
    assert found.rows["name"].to_list() == ["李霞", "阿依古丽·热合曼"]
    assert found.rows["phone"].to_list() == ["13800000000", "13900000000"]


def test_lines_are_numbered_as_an_editor_does() -> None:
    text = f'参保名册\n\n{HEADINGS}\n"李\n霞",11010519491231002X,城镇职工,参保,\n\n{ROWS[1]}\n'
    found = reading(text)
    assert found.heading_line == 3
    assert found.rows.select("line", "name").rows() == [(4, "李\n霞"), (7, "阿依古丽·热合曼")]


def test_quotation_marks_out_of_order_cost_one_row_only() -> None:
    text = f'{HEADINGS}\n{ROWS[0]}\n"张三,,城镇职工,参保,,\n{ROWS[1]}\n李"四"儿,,城镇职工,参保,\n'
    found = reading(text)
    assert found.rows["line"].to_list() == [2, 4, 5]
    assert found.rows["name"].to_list()[-1] == '李"四"儿'
    assert found.refused["line"].to_list() == [3]
    assert "row_broken" in codes(found)


def test_a_stray_quotation_mark_costs_nothing_where_the_cells_are_as_many_as_the_headings() -> None:
    text = f'{HEADINGS}\n{ROWS[0]}\n"张三,,城镇职工,参保,\n{ROWS[1]}\n'
    found = reading(text)
    assert found.rows.select("line", "name").rows()[1] == (3, "张三")
    assert found.refused.is_empty()
    assert found.problems.filter(pl.col("code") == "quote_stray")["line"].to_list() == [3]


def test_totals_notes_and_repeated_headings_are_no_rows() -> None:
    text = "\n".join(
        (
            "惠农补贴发放表,,,",
            "填报单位：某县,,单位：元,",
            "户主姓名,身份证号,补贴项目,补贴金额",
            "李霞,11010519491231002X,耕地地力保护补贴,100.00",
            "小计,,,100.00",
            "户主姓名,身份证号,补贴项目,补贴金额",
            "王芳,11010519491231002X,耕地地力保护补贴,200.00",
            "总 计,2户,,350.00",
            "制表人：张三,,审核人：李四,",
            "",
        )
    )
    found = reading(text, "惠农补贴.csv")
    assert found.rows.select("line", "amount_fen").rows() == [(4, 10000), (7, 20000)]
    assert dict(found.skipped.rows()) == {5: "total", 6: "heading", 8: "total", 9: "note"}
    assert codes(found) == ["total_differs"]
    assert "350.00" in found.messages("zh-hans").item()


def test_somebody_called_total_is_a_row() -> None:
    text = "户主姓名,身份证号,补贴项目,补贴金额\n合计,11010519491231002X,耕地地力保护补贴,100.00\n"
    assert reading(text, "补贴.csv").rows["name"].to_list() == ["合计"]


def test_a_unit_above_the_table_counts_for_every_amount() -> None:
    text = "单位：万元,,,\n户主姓名,身份证号,补贴项目,补贴金额\n李霞,,补贴,0.01\n王芳,,补贴,100元\n"
    assert reading(text, "补贴.csv").rows["amount_fen"].to_list() == [10000, 10000]


def test_a_missing_amount_refuses_the_row_and_keeps_it() -> None:
    text = (
        "户主姓名,身份证号,补贴项目,补贴金额\n李霞,11010519491231002X,补贴,-\n王芳,,补贴,-3\n张三,,补贴,5\n"
    )
    found = reading(text, "补贴.csv")
    assert found.state == "partly"
    assert found.rows["line"].to_list() == [4]
    assert found.refused.select("line", "户主姓名").rows() == [(2, "李霞"), (3, "王芳")]
    assert found.unsure.select("line", "name", "amount_fen").rows() == [(2, "李霞", None), (3, "王芳", None)]
    errors = found.problems.filter(pl.col("severity") == "error")
    assert errors.select("line", "column", "code").rows() == [
        (2, "amount_fen", "value_missing"),
        (3, "amount_fen", "amount_negative"),
    ]


def test_an_income_column_that_is_left_out_is_told() -> None:
    found = reading("纳税人姓名,身份证号,年度,工资薪金所得\n李霞,,2025,5\n", "收入.csv")
    assert found.rows.select("wages_fen", "business_fen").rows() == [(500, None)]
    assert "经营所得" in found.messages("zh-hans")[0]


def test_a_shifted_row_is_refused() -> None:
    found = reading(f"{TEXT}王,芳,11010519491231002X,城镇职工,参保,138\n")
    assert found.rows["line"].to_list() == [2, 3]
    assert "row_too_long" in codes(found)


def test_a_column_without_heading_refuses_nothing() -> None:
    text = "\n".join((HEADINGS, *(f"{row},备注" for row in ROWS)))
    found = reading(text)
    assert found.rows.height == 2
    assert codes(found) == ["column_without_heading"]


@pytest.mark.parametrize("character", ["\x00", "\u202e", "\x07", "\u2066"])
def test_hidden_characters_are_refused_by_name(character: str) -> None:
    found = reading(TEXT.replace("李霞", f"李{character}霞"))
    assert found.rows["line"].to_list() == [3]
    assert codes(found) == ["hidden_characters"]


def test_names_are_kept_as_given() -> None:
    found = reading(TEXT.replace("李霞", "e\u0301 \u3000李　霞"))
    assert found.rows["name"].to_list()[0] == "é \u3000李　霞"


def test_json_is_read_as_rows() -> None:
    rows = [dict(zip(HEADINGS.split(","), row.split(","), strict=True)) for row in ROWS]
    for content in (rows, {"code": 0, "data": rows}):
        found = reading(json.dumps(content), "参保.json")
        assert found.rows["name"].to_list() == ["李霞", "阿依古丽·热合曼"]
    lines = "\n".join(json.dumps(row) for row in rows)
    assert reading(lines, "参保.jsonl").rows.height == 2


def test_local_standards_become_one_row() -> None:
    content = {
        "as_of": "2026-06-30",
        "low_income_standard_yuan_per_month": {"urban": 1000, "rural": 850.5},
        "edge_multiple": 1.5,
        "property_limit": {"vehicles": 0, "homes": 1},
        "income_period": ["2025-07-01", "2026-06-30"],
    }
    row = reading(json.dumps(content), "标准.json").rows.row(0, named=True)
    assert (row["urban_standard_fen"], row["rural_standard_fen"]) == (100000, 85050)
    assert (str(row["edge_multiple"]), row["vehicle_limit"], row["home_limit"]) == ("1.500000", 0, 1)
    assert (row["income_first_on"], row["income_last_on"]) == (date(2025, 7, 1), date(2026, 6, 30))


def test_numbers_inside_other_numbers_are_taken_out() -> None:
    text = "姓名,残疾人证号,残疾类别\n李霞,11010519491231002X44,\n"
    row = reading(text, "残疾人.csv").rows.row(0, named=True)
    assert (row["certificate_national_id"], row["category"], row["level"]) == (
        "11010519491231002X",
        "body",
        "4",
    )
    text = "姓名,身份证号,学籍号,学段\n李霞,,G11010519491231002X,小学\n"
    row = reading(text, "学生.csv").rows.row(0, named=True)
    assert (row["national_id"], row["student_national_id"]) == (None, "11010519491231002X")


def test_problems_are_grouped() -> None:
    found = reading(f"{HEADINGS}\n" + "张三,,城镇职工,参保,\n" * 3 + "李四,1.1E+17,城镇职工,参保,\n")
    groups = problem_groups(found.problems).select("severity", "code", "count", "first_line").rows()
    assert groups == [("warning", "id_missing", 3, 2), ("warning", "id_digits_lost", 1, 5)]


@pytest.mark.slow
def test_a_million_bad_cells_are_all_told_in_bounded_memory() -> None:
    rows = (
        f"甲{place},x{place},养老{place},一{place}元,bad{place},worse,{place}" for place in range(200_000)
    )
    found = reading(
        "\n".join(("姓名,证件号码,待遇类别,月待遇金额,起始月,截止月,社保卡号", *rows)), "养老.csv"
    )
    assert found.problems.height == 1_000_000
    assert found.refused.height == 200_000
    assert found.problems.estimated_size() < 200 << 20
    assert problem_groups(found.problems).height == 5


def test_the_digest_is_of_the_bytes() -> None:
    assert reading(TEXT).sha256 == reading(TEXT, "other.csv").sha256
    assert reading(TEXT).sha256 != reading(TEXT + "\n").sha256
