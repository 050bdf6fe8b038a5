"""The portrait of a household or a person, measured when somebody asks, from the registry as it stands."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from huimin import matching, needs
from huimin.rules import Population
from huimin.rules.rendering import NOT_KNOWN
from huimin.units.words import Words
from huimin_platform.registry import changes, tables
from huimin_platform.registry.changes import Within

ONE_OR_TWO = Words(
    "与另一户是否为一户（待经办人核实）",
    "whether another household is one with this (to be verified by clerks)",
)


@dataclass(frozen=True)
class Line:
    """An indicator in words: which part of the portrait, its name, value, formula and clause, what it lacks."""

    indicator: str
    topic: str
    title: Words
    value: Words
    known: bool
    formula: Words
    clause: Words
    missing: tuple[Words, ...]
    person_id: int | None


def definitions() -> needs.NeedBook:
    """The indicators and needs of this installation, checked against its policies as they are signed now."""
    kept = tables.book().kept
    if "needs" not in kept:
        kept["needs"] = needs.load(tables.book())
    return kept["needs"]


def topics() -> dict[str, str]:
    """The parts of a portrait in words, in the order in which they are shown."""
    return {
        "household": _("Who lives together"), "income": _("Income and property"), "health": _("Medical spending"),
        "care": _("Disability and care"), "children": _("School"), "work": _("Work"), "housing": _("Housing"),
        "insurance": _("Insurance"),
    }  # fmt: skip


def portrait_of(
    household_id: int, on: date, *, persons: tuple[int, ...] = (), read: matching.Tables | None = None
) -> list[Line]:
    """The portrait of a household on a day, followed by that of some of its members; empty where nobody lives there.

    `read` are the tables of the household, where somebody has read them already.
    """
    book = definitions()
    if read is None:
        read = tables.tables(Within([household_id]), under_doubt=False, with_earlier=True)
    population = _population(read, on)
    if not len(population):
        return []
    found = needs.portrait(book, population.one(household_id), on, tables.parameter_sets(on), persons=persons)
    return [_line(each) for each in found]


def as_far_as_known(lines: list[Line], household_id: int, on: date) -> list[Line]:
    """A portrait in which nothing is known that hangs on whether the household and another are one, while clerks are asked."""
    read = tables.tables(changes.beside(household_id), with_earlier=True)
    pairs = matching.partners.in_doubt(read, on)
    pairs = pairs.filter((pl.col("household") == household_id) | (pl.col("joining") == household_id))
    if pairs.is_empty():
        return lines
    joined = matching.partners.as_one(read, pairs, on)
    population, sets = _population(joined.tables, on), tables.parameter_sets(on)
    values = {(each.indicator, each.person_id): each.value for each in lines}
    differ: set[tuple[str, int | None]] = set()
    for pair in joined.homes["pair"].unique():
        people = joined.persons.filter(pl.col("pair") == pair)
        found = needs.portrait(definitions(), population.one(pair), on, sets)
        told = {(each.indicator.name, each.person): each.value for each in found}
        copies: dict[int | None, int | None] = dict(people.select("person", "copy").iter_rows())
        copies[None] = None
        differ |= {
            (name, person) for (name, person), value in values.items()
            if person in copies and told.get((name, copies[person])) != value
        }  # fmt: skip
    return [
        replace(each, **_not_known()) if (each.indicator, each.person_id) in differ else each
        for each in lines
    ]


def _not_known() -> dict[str, Any]:
    return {"value": NOT_KNOWN, "known": False, "missing": (ONE_OR_TWO,)}


def _population(read: matching.Tables, on: date) -> Population:
    return matching.population(
        definitions().book.facts, read, on, tables.period(on), data_sets=tables.delivered()
    )


def _line(measured: needs.Measured) -> Line:
    indicator = measured.indicator
    return Line(
        indicator=indicator.name,
        topic=indicator.topic,
        title=indicator.title,
        value=measured.value,
        known=measured.known,
        formula=measured.formula,
        clause=indicator.clause.words,
        missing=measured.missing,
        person_id=measured.person,
    )
