"""Files written row by row as departments send them: CSV in two encodings, workbooks with title and total."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import polars as pl
import xlsxwriter

# What Excel can hold, less the total line.
ROWS_IN_A_SHEET = 1_048_575


class DeliveryFile(Protocol):
    """A file that takes rows as they come and says where it put them."""

    def add(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The `file` and `line` of each row, after writing it."""
        ...

    def close(self) -> list[Path]:
        """The finished files."""
        ...


class CsvFile:
    """A comma-separated file with a heading; UTF-8 with a mark, or GB18030 without."""

    def __init__(self, path: Path, headings: list[str], encoding: str) -> None:
        self.path, self.encoding = path, encoding
        self.line = 1
        self.stream = path.open("wb")
        self.stream.write((",".join(headings) + "\n").encode(encoding))

    def add(self, cells: pl.DataFrame) -> pl.DataFrame:
        text = cells.write_csv(include_header=False, null_value="", quote_style="necessary")
        # The byte order mark stands at the head of the file only.
        self.stream.write(text.encode(self.encoding.removesuffix("-sig")))
        places = _places(self.path, self.line + 1, cells.height)
        self.line += cells.height
        return places

    def close(self) -> list[Path]:
        self.stream.close()
        return [self.path]


class Workbook:
    """A workbook with title, sender, headings and total; a new file when it is full."""

    def __init__(
        self,
        path: Path,
        headings: list[str],
        title: str,
        sender: str,
        sent: str,
        rows_in_a_sheet: int = ROWS_IN_A_SHEET,
    ) -> None:
        self.path, self.headings = path, headings
        self.head = ([title], [f"填报单位：{sender}", "", f"填报日期：{sent}"], headings)
        self.rows_in_a_sheet = rows_in_a_sheet
        self.files: list[Path] = []
        self._open()

    def add(self, cells: pl.DataFrame) -> pl.DataFrame:
        places = []
        while not cells.is_empty():
            room = self.rows_in_a_sheet - self.row
            if room <= 0:
                self._finish()
                self._open()
                continue
            part, cells = cells.head(room), cells.slice(room)
            places.append(_places(self.files[-1], self.row + 1, part.height))
            for values in part.iter_rows():
                self._write(values)
        return pl.concat(places) if places else _places(self.files[-1], 0, 0)

    def close(self) -> list[Path]:
        self._finish()
        return self.files

    def _open(self) -> None:
        number = len(self.files) + 1
        path = (
            self.path if number == 1 else self.path.with_name(f"{self.path.stem}_{number}{self.path.suffix}")
        )
        self.files.append(path)
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
        self.sheet = self.book.add_worksheet("数据")
        self.row = 0
        for line in self.head:
            self._write(line)

    def _finish(self) -> None:
        self._write(["合计"])
        self.book.close()

    def _write(self, values: Iterable[str | int]) -> None:
        for column, value in enumerate(values):
            if isinstance(value, int):
                self.sheet.write_number(self.row, column, value)
            elif value:
                self.sheet.write_string(self.row, column, value)
        self.row += 1


def _places(path: Path, first: int, count: int) -> pl.DataFrame:
    line = pl.int_range(first, first + count, dtype=pl.Int64, eager=True)
    return pl.DataFrame(
        {"file": pl.Series([path.name], dtype=pl.String).new_from_index(0, count), "line": line}
    )
