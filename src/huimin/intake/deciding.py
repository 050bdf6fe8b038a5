"""Which data set a file is and which of its sheets hold it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice

import polars as pl

from huimin.intake.cells import tidy
from huimin.intake.grid import HEAD_ROWS, Chunk, Grid
from huimin.intake.guessing import completed, guessed_head, proven
from huimin.intake.layout import USUAL_UNIT, Layout, laid_out
from huimin.intake.merged import unmerged
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
SAMPLE_ROWS = 20_000
# How text looks that was written in one encoding, read as another and saved: first as it was read.
_GARBLED = (("gb18030", "utf-8"), ("latin-1", "gb18030"), ("latin-1", "utf-8"), ("cp1252", "utf-8"))


@dataclass(frozen=True)
class Found:
    """The data set of a file: the layout of its first sheet, all its sheets, problems of the file, its first rows.

    The chunks of each sheet can be taken once.
    """

    layout: Layout
    sheets: Sequence[tuple[Iterator[Chunk], Layout]]
    problems: Sequence[pl.DataFrame]
    beyond_is_usual: bool
    sample: pl.DataFrame
    guessed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Undecided:
    """Why the data set of a file is not known, which one it comes nearest to, and its first rows."""

    problem: pl.DataFrame
    heading_line: int = 0
    headings: tuple[str, ...] = ()
    nearest: str = ""
    sample: pl.DataFrame = field(default_factory=pl.DataFrame)


def decide(
    file: Opened, contracts: Sequence[Contract], name: str, today: date, unit: str = USUAL_UNIT
) -> Found | Undecided:
    """The data set of a file. `today` is the last day that past days can be, `unit` counts for amounts of which no heading and no line above says another."""
    heads = [(grid, find_head(grid, contracts)) for grid in file.grids]
    visible = [pair for pair in heads if not pair[0].hidden] or heads
    ranked = [(grid, head) for grid, head in visible if head is not None]
    if not ranked:
        garbled = _garbled(file, contracts)
        if not any(row for grid in file.grids for row in grid.head):
            raise Refused("empty_file")
        raise garbled or Refused("no_headings", rows=HEAD_ROWS)
    grid, head = max(ranked, key=lambda pair: _rank(pair[1]))
    if head.complete:
        first, chunks, sample = _begun(grid, head)
        matches = chosen(head.complete, _told(sample, head), name)
    else:
        garbled = _garbled(file, contracts)
        if garbled:
            raise garbled
        guess = _guessed([each for each, _head in visible], contracts, name, today)
        if guess is None:
            return _unknown(head, name, _begun(grid, head)[2])
        grid, head, first, chunks, sample, matches = guess
    if len(matches) > 1:
        first, second = (match.contract.title for match in matches[:2])
        return Undecided(
            file_problem("ambiguous", "error", first=first, second=second), head.line, head.headings
        )
    match = completed(matches[0], head.headings, sample, today)
    layout = laid_out(head, match, unit)
    others = [pair for pair in heads if pair[0] is not grid] if file.sheets else []
    sheets, problems = _others(others, head, match, unit)
    problems += [
        _problem("heading_guessed", heading=layout.heading(column), column=column.title)
        for column in map(layout.contract.column, sorted(match.guessed))
    ]
    beyond = float((sample[f"c{layout.width}"].str.strip_chars().fill_null("") != "").mean() or 0.0)  # pyright: ignore[reportArgumentType]
    if beyond > USUAL_SHARE:
        problems.append(_problem("column_without_heading"))
    problems += _headings_twice(head, match)
    problems += [
        _problem("column_absent", heading=column.title)
        for column in layout.contract.columns
        if column.required == "filled" and column.name not in layout.places
    ]
    own = unmerged(chain(first, chunks), layout, grid.merged)
    together = [(own, layout), *sheets]
    return Found(layout, together, problems, beyond > USUAL_SHARE, sample, match.guessed)


_Begun = tuple[list[Chunk], Iterator[Chunk], pl.DataFrame]


def _begun(grid: Grid, head: Head) -> _Begun:
    """The first chunk of a sheet, the others, and its first rows below the headings."""
    chunks = grid.chunks(len(head.headings))
    first = list(islice(chunks, 1))
    return first, chunks, _rows_below(first, head.line)


def _guessed(
    grids: Sequence[Grid], contracts: Sequence[Contract], name: str, today: date
) -> tuple[Grid, Head, list[Chunk], Iterator[Chunk], pl.DataFrame, list[Match]] | None:
    """The same of headings that nobody knows, where they and the cells under them tell clearly what they mean."""
    heads = [(grid, head) for grid in grids if (head := guessed_head(grid, contracts)) is not None]
    if not heads:
        return None
    grid, head = max(heads, key=lambda pair: _rank(pair[1]))
    first, chunks, sample = _begun(grid, head)
    matches = proven(head, sample, _told(sample, head), name, today)
    return (grid, head, first, chunks, sample, matches) if len(matches) == 1 else None


def _rank(head: Head) -> tuple[bool, int]:
    return bool(head.complete), max(len(match.used) for match in head.matches)


def _unknown(head: Head, name: str, sample: pl.DataFrame) -> Undecided:
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
    return Undecided(problem, head.line, head.headings, contract.name, sample)


def _rows_below(chunks: Sequence[Chunk], line: int) -> pl.DataFrame:
    """The first rows below a line, as a sample of the sheet."""
    if not chunks:
        return pl.DataFrame(schema={"line": pl.Int64})
    return chunks[0].frame.filter(pl.col("line") > line).head(SAMPLE_ROWS)


def _told(sample: pl.DataFrame, head: Head) -> dict[str, float]:
    """For each contract told by values, which share of them in the sample matches."""
    telling = [
        (match.contract, match.places[match.contract.told_by.column][0])
        for match in head.complete
        if match.contract.told_by and match.contract.told_by.column in match.places
    ]
    shares = {}
    for contract, place in telling:
        values = tidy(sample[f"c{place}"]).drop_nulls()
        matching = values.str.contains(contract.told_by.pattern if contract.told_by else "")
        shares[contract.name] = float(matching.mean() or 0.0) if len(values) else 0.0  # pyright: ignore[reportArgumentType]
    return shares


def _others(
    others: Sequence[tuple[Grid, Head | None]], first: Head, as_first: Match, unit: str
) -> tuple[list[tuple[Iterator[Chunk], Layout]], list[pl.DataFrame]]:
    """The other sheets that hold the data set, each with its layout, and what there is to say of the rest."""
    sheets: list[tuple[Iterator[Chunk], Layout]] = []
    problems, contract = [], as_first.contract
    for other, head in others:
        if head is None or not any(match.used for match in head.matches):
            continue
        match = as_first if head.headings == first.headings else matched(contract, head.headings)
        if other.hidden:
            if head.complete:
                problems.append(_problem("hidden_sheet", sheet=other.name))
        elif not match.missing:
            layout = laid_out(head, match, unit)
            sheets.append((unmerged(other.chunks(layout.width), layout, other.merged), layout))
        elif head.complete:
            problems.append(_problem("other_sheet", sheet=other.name, contract=contract.title))
        else:
            problems.append(_problem("sheet_unread", sheet=other.name, contract=contract.title))
    return sheets, problems


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
