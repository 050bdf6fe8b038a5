"""The portrait of a household or a person, measured when somebody asks, from the registry as it stands."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from huimin import matching, needs
from huimin.units.words import Words
from huimin_platform.registry import tables
from huimin_platform.registry.changes import Within


@dataclass(frozen=True)
class Line:
    """An indicator in words: which part of the portrait, its name, value, formula and clause, what it lacks."""

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
    population = matching.population(
        book.book.facts, read, on, tables.period(on), data_sets=tables.delivered()
    )
    if not len(population):
        return []
    household = population.one(household_id)
    found = needs.portrait(book, household, on, tables.parameter_sets(on), persons=persons)
    return [_line(each) for each in found]


def _line(measured: needs.Measured) -> Line:
    indicator = measured.indicator
    return Line(
        topic=indicator.topic,
        title=indicator.title,
        value=measured.value,
        known=measured.known,
        formula=measured.formula,
        clause=indicator.clause.words,
        missing=measured.missing,
        person_id=measured.person,
    )
