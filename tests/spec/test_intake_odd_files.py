"""Files as other places write them: other headings, units at other places, merged cells, words for nothing, odd days."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from huimin.intake import Reading, read
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
ONE, TWO = "11010519491231002X", "110105194912310038"


def reading(text: str, name: str = "file.csv") -> Reading:
    return read(text.encode(), name, CONTRACTS, TODAY)


def codes(found: Reading) -> set[str]:
    return set(found.problems["code"].to_list())


SUBSIDIES = [f"李霞,{ONE},耕地地力保护补贴,0.0300", f"王芳,{ONE},粮食补贴,0.012"]
WAYS = {
    "in the heading, without brackets": ("户主姓名,身份证号,补贴项目,补贴金额万元", [], []),
    "under the headings": ("户主姓名,身份证号,补贴项目,补贴金额", [",,,（万元）"], []),
    "under the headings, as a line": ("户主姓名,身份证号,补贴项目,补贴金额", ["单位：万元,,,"], []),
    "below the table": ("户主姓名,身份证号,补贴项目,补贴金额", [], ["制表人：张三,,,", "（单位：万元）,,,"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_unit_of_amounts_is_found_wherever_it_stands(way: str) -> None:
    heading, under, below = WAYS[way]
    found = reading("\n".join([heading, *under, *SUBSIDIES, *below]))
    assert found.rows["amount_fen"].to_list() == [30000, 12000]
    assert ("unit_below" in codes(found)) == bool(below)


def test_what_a_heading_says_counts_before_a_line_below() -> None:
    text = "\n".join(["户主姓名,身份证号,补贴项目,补贴金额（元）", *SUBSIDIES[:1], "单位：万元,,,"])
    assert reading(text).rows["amount_fen"].to_list() == [3]


STUDENTS = [f"李霞{sign},{ONE},一小,小学" for sign in "一二三"]


def test_headings_that_are_like_known_ones_are_taken_and_told() -> None:
    text = "\n".join(["学生姓名全称,学生身份证件编码,学校全称,所在学段", *STUDENTS])
    found = reading(text)
    assert found.contract is not None
    assert found.contract.name == "students"
    assert found.guessed == {"name", "national_id", "school", "stage"}
    assert found.columns["stage"] == "所在学段"
    assert found.problems.filter(pl.col("code") == "heading_guessed").height == 4
    assert "当作" not in found.messages("zh")[0]
    assert "学生姓名全称" in "".join(found.messages("zh"))


@pytest.mark.parametrize(
    "text",
    [
        # Somebody else's name and number are not the student's.
        f"监护人姓名,监护人身份证号,学校全称,所在学段\n李霞,{ONE},一小,小学",
        # The cells are no identity numbers.
        "学生姓名全称,学生身份证件编码,学校全称,所在学段\n李霞,A-17,一小,小学",
        # Too little tells what it is.
        f"姓名,身份证号,备注,金额\n李霞,{ONE},x,12",
        "员工编号,部门,岗位,工资\nA1,财务,会计,3000",
    ],
)
def test_what_is_not_clear_is_not_guessed(text: str) -> None:
    found = reading(text)
    assert found.contract is None
    assert found.state == "unknown_kind"


def test_a_known_contract_is_completed_by_headings_like_its_own() -> None:
    text = f"男方姓名,男方身份证,女方姓名,女方身份证,登记日期,当前状态\n李霞,{ONE},王芳,{TWO},2020-01-02,离婚"
    found = reading(text)
    assert found.rows["status"].to_list() == ["divorced"]
    assert found.guessed == {"status"}


def book(rows: list[list[Any]], merged: Sequence[tuple[int, int, int, str]] = ()) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        page = workbook.add_worksheet()
        for line, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                if cell != "":
                    page.write(line, place, cell)
        for place, first, last, said in merged:
            page.merge_range(first, place, last, place, said)
    return stream.getvalue()


def test_a_cell_merged_over_rows_speaks_for_all_of_them_but_an_amount_only_once() -> None:
    rows = [
        ["户主姓名", "身份证号", "补贴项目", "补贴金额"],
        ["", "", "耕地补贴", ""], ["", "", "粮食补贴", ""], ["王芳", TWO, "耕地补贴", "7"],
    ]  # fmt: skip
    found = read(
        book(rows, [(0, 1, 2, "李霞"), (1, 1, 2, ONE), (3, 1, 2, "300")]), "补贴.xlsx", CONTRACTS, TODAY
    )
    assert found.rows.select("line", "name", "national_id", "amount_fen").rows() == [
        (2, "李霞", ONE, 30000),
        (4, "王芳", TWO, 700),
    ]
    assert found.refused["line"].to_list() == [3]
    assert found.unsure.select("name", "national_id").rows() == [("李霞", ONE)]


@pytest.mark.parametrize("word", ["NULL", "无", "（空）", "#N/A", "nan", "-", "\\N", "不详"])
def test_a_word_for_nothing_is_nothing(word: str) -> None:
    text = f"户号,与户主关系,姓名,公民身份号码,户口性质\n{word},户主,李霞,{word},农村\n{word},户主,王芳,{TWO},农村"
    found = reading(text)
    assert found.rows["household_no"].to_list() == [None, None]
    assert found.rows["national_id"].to_list() == [None, TWO]
    assert codes(found) <= {"id_missing", "column_absent"}


BILLS = "姓名,身份证号,结算日期,个人自付,总费用"


def days(*written: str) -> list[date | None]:
    text = "\n".join([BILLS, *(f'李霞,{ONE},"{day}",1.00,2.00' for day in written)])
    found = read(text.encode(), "医保.csv", CONTRACTS, TODAY)
    lines = dict(found.rows.select("line", "settled_on").iter_rows())
    return [lines.get(line) for line in range(2, 2 + len(written))]


def test_days_are_read_in_the_forms_of_other_programs() -> None:
    forms = ["二〇二五年十二月三十一日", "2025、12、31", "31-Dec-2025", "Dec 31, 2025", "Wed Dec 31 00:00:00 CST 2025",
             "2025-12-31（结算）", "2025_12_31", "2025年12月31日 上午"]  # fmt: skip
    assert set(days(*forms)) == {date(2025, 12, 31)}
    assert days("2025-12-31（农历）") == [None]


def test_the_other_days_tell_whether_day_or_month_comes_first() -> None:
    assert days("01/02/2026", "25/12/2025") == [date(2026, 2, 1), date(2025, 12, 25)]
    assert days("01/02/2026", "12/25/2025") == [date(2026, 1, 2), date(2025, 12, 25)]
    assert days("01/02/2026", "03/04/2026") == [None, None]
    assert days("01/02/2026", "25/12/2025", "12/25/2025") == [None, date(2025, 12, 25), date(2025, 12, 25)]


def test_a_stray_mark_does_not_swallow_the_rows_below() -> None:
    text = "\n".join([BILLS, f'"李霞,{ONE},2025-12-31,1.00,2.00', *[f"王芳,{TWO},2026-01-01,3.00,4.00"] * 9, f'李霞,{ONE},2025-12-31,1.00,"2.00"'])  # fmt: skip
    found = reading(text, "医保.csv")
    assert found.rows["line"].to_list() == list(range(2, 13))
    assert found.rows["name"][0] == "李霞"


def test_zeros_behind_a_value_are_padding_and_within_it_are_refused() -> None:
    found = reading(
        f"{BILLS}\n李霞\0\0,{ONE},2025-12-31,1.00,2.00\n李\0霞,{ONE},2025-12-31,1.00,2.00", "医保.csv"
    )
    assert found.rows.select("line", "name").rows() == [(2, "李霞")]
    assert "hidden_characters" in codes(found)


def test_a_text_is_no_empty_file() -> None:
    assert codes(reading("请于月底前报送。\n", "说明.txt")) == {"no_headings"}
    assert codes(reading("\n\n", "空.csv")) == {"empty_file"}
