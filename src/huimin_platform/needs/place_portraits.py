"""The portrait of a place: how many households lack what, below it place by place, without telling small groups."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Count
from django.db.models.functions import Substr

from huimin.needs import NEED_LEVELS
from huimin.privacy import suppression
from huimin.units.divisions import padded, prefix
from huimin_platform.base import access, bulk
from huimin_platform.registry import queries as registry

# How many digits name a province, a city, a county, a township, a village.
DIGITS = (2, 4, 6, 9, 12)


@dataclass(frozen=True)
class Row:
    """One place below: its code, households, and households that lack something of each level; None where too few."""

    code: str
    households: int | None
    levels: tuple[int | None, ...]


@dataclass(frozen=True)
class Portrait:
    """A place with the places below it, and what is lacking by kind: kind, level, households."""

    code: str
    rows: list[Row]
    total: Row
    kinds: list[tuple[str, str, int | None]]


def of_place(actor: Any, asked: str = "") -> Portrait | None:
    """The portrait of the actor's division, or of a place inside it; None where there is none."""
    leading = access.prefix_of(actor)
    if leading is None:
        return None
    inside = prefix(asked) if asked and prefix(asked).startswith(leading) else leading
    digits = next((each for each in DIGITS if each > len(inside)), DIGITS[-1])
    homes = registry.households().filter(ended_on=None, division__startswith=inside)
    counted = homes.annotate(part=Substr("division", 1, digits)).values_list("part").annotate(Count("pk"))
    below = pl.DataFrame(
        list(counted.order_by()), schema={"part": pl.String, "count": pl.Int64}, orient="row"
    )
    within = {"inside": f"{inside}%"}
    # A household is in one village, so that those of a place are the sum of its villages'.
    levels = bulk.copy_out(BY_VILLAGE, within).with_columns(part=pl.col("division").str.slice(0, digits))
    levels = levels.group_by("part", "level").agg(pl.col("count").sum())
    kinds = bulk.copy_out(BY_KIND, within)
    return Portrait(padded(inside), _rows(below, levels), _total(below, levels), _kinds(kinds))


# Both read the index `need_of_place` in its order: nothing is sorted, however many needs there are.
BY_VILLAGE = """
select division, level, count(distinct household_id) as count from needs_need
where state = 'open' and division like %(inside)s group by division, level
"""
BY_KIND = """
select kind, level, count(household_id) as count from (
    select distinct division, level, household_id, kind from needs_need
    where state = 'open' and division like %(inside)s
) said group by kind, level
"""


def _rows(below: pl.DataFrame, levels: pl.DataFrame) -> list[Row]:
    """The places below, the small counts hidden so that no total tells them."""
    if below.is_empty():
        return []
    every = below.select("part").join(pl.DataFrame({"level": NEED_LEVELS}), how="cross")
    full = every.join(levels.select("part", "level", "count"), on=["part", "level"], how="left")
    shown = suppression.suppressed(full.with_columns(pl.col("count").fill_null(0)), "count", ["level"])
    by_place = {(part, level): count for part, level, count in shown.iter_rows()}
    homes = suppression.suppressed(below.select("part", "count"), "count").sort("part")
    return [
        Row(padded(part), count, tuple(by_place[part, level] for level in NEED_LEVELS))
        for part, count in homes.iter_rows()
    ]


def _total(below: pl.DataFrame, levels: pl.DataFrame) -> Row:
    """The whole place."""
    sums = {level: levels.filter(pl.col("level") == level)["count"].sum() for level in NEED_LEVELS}
    shown = suppression.shown
    return Row("", shown(int(below["count"].sum())), tuple(shown(int(sums[level])) for level in NEED_LEVELS))


def _kinds(kinds: pl.DataFrame) -> list[tuple[str, str, int | None]]:
    """What is lacking by kind, the most pressing level and the most frequent first."""
    if kinds.is_empty():
        return []
    shown = suppression.suppressed(kinds.select("kind", "level", "count"), "count", ["level"])
    order = {level: place for place, level in enumerate(NEED_LEVELS)}
    return sorted(shown.iter_rows(), key=lambda row: (order[row[1]], -(row[2] or 0), row[0]))
