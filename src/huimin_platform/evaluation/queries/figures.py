"""The figures kept: which day, which division, and how they stand against their targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db.models import Max, QuerySet

from huimin.evaluation.indicators import Indicator, Judgement, judge, load_all
from huimin.privacy.suppression import suppressed
from huimin.units import divisions
from huimin_platform.base import access
from huimin_platform.base.places import division_names
from huimin_platform.evaluation.models import Figure
from huimin_platform.evaluation.queries.catalogue import COMPUTATIONS
from huimin_platform.evaluation.queries.measure import COUNTY, TOWN, Measure

DAYS_SHOWN = 60
NOT_OF_PEOPLE = ("ledger", "file", "policy")


@dataclass(frozen=True)
class Standing:
    """An indicator with its figure and how that stands in a phase; `figure` is None where there is none."""

    indicator: Indicator
    figure: Figure | None
    judgement: Judgement


@dataclass(frozen=True)
class Place:
    """The figure of one division. `hidden` where so few people stand behind it that it is not shown."""

    code: str
    name: str
    figure: Figure
    judgement: Judgement
    hidden: bool


def figures() -> QuerySet[Figure]:
    """All figures."""
    return Figure.objects.all()


def latest_on(today: date) -> date | None:
    """The last day, today or before, that has figures."""
    return figures().filter(on__lte=today).aggregate(on=Max("on"))["on"]


def measure(name: str, today: date) -> Measure:
    """What an indicator counts today."""
    return COMPUTATIONS[name](today)


def counties(on: date) -> dict[str, str]:
    """The counties that have figures, code -> name."""
    county = rf"^\d{{{COUNTY}}}0{{{12 - COUNTY}}}$"
    codes = figures().filter(on=on, division__regex=county).values_list("division", flat=True)
    return _named(sorted(set(codes)))


def division_of(actor: Any, asked: str, known: Mapping[str, str]) -> str:
    """The division whose figures the actor sees: the one asked for, the own one, the first county."""
    own = access.prefix_of(actor) or ""
    if asked in known and asked.startswith(own[:COUNTY]):
        return asked
    if len(own) >= COUNTY:
        return divisions.padded(own[: TOWN if len(own) >= TOWN else COUNTY])
    return next(iter(known), "")


def standings(on: date | None, division: str, phase: int) -> list[Standing]:
    """Every indicator with its figure of a day, in the order of the definitions."""
    found: dict[str, Figure] = {}
    if on is not None:
        for figure in figures().filter(on=on, division__in=("", division)).order_by("division"):
            found[figure.indicator] = figure  # The division's own figure comes after that of no place.
    return [_standing(indicator, found.get(indicator.name), phase) for indicator in load_all().values()]


def towns(actor: Any, name: str, on: date, county: str, phase: int, kind: str) -> list[Place]:
    """The towns of a county with their figures, the lowest first; small groups are hidden from who may not
    list them."""
    inside = figures().filter(indicator=name, on=on, division__startswith=divisions.prefix(county)[:COUNTY])
    found = [figure for figure in inside if len(divisions.prefix(figure.division)) == TOWN]
    names = _named(figure.division for figure in found)
    hidden = _hidden(actor, found, kind)
    indicator = load_all()[name]
    places = [
        Place(
            figure.division,
            names[figure.division],
            figure,
            _judged(indicator, figure, phase),
            figure.division in hidden,
        )
        for figure in found
    ]
    return sorted(places, key=lambda place: (place.hidden, place.judgement.value or 0, place.code))


def history(name: str, division: str, on: date) -> list[tuple[date, float]]:
    """The figure of a division over the last days that have one, the oldest first."""
    found = figures().filter(indicator=name, on__lte=on, division__in=("", division)).order_by("-on")
    rows = found.exclude(denominator=0).values_list("on", "numerator", "denominator")[:DAYS_SHOWN]
    return [(day, float(top / bottom)) for day, top, bottom in reversed(rows)]


def _standing(indicator: Indicator, figure: Figure | None, phase: int) -> Standing:
    if figure is None:
        return Standing(indicator, None, judge(indicator, None, None, phase))
    return Standing(indicator, figure, _judged(indicator, figure, phase))


def _judged(indicator: Indicator, figure: Figure, phase: int) -> Judgement:
    return judge(indicator, float(figure.numerator), float(figure.denominator), phase)


def _hidden(actor: Any, found: list[Figure], kind: str) -> set[str]:
    """The divisions whose figure stands for too few people, or would tell of one that does."""
    closed = [one for one in found if not access.allow(actor, "lists", kind, division=one.division)]
    if kind in NOT_OF_PEOPLE or not closed:
        return set()
    table = pl.DataFrame(
        {"division": [one.division for one in closed], "count": [int(one.denominator) for one in closed]}
    )
    return set(suppressed(table, "count").filter(pl.col("count").is_null())["division"])


def _named(codes: Any) -> dict[str, str]:
    listed = list(codes)
    names = division_names(listed)
    return {str(code): str(names.get(code, code)) for code in listed}
