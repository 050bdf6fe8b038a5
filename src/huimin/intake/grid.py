"""Rows of cells as text, whatever file they came from: the first rows for looking, all of them in chunks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

# How far down the headings are looked for.
HEAD_ROWS = 60
MOST_COLUMNS = 500
CHUNK_ROWS = 100_000
# Lines of a second sheet of the same data set count on from here, of a third from twice this.
LINES_A_SHEET = 10_000_000


@dataclass(frozen=True)
class Chunk:
    """Some rows: `frame` has `line` and the cells c0, c1, …; `broken` are lines whose cells are uncertain, `stray` those
    with a quotation mark out of place whose cells are as many as the headings.
    """

    frame: pl.DataFrame
    broken: frozenset[int] = frozenset()
    stray: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Grid:
    """A sheet, or a text file read with one delimiter.

    `head` is the first rows with their lines. `chunks(width)` gives all rows, each with `width` cells and one
    more that holds what lies beyond. `merged` are cells merged downwards: column, first and last line, what they say.
    """

    name: str
    head: tuple[tuple[int, tuple[str, ...]], ...]
    chunks: Callable[[int], Iterator[Chunk]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, str], ...] = ()


def cell_names(width: int) -> list[str]:
    """The names of the cells of a row: c0, c1, …"""
    return [f"c{place}" for place in range(width)]


def place_of(line: int) -> tuple[int, int]:
    """The sheet (counted from 0 among those of the data set) and the row in it that a line number means.

    >>> place_of(17), place_of(10_000_017)
    ((0, 17), (1, 17))
    """
    return divmod(line, LINES_A_SHEET)
