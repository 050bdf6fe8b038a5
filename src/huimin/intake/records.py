"""Lines of delimited text joined into records, each with the line an editor shows for its beginning."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from huimin.intake.encoding import LONGEST_LINE

# A quoted cell may run over this many lines; beyond, its opening mark counts as a stray one.
LONGEST_CELL_LINES = 100
# How many stray marks get that benefit before every further one is taken to be stray at once.
MOST_SEARCHES = 500
# So many first lines show how many cells a line has.
USUAL_LINES = 200

State = Literal["closed", "open", "broken"]


@dataclass
class Records:
    """Records found in a block: their text, the lines they begin on, and which of these lines are broken."""

    texts: list[str]
    lines: list[int]
    broken: set[int]


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of one record; split at every delimiter where its quotation marks make no sense."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


class Splitter:
    """Splits the blocks of a file into records, one block after the other."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.line = 1
        self.searches = 0
        self.rest = ""
        self.usual = 0

    def split(self, block: str, last: bool) -> Records:
        """The records that end in this block. Blank lines are counted, not returned."""
        text, self.rest = self.rest + block, ""
        lines = text.split("\n")
        if text.endswith("\n"):
            lines.pop()
        first, self.line = self.line, self.line + len(lines)
        self.usual = self.usual or _usual(lines, self.delimiter)
        if '"' not in text:
            return _kept(lines, list(range(first, first + len(lines))), set())
        return self._quoted(lines, first, last)

    def _quoted(self, lines: list[str], first: int, last: bool) -> Records:
        tidy = pl.Series(lines, dtype=pl.String).str.contains(_tidy(self.delimiter))
        texts: list[str] = []
        starts: list[int] = []
        broken: set[int] = set()
        place = 0
        for untidy in (*(~tidy).arg_true().to_list(), len(lines)):
            if untidy < place:
                continue
            texts += lines[place:untidy]
            starts += range(first + place, first + untidy)
            place = untidy
            if place == len(lines):
                break
            record, place_after, state = self._joined(lines, place, last)
            if state == "open":
                self.rest = "\n".join(lines[place:]) + "\n"
                self.line = first + place
                break
            if state == "broken":
                broken.add(first + place)
            texts.append(record)
            starts.append(first + place)
            place = place_after
        return _kept(texts, starts, broken)

    def _joined(self, lines: list[str], place: int, last: bool) -> tuple[str, int, State]:
        """The record that begins at a line with quotation marks out of order, and the place behind it."""
        limit = LONGEST_CELL_LINES if self.searches < MOST_SEARCHES else 1
        state: State = "closed"
        inside = False
        for count, line in enumerate(lines[place : place + limit], 1):
            # A whole record within a cell: the mark before it has no partner, and is not to swallow what follows.
            if count > 1 and self._is_record(line):
                state = "broken"
                break
            state, inside = _scanned(line, self.delimiter, inside)
            if state == "broken":
                break
            if state == "closed":
                text = self._rewritten("\n".join(lines[place : place + count]))
                if text is not None:
                    return text, place + count, "closed"
                break
        if state == "open" and not last and place + limit > len(lines):
            return "", place, "open"
        self.searches += 1
        return lines[place].replace('"', " "), place + 1, "broken"

    def _is_record(self, line: str) -> bool:
        """Whether a line has no quotation mark and as many cells as most lines, of which at least two say something."""
        if '"' in line or not self.usual or line.count(self.delimiter) != self.usual:
            return False
        return sum(bool(cell.strip()) for cell in line.split(self.delimiter)) > 1

    def _rewritten(self, text: str) -> str | None:
        """The record with every cell that needs it in quotation marks, as a strict reader wants it."""
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
        except csv.Error:
            return None
        written = io.StringIO()
        csv.writer(written, delimiter=self.delimiter, lineterminator="\n").writerow(cells)
        return written.getvalue().removesuffix("\n")


def _usual(lines: list[str], delimiter: str) -> int:
    """How many delimiters most of the first lines have that hold no quotation mark."""
    counts = Counter(line.count(delimiter) for line in lines[:USUAL_LINES] if line and '"' not in line)
    return counts.most_common(1)[0][0] if counts else 0


def _kept(texts: list[str], lines: list[int], broken: set[int]) -> Records:
    """The records without empty ones, over-long ones cut."""
    if "" in texts or max(map(len, texts), default=0) > LONGEST_LINE:
        pairs = [(text[:LONGEST_LINE], line) for text, line in zip(texts, lines, strict=True) if text]
        texts, lines = [text for text, _ in pairs], [line for _, line in pairs]
    return Records(texts, lines, broken)


@cache
def _tidy(delimiter: str) -> str:
    """The pattern of a line whose cells are either wholly in quotation marks or without any."""
    other = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{other}]*)'
    return rf"^{cell}(?:{other}{cell})*$"


def _scanned(line: str, delimiter: str, inside: bool) -> tuple[State, bool]:
    """How a line leaves the record, and whether its end lies inside a quoted cell."""
    place, at_start = 0, True
    while place < len(line) or inside:
        if inside:
            end = line.find('"', place)
            if end < 0:
                return "open", True
            if line.startswith('""', end):
                place = end + 2
                continue
            place, inside = end + 1, False
            tail = line[place:].lstrip(" ")
            if tail and not tail.startswith(delimiter):
                return "broken", False
            at_start = False
        elif at_start and line.startswith('"', place):
            place, inside = place + 1, True
        else:
            end = line.find(delimiter, place)
            if end < 0:
                return "closed", False
            place, at_start = end + len(delimiter), True
    return "closed", False
