"""Which data set a file is and which of its sheets hold it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from huimin.intake.cells import tidy
from huimin.intake.grid import HEAD_ROWS, Grid
from huimin.intake.layout import Layout, laid_out
from huimin.intake.opening import Opened
from huimin.intake.reading import file_problem
from huimin.intake.recognising import Head, Match, chosen, find_head, matched, nearest
from huimin.intake.workbook import Refused
from huimin.tables.contract import Contract
from huimin.tables.headings import plain
from huimin.tables.problem import catalogue
from huimin.units.words import Words

# Beyond this share of rows with content behind the last heading, a column simply lacks its heading.
USUAL_SHARE = 0.5
# How text looks that was written in one encoding, read as another and saved: first as it was read.
_GARBLED = (("gb18030", "utf-8"), ("latin-1", "gb18030"), ("latin-1", "utf-8"), ("cp1252", "utf-8"))


@dataclass(frozen=True)
class Found:
    """The data set of a file: the layout of its first sheet, all its sheets, problems of the file."""

    layout: Layout
    sheets: Sequence[tuple[Grid, Layout]]
    problems: Sequence[pl.DataFrame]
    beyond_is_usual: bool


@dataclass(frozen=True)
class Undecided:
    """Why the data set of a file is not known."""

    problem: pl.DataFrame
    heading_line: int = 0
    headings: tuple[str, ...] = ()


def decide(file: Opened, contracts: Sequence[Contract], name: str) -> Found | Undecided:
    """The data set of a file."""
    heads = [(grid, find_head(grid, contracts)) for grid in file.grids]
    visible = [pair for pair in heads if not pair[0].hidden] or heads
    ranked = [(grid, head) for grid, head in visible if head is not None]
    if not ranked:
        garbled = _garbled(file, contracts)
        if not any(row for grid in file.grids for row in grid.head):
            raise Refused("empty_file")
        raise garbled or Refused("no_headings", rows=HEAD_ROWS)
    grid, head = max(ranked, key=lambda pair: _rank(pair[1]))
    if not head.complete:
        garbled = _garbled(file, contracts)
        if garbled:
            raise garbled
        return _unknown(head, name)
    matches = chosen(head.complete, _told(grid, head), name)
    if len(matches) > 1:
        first, second = (match.contract.title for match in matches[:2])
        return Undecided(
            file_problem("ambiguous", "error", first=first, second=second), head.line, head.headings
        )
    layout = laid_out(head, matches[0])
    others = [pair for pair in heads if pair[0] is not grid] if file.sheets else []
    sheets, problems = _sheets(grid, layout, others)
    beyond = _beyond(grid, layout)
    if beyond > USUAL_SHARE:
        problems.append(_problem("column_without_heading"))
    problems += _headings_twice(head, matches[0])
    return Found(layout, sheets, problems, beyond > USUAL_SHARE)


def _rank(head: Head) -> tuple[bool, int]:
    return bool(head.complete), max(len(match.used) for match in head.matches)


def _unknown(head: Head, name: str) -> Undecided:
    match = nearest(head, name)
    contract = match.contract
    missing = [contract.column(column).title for column in match.missing]
    unused = [heading for place, heading in enumerate(head.headings) if heading and place not in match.used]
    problem = file_problem(
        "unknown_kind",
        "error",
        nearest=contract.title,
        missing=Words(
            "、".join(word.zh for word in missing), ", ".join(f"{word.zh} ({word.en})" for word in missing)
        ),
        unused=Words("、".join(unused) or "无", ", ".join(unused) or "none"),
    )
    return Undecided(problem, head.line, head.headings)


def _told(grid: Grid, head: Head) -> dict[str, float]:
    """For each contract told by values, which share of them in the first rows matches."""
    telling = [
        (match.contract, match.places[match.contract.told_by.column][0])
        for match in head.complete
        if match.contract.told_by and match.contract.told_by.column in match.places
    ]
    if not telling:
        return {}
    frames = [chunk.frame for chunk in islice(grid.chunks(len(head.headings)), 1)]
    first = pl.concat(frames).filter(pl.col("line") > head.line)
    shares = {}
    for contract, place in telling:
        values = tidy(first[f"c{place}"]).drop_nulls()
        matching = values.str.contains(contract.told_by.pattern if contract.told_by else "")
        shares[contract.name] = float(matching.mean() or 0.0) if len(values) else 0.0  # pyright: ignore[reportArgumentType]
    return shares


def _sheets(
    grid: Grid, layout: Layout, others: Sequence[tuple[Grid, Head | None]]
) -> tuple[list[tuple[Grid, Layout]], list[pl.DataFrame]]:
    """The sheets that hold the data set, each with its layout, and what there is to say of the rest."""
    sheets, problems = [(grid, layout)], []
    contract = layout.contract
    for other, head in others:
        if head is None or not any(match.used for match in head.matches):
            continue
        match = matched(contract, head.headings)
        if other.hidden:
            if head.complete:
                problems.append(_problem("hidden_sheet", sheet=other.name))
        elif not match.missing:
            sheets.append((other, laid_out(head, match)))
        elif head.complete:
            problems.append(_problem("other_sheet", sheet=other.name, contract=contract.title))
        else:
            problems.append(_problem("sheet_unread", sheet=other.name, contract=contract.title))
    return sheets, problems


def _beyond(grid: Grid, layout: Layout) -> float:
    """The share of the first rows that have content behind the last heading."""
    for chunk in islice(grid.chunks(layout.width), 1):
        rows = chunk.frame.filter(pl.col("line") > layout.line)
        filled = rows[f"c{layout.width}"].str.strip_chars().fill_null("") != ""
        return float(filled.mean() or 0.0)  # pyright: ignore[reportArgumentType]
    return 0.0


def _headings_twice(head: Head, match: Match) -> list[pl.DataFrame]:
    return [
        _problem("heading_twice", heading=head.headings[place], other=head.headings[places[0]])
        for places in match.places.values()
        for place in places[1:]
    ]


def _garbled(file: Opened, contracts: Sequence[Contract]) -> Refused | None:
    """The refusal of text that was read in one encoding and saved in another, if that is what happened."""
    known = {heading for contract in contracts for heading in contract.by_heading}
    for grid in file.grids:
        for _, row in grid.head:
            for read_as, written_in in _GARBLED:
                restored = [cell.encode(read_as, "replace").decode(written_in, "replace") for cell in row]
                if sum(plain(cell) in known for cell in restored) > 1:
                    return Refused("garbled", encoding=written_in.upper())
    return None


def _problem(code: str, **params: object) -> pl.DataFrame:
    return file_problem(code, catalogue()[code].severity, **params)
