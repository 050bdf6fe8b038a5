"""The portrait of a place: how many households lack what, below it place by place, without telling small groups."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce, Substr

from huimin.needs import NEED_LEVELS
from huimin.privacy import suppression
from huimin.units.divisions import padded, prefix
from huimin_platform.base import access
from huimin_platform.needs.models import Need, NeedState
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
    lacking = Need.objects.filter(state=NeedState.OPEN).annotate(
        home=F("household"), place=Coalesce("household__division", "person__division")
    )
    lacking = lacking.filter(place__startswith=inside) if inside else lacking
    below = _counted(homes.annotate(part=Substr("division", 1, digits)).values("part"), "pk")
    levels = _counted(lacking.annotate(part=Substr("place", 1, digits)).values("part", "level"), "home")
    kinds = _counted(lacking.values("kind", "level"), "home")
    return Portrait(padded(inside), _rows(below, levels), _total(below, levels), _kinds(kinds))


def _counted(rows: QuerySet[Any], what: str) -> pl.DataFrame:
    """The groups of some rows with how many households each has."""
    found = list(rows.annotate(count=Count(what, distinct=True)).order_by())
    return (
        pl.DataFrame(found, infer_schema_length=None)
        if found
        else pl.DataFrame(
            schema={"part": pl.String, "level": pl.String, "kind": pl.String, "count": pl.Int64}
        )
    )


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
