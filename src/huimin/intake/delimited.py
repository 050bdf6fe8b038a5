"""Text files with a delimiter: CSV and its relatives."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import polars as pl
from polars.exceptions import PolarsError

from huimin.intake.encoding import Encoding, blocks
from huimin.intake.grid import HEAD_ROWS, MOST_COLUMNS, Chunk, Grid, cell_names
from huimin.intake.records import Records, Splitter, cells_of

DELIMITERS = (",", "\t", ";", "|", "，", "||", "^", "~", "、", "\x01", "\x1e")
# Stands for delimiters the fast reader does not know, which takes one byte only.
STAND_IN = "\x1f"
HEAD_CHARACTERS = 1_000_000


def grids(stream: BinaryIO, encoding: Encoding) -> list[Grid]:
    """The file read with each delimiter that occurs in its first lines, or with none of them; none when it holds no text."""
    head = next(blocks(stream, encoding), "")[:HEAD_CHARACTERS]
    if not head.strip("\ufeff \n\t\x00"):
        return []
    found = [delimiter for delimiter in DELIMITERS if delimiter in head] or [","]
    return [_grid(stream, encoding, delimiter, head) for delimiter in found]


def _grid(stream: BinaryIO, encoding: Encoding, delimiter: str, head: str) -> Grid:
    single = _single(delimiter)
    records = Splitter(single).split(_with(head, delimiter), last=True)
    rows = [
        (line, tuple(cells_of(text, single)[:MOST_COLUMNS]))
        for text, line in zip(records.texts[:HEAD_ROWS], records.lines, strict=False)
        if line not in records.broken
    ]

    def chunks(width: int) -> Iterator[Chunk]:
        splitter = Splitter(single)
        text = blocks(stream, encoding)
        block = next(text, None)
        while block is not None:
            following = next(text, None)
            records = splitter.split(_with(block, delimiter), last=following is None)
            if records.texts:
                broken = _shifted(records, single, width) if records.broken else frozenset[int]()
                yield Chunk(_frame(records, single, width), broken, frozenset(records.broken) - broken)
            block = following

    return Grid("", tuple(rows), chunks)


def _shifted(records: Records, delimiter: str, width: int) -> frozenset[int]:
    """The lines with quotation marks out of order whose cells are not as many as the headings: they may have shifted."""
    lines = zip(records.texts, records.lines, strict=True)
    return frozenset(
        line for text, line in lines if line in records.broken and text.count(delimiter) + 1 != width
    )


def _single(delimiter: str) -> str:
    return delimiter if len(delimiter.encode()) == 1 else STAND_IN


def _with(text: str, delimiter: str) -> str:
    """The text with a delimiter the fast reader knows; `_kept` has cut over-long lines already."""
    return text if _single(delimiter) == delimiter else text.replace(delimiter, STAND_IN)


def _frame(records: Records, delimiter: str, width: int) -> pl.DataFrame:
    names = cell_names(width + 1)
    schema = dict.fromkeys(names, pl.String())
    # A first row of full width, because the reader takes the number of cells from it.
    text = "\n".join([delimiter.join(names), *records.texts])
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode("utf-8", "replace")),
            schema=schema,
            separator=delimiter,
            quote_char='"' if '"' in text else None,
            infer_schema=False,
            truncate_ragged_lines=True,
        )
    except PolarsError:
        frame = None
    if frame is None or frame.height != len(records.texts):
        frame = _slow_frame(records, delimiter, names)
    return frame.insert_column(0, pl.Series("line", records.lines, dtype=pl.Int64))


def _slow_frame(records: Records, delimiter: str, names: list[str]) -> pl.DataFrame:
    """The same by the plain reader, for text the fast one stumbles over."""
    rows = []
    for text in records.texts:
        cells = cells_of(text, delimiter)[: len(names)]
        rows.append(cells + [""] * (len(names) - len(cells)))
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
