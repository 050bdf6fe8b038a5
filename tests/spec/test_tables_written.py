"""Tables written for others: a text never becomes a formula, values come back as they were, in parts where there are many."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest

from huimin.tables import workbooks, written

FORMULAS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"]
TABLE = pl.DataFrame(
    {
        "text": [*FORMULAS, "王小明", None, "<&>\x07 ", ""],
        "number": [*range(10), -5, None, 10**17, 0],
        "on": [date(2026, 7, 1)] * 12 + [date(1899, 1, 1), None],
        "yes": [True, False] * 7,
        "share": [0.5, None] * 7,
    }
)


class Unseekable(io.RawIOBase):
    """A store that takes bytes once, in order."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.largest = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.kept += data
        self.largest = max(self.largest, len(data))
        return len(data)


def books(table: pl.DataFrame, blocks: int = 3, **given: Any) -> list[bytes]:
    """The workbooks of a table written in blocks."""
    files: list[Unseekable] = []

    def opened() -> Any:
        files.append(Unseekable())
        return files[-1]

    writer = workbooks.WorkbookWriter(opened, table.schema, **given)
    for block in table.iter_slices(max(table.height // blocks, 1)) if table.height else []:
        writer.write(block)
    writer.close()
    return [bytes(file.kept) for file in files]


def test_no_cell_of_csv_begins_like_a_formula_and_the_text_stays() -> None:
    file = Unseekable()
    writer = written.CsvWriter(file, TABLE.schema, ["=head", "b", "c", "d", "e"])
    for block in TABLE.iter_slices(4):
        writer.write(block)
    writer.close()
    data = bytes(file.kept)
    assert data.startswith(b"\xef\xbb\xbf'=head,b,c,d,e\n")
    back = pl.read_csv(data, new_columns=TABLE.columns, schema_overrides={"text": pl.String})
    assert back["text"].to_list()[:10] == [f"'{text}" for text in FORMULAS]
    assert back["text"].to_list()[10:13] == ["王小明", None, "<&>\x07 "]
    assert back["number"].to_list() == TABLE["number"].to_list()


def test_parquet_has_every_row_and_a_row_group_a_block() -> None:
    file = io.BytesIO()
    file.close, data = lambda: None, file  # type: ignore[method-assign]
    writer = written.ParquetWriter(file, TABLE.schema)
    for block in TABLE.iter_slices(5):
        writer.write(block)
    writer.close()
    assert pl.read_parquet(io.BytesIO(data.getvalue())).equals(TABLE)


def test_a_workbook_holds_texts_numbers_days_and_truths_as_they_are() -> None:
    (data,) = books(TABLE)
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
    assert rows[0] == ("text", "number", "on", "yes", "share")
    assert [row[0] for row in rows[1:11]] == FORMULAS
    assert rows[11][:2] == ("王小明", -5)
    assert rows[12][:2] == (None, None)
    assert rows[13][:2] == ("<&> ", str(10**17))
    assert rows[1][2].date() == date(2026, 7, 1)
    assert rows[13][2] == "1899-01-01"
    assert [row[3] for row in rows[1:3]] == [True, False]
    assert [row[4] for row in rows[1:3]] == [0.5, None]


def test_another_reader_says_the_same_of_a_workbook(tmp_path: Path) -> None:
    (data,) = books(TABLE)
    (tmp_path / "a.xlsx").write_bytes(data)
    back = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0).to_polars()
    assert back["text"].to_list()[:11] == [*FORMULAS, "王小明"]
    assert back["on"].cast(pl.String).to_list()[0].startswith("2026-07-01")


@pytest.mark.parametrize("limit", [{"most_rows": 5}, {"most_bytes": 1500}])
def test_a_long_table_goes_on_in_the_next_workbook(
    limit: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "SLICE_ROWS", 2)
    found = books(TABLE, **limit)
    sheets = [list(openpyxl.load_workbook(io.BytesIO(each)).active.values) for each in found]
    assert len(sheets) > 1
    assert all(sheet[0] == tuple(TABLE.columns) for sheet in sheets)
    assert max(len(sheet) for sheet in sheets) - 1 <= limit.get("most_rows", 100)
    assert [row[0] for sheet in sheets for row in sheet[1:]][:11] == [*FORMULAS, "王小明"]


def test_a_table_without_rows_is_a_file_with_heads() -> None:
    (data,) = books(TABLE.clear())
    assert list(openpyxl.load_workbook(io.BytesIO(data)).active.values) == [tuple(TABLE.columns)]


def test_a_sheet_ends_before_excel_does() -> None:
    assert workbooks.MOST_SHEET_ROWS + 1 == 1_048_576
