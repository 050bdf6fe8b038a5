"""Headings that no contract knows, told by their likeness to known ones and by the cells under them.

Known headings come first, and a contract that they fit is never passed over for one that they are like. A guess must be clear: the heading is like those of one column alone, and the
cells can be read as that column's. The sender is told of every guess.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from functools import cache

import polars as pl

from huimin.intake import cells
from huimin.intake.grid import Grid
from huimin.intake.layout import USUAL_UNIT
from huimin.intake.recognising import (
    HEADING_ROWS,
    Head,
    Match,
    candidates,
    chosen,
    matched,
    reads_like_headings,
)
from huimin.tables.contract import Column, Contract
from huimin.tables.headings import plain

# How like a heading must be: the share of it that a known one makes up, or that both have in common.
CONTAINED, LIKE, ENDS_WITH = 0.45, 0.7, 0.8
# A heading that names somebody else is not like one that does not.
OTHER_PEOPLE = (
    "监护",
    "家长",
    "父",
    "母",
    "配偶",
    "户主",
    "经办",
    "联系人",
    "代理",
    "受托",
    "审核",
    "填报",
    "代领",
    "介绍",
    "子女",
)
# How far the next column must be behind.
MARGIN = 0.04
# Which share of the cells must be readable, and how many are looked at.
READABLE, SAMPLE_ROWS = 0.8, 2_000
MOST_ROWS = 4
UNPROVEN = ("text", "address", "reference")
_NAME = r"^[\p{Han}A-Za-z][\p{Han}A-Za-z·•．.\s（）()]{1,30}$"


def guessed_head(grid: Grid, contracts: Iterable[Contract]) -> Head | None:
    """The row of headings that comes nearest to a contract, with the columns it may mean; nothing where none does."""
    best: tuple[int, Head] | None = None
    rows = [each for each in candidates(grid)[:HEADING_ROWS] if reads_like_headings(each[1])]
    for line, headings in rows[:MOST_ROWS]:
        matches = tuple(match for contract in contracts if not (match := _like(contract, headings)).missing)
        count = max((len(match.used) for match in matches), default=0)
        if count and (best is None or count > best[0]):
            below = next((row for under, row in grid.head if under > line and any(row)), ())
            above = tuple(cell for over, row in grid.head for cell in row if cell and over < line)
            best = count, Head(line, headings, matches, above, below)
    return best[1] if best else None


def proven(
    head: Head, sample: pl.DataFrame, told: Mapping[str, float], name: str, today: date
) -> list[Match]:
    """The contracts that the cells bear out, as `chosen` leaves them: one when it is clear."""
    borne = [
        match for match in (_borne_out(match, sample, today) for match in head.matches) if not match.missing
    ]
    if not borne:
        return []
    # Of contracts whose headings are alike the one with the more known headings is meant.
    known = max(len(match.used) - len(match.guessed) for match in borne)
    return chosen([match for match in borne if len(match.used) - len(match.guessed) == known], told, name)


def completed(match: Match, headings: Sequence[str], sample: pl.DataFrame, today: date) -> Match:
    """The match of a contract that is known with the columns besides that headings and cells tell clearly."""
    return _borne_out(_like(match.contract, headings), sample, today)


def _like(contract: Contract, headings: Sequence[str]) -> Match:
    """The columns that the headings name, known ones first, then those they are like."""
    known = matched(contract, headings)
    free = [place for place, heading in enumerate(headings) if heading and place not in known.used]
    missing = [column for column in contract.columns if column.headings and column.name not in known.places]
    pairs = sorted(
        ((_likeness(plain(headings[place]), column.headings), place, column.name) for place in free for column in missing),
        reverse=True,
    )  # fmt: skip
    guessed: dict[str, tuple[int, ...]] = {}
    for score, place, name in pairs:
        if not score or name in guessed or any(place in places for places in guessed.values()):
            continue
        # Another column that the heading could mean, or another heading that the column could have.
        rivals = [
            other
            for other, at, column in pairs
            if (at == place) != (column == name)
            and column not in guessed
            and not any(at in places for places in guessed.values())
        ]
        if score - max(rivals, default=0.0) >= MARGIN:
            guessed[name] = (place,)
    return replace(known, places={**known.places, **guessed}, guessed=frozenset(guessed))


@cache
def _likeness(heading: str, known: tuple[str, ...]) -> float:
    """How like a heading is to the likeliest of a column's, from 0 to 1; 0 where it is too little."""
    best = 0.0
    for other in known:
        short, long = sorted((heading, other), key=len)
        if any(word in heading and word not in other for word in OTHER_PEOPLE):
            continue
        share = len(short) / max(len(long), 1) if len(short) > 1 and short in long else 0.0
        if share >= CONTAINED:
            # A heading ends with what it is: 本户保障人数 is a number of people.
            best = max(best, share, ENDS_WITH if heading.endswith(other) else 0.0)
        common = SequenceMatcher(None, heading, other).ratio()
        if common >= LIKE:
            best = max(best, common)
    return best


def _borne_out(match: Match, sample: pl.DataFrame, today: date) -> Match:
    """The match without the guesses that the cells do not bear out."""
    wrong = [
        name
        for name in match.guessed
        if not _fits(match.contract.column(name), sample[f"c{match.places[name][0]}"], today)
    ]
    places = {name: places for name, places in match.places.items() if name not in wrong}
    return replace(match, places=places, guessed=match.guessed.difference(wrong))


def _fits(column: Column, raw: pl.Series, today: date) -> bool:
    """Whether most cells that are filled can be read as the column's."""
    text = cells.tidy(raw.head(SAMPLE_ROWS)).drop_nulls()
    if text.is_empty():
        return column.required == "optional"
    if column.type in UNPROVEN:
        return True
    if column.type == "name":
        return float(text.str.contains(_NAME).mean() or 0.0) >= READABLE  # pyright: ignore[reportArgumentType]
    read = cells.parsed(column, text, unit=USUAL_UNIT, today=today)
    # A masked or mistyped identity number still shows what the column is.
    good = read.codes.is_null() | read.codes.is_in(
        ["id_mistyped", "id_masked", "amount_unusual", "amount_rounded", "date_in_future"]
    )
    return float((read.values.is_not_null() & good).mean() or 0.0) >= READABLE  # pyright: ignore[reportArgumentType]
