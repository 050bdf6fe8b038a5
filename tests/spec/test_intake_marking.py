"""The marked-up workbook tells the sender what is wrong, harms nobody, and can be sent back."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from huimin.intake import Reading, marked_up_workbook, marking, read
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
TEXT = "\n".join(
    (
        "户主姓名,身份证号,补贴项目,补贴金额",
        "李霞,11010519491231002X,补贴,100.00",
        "=HYPERLINK(1),11010519491231****,＝1+1,5",
        "张三,1.1E+17,补贴,-3",
        "",
    )
)


def reading(text: str = TEXT, name: str = "补贴.csv") -> Reading:
    return read(text.encode(), name, CONTRACTS, TODAY)


def written(found: Reading, language: str = "zh-hans") -> Any:
    stream = io.BytesIO()
    marked_up_workbook(found, language, stream)
    return openpyxl.load_workbook(stream)


def cells(page: Any) -> list[Any]:
    return [value for row in page.iter_rows(values_only=True) for value in row if value is not None]


def test_the_first_sheet_lists_the_problems_in_the_language() -> None:
    for language, names, said in (
        ("zh-hans", ["问题", "数据"], "“补贴金额”是负数"),
        ("en", ["Problems", "Rows"], "“补贴金额 (Subsidy)” is below zero"),
    ):
        book = written(reading(), language)
        assert book.sheetnames == names
        assert any(said in str(value) for value in cells(book[names[0]]))


def test_bad_cells_are_coloured_and_explained() -> None:
    page = written(reading())["数据"]
    assert [cell.value for cell in page[1]] == [
        "原行号",
        "户主姓名",
        "身份证号",
        "补贴项目",
        "补贴金额",
        "问题说明",
    ]
    colours = {
        (cell.row, cell.column): cell.fill.fgColor.rgb for row in page.iter_rows(min_row=2) for cell in row
    }
    plain, remark, error = colours[2, 3], colours[3, 3], colours[4, 5]
    assert len({plain, remark, error}) == 3
    assert colours[4, 3] == remark
    said = [page.cell(4, column).comment.text for column in (5, 3)]
    assert page.cell(4, 6).value == " ".join(said)
    assert page.cell(2, 6).value is None


def test_no_cell_is_a_formula() -> None:
    book = written(reading())
    for page in book:
        for value in cells(page):
            assert not str(value).startswith(("=", "+", "-", "@", "\t", "＝"))
    assert all(cell.data_type != "f" for page in book for row in page.iter_rows() for cell in row)


def test_the_workbook_can_be_sent_back(tmp_path: Path) -> None:
    path = tmp_path / "补贴.xlsx"
    marked_up_workbook(reading(), "zh-hans", path)
    again = read(path, path.name, CONTRACTS, TODAY)
    first = reading()
    assert again.rows.drop("line").equals(first.rows.drop("line"))
    assert again.problems["code"].to_list() == first.problems["code"].to_list()


def test_what_does_not_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "MOST_ROWS", 2)
    monkeypatch.setattr(marking, "MOST_LISTED", 1)
    book = written(reading())
    assert book["数据"].max_row == 3
    said = " ".join(str(value) for value in cells(book["问题"]))
    assert "不是文件的全部3行" in said
    assert "只列出前1个，共3个" in said


def test_a_file_of_no_known_kind_gets_its_list_alone() -> None:
    book = written(reading("颜色,形状\n红,圆\n", "x.csv"))
    assert book.sheetnames == ["问题"]
