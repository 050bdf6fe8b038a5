"""Tables written as HTML, or as the XML of Excel 2003, which many systems export under the name .xls."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import BinaryIO

import polars as pl

from huimin.intake.encoding import Encoding, blocks
from huimin.intake.grid import CHUNK_ROWS, HEAD_ROWS, MOST_COLUMNS, Chunk, Grid, cell_names
from huimin.intake.workbook import Refused

MOST_BYTES = 128 << 20
TABLES, ROWS, CELLS = ("table", "worksheet"), ("tr", "row"), ("td", "th", "cell")
# What is no text of a cell: scripts, styles, and the notes that Excel keeps with one.
SILENT = ("script", "style", "comment")
# What a page shows as one space.
BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
# A table of one row or one column only places things on a page.
LEAST = 2


@dataclass
class _Table:
    """A table that is being read: its rows, the cells merged downwards, and columns that merged cells still cover."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, str]] = field(default_factory=list)
    covered: dict[int, int] = field(default_factory=dict)
    cell: list[str] | None = None
    span: int = 1

    def begin_row(self) -> None:
        self.covered = {column: left - 1 for column, left in self.covered.items() if left > 1}
        self.rows.append([])

    def begin_cell(self, attributes: dict[str, str | None]) -> None:
        if not self.rows:
            self.begin_row()
        row = self.rows[-1]
        to = _number(attributes, "ss:index", 0) - 1
        while len(row) < MOST_COLUMNS and (len(row) in self.covered or len(row) < to):
            row.append("")
        self.cell = []
        self.span = max(_number(attributes, "rowspan", 1), _number(attributes, "ss:mergedown", 0) + 1)
        wide = max(_number(attributes, "colspan", 1), _number(attributes, "ss:mergeacross", 0) + 1)
        row += [""] * min(wide, max(MOST_COLUMNS - len(row), 0))
        self.at = len(row) - wide

    def end_cell(self) -> None:
        if self.cell is None:
            return
        words = BLANKS.sub(" ", "".join(self.cell)).strip(" ")
        row, line = self.rows[-1], len(self.rows)
        self.cell = None
        if not 0 <= self.at < len(row):
            return  # Beyond the last column that is read.
        row[self.at] = words
        if self.span > 1:
            self.covered |= dict.fromkeys(range(self.at, len(row)), self.span)
            self.merged.append((self.at, line, line + self.span - 1, words))


class _Reader(HTMLParser):
    """Finds the tables of a text; one inside another is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.open: list[_Table] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in TABLES:
            # The table inside a sheet of Excel's XML is the sheet.
            if self.open and self.open[-1].name and not self.open[-1].rows:
                return
            self.open.append(_Table(attributes.get("ss:name") or ""))
            self.tables.append(self.open[-1])
        elif tag in SILENT:
            self.silent += 1
        elif self.open and tag in ROWS:
            self.open[-1].end_cell()
            self.open[-1].begin_row()
        elif self.open and tag in CELLS:
            self.open[-1].end_cell()
            self.open[-1].begin_cell(attributes)
        elif tag in ("br", "p") and self.open and self.open[-1].cell is not None:
            self.open[-1].cell.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(self.silent - 1, 0)
        elif self.open and tag in CELLS:
            self.open[-1].end_cell()
        elif self.open and (tag == "worksheet" or (tag == "table" and not self.open[-1].name)):
            self.open.pop().end_cell()

    def handle_data(self, data: str) -> None:
        if not self.silent and self.open and self.open[-1].cell is not None:
            self.open[-1].cell.append(data)


def grids(stream: BinaryIO, encoding: Encoding, size: int) -> Sequence[Grid]:
    """The tables of a page or of Excel's XML, each as a sheet; `Refused` where there is none.

    Lines count the rows of a table from 1, as Excel shows them.
    """
    if size > MOST_BYTES:
        raise Refused("too_large_inside", size=f"{size >> 20:,} MB", limit=f"{MOST_BYTES >> 20:,} MB")
    reader = _Reader()
    for text in blocks(stream, encoding):
        reader.feed(text)
    reader.close()
    found = [
        _grid(table)
        for table in reader.tables
        if len(table.rows) >= LEAST and max(map(len, table.rows)) >= LEAST
    ]
    if not found:
        raise Refused("not_a_table", kind="HTML/XML")
    return found


def _grid(table: _Table) -> Grid:
    def chunks(width: int) -> Iterator[Chunk]:
        names = cell_names(width)
        for start in range(0, len(table.rows), CHUNK_ROWS):
            part = table.rows[start : start + CHUNK_ROWS]
            cells = {
                name: [row[place] if place < len(row) else None for row in part]
                for place, name in enumerate(names)
            }
            beyond = [" ".join(filter(None, row[width:])) or None for row in part]
            frame = pl.DataFrame(
                {**cells, f"c{width}": beyond}, schema=dict.fromkeys([*names, f"c{width}"], pl.String())
            )
            yield Chunk(frame.insert_column(0, pl.Series("line", range(start + 1, start + len(part) + 1))))

    head = tuple((line, tuple(row)) for line, row in enumerate(table.rows[:HEAD_ROWS], 1))
    return Grid(table.name, head, chunks, merged=tuple(table.merged))


def _number(attributes: dict[str, str | None], name: str, otherwise: int) -> int:
    text = attributes.get(name) or ""
    return min(int(text), 1 << 20) if re.fullmatch(r"[0-9]{1,7}", text) else otherwise
