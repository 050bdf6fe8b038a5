"""Figures about people and places at large: insurance, standards, shared data, the spread of incomes."""

from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from huimin_platform.evaluation.queries.measure import (
    NOWHERE,
    ONE,
    Fraction,
    Measure,
    counted,
    number,
)
from huimin_platform.intake import queries as intake
from huimin_platform.matching import queries as matching
from huimin_platform.registry import queries as registry

FIRST_AGE, LAST_AGE = 16, 59
STANDARD = "subsistence_standard"


def pension_enrolment(today: date) -> Measure:
    """Living residents of 16 to 59 years who are not at school; counted with an enrolment in force."""
    rows = (
        registry.persons()
        .filter(
            ~Exists(_current("student", today)),
            merged_into=None,
            died_on=None,
            born_on__gt=_years_before(today, LAST_AGE + 1),
            born_on__lte=_years_before(today, FIRST_AGE),
        )
        .annotate(place=F("division"))
    )
    return Measure(rows.annotate(top=counted(Exists(_current("insured", today))), bottom=ONE), "person")


def standard_ratio(today: date) -> Measure:
    """The parameter sets in force that have both standards: urban over rural, per division."""
    later = matching.parameter_sets().filter(
        division=OuterRef("division"),
        name=OuterRef("name"),
        effective_on__gt=OuterRef("effective_on"),
        effective_on__lte=today,
    )
    standard = KeyTextTransform
    rows = (
        matching.parameter_sets()
        .filter(~Exists(later), effective_on__lte=today, values__has_key=STANDARD)
        .annotate(
            place=F("division"),
            top=number(standard("urban", standard(STANDARD, "values"))),
            bottom=number(standard("rural", standard(STANDARD, "values"))),
        )
    )
    return Measure(rows, "policy")


def departments_sharing(today: date) -> Measure:
    """One file for each department that has a current one."""
    first = (
        intake.files()
        .filter(current=True)
        .exclude(department="")
        .order_by("department", "pk")
        .distinct("department")
    )
    rows = intake.files().filter(pk__in=first.values("pk"))
    rows = rows.annotate(place=NOWHERE, top=ONE, bottom=ONE)

    def count() -> dict[str, Fraction]:
        return {"": Fraction(Decimal(rows.count()), Decimal(1))}

    return Measure(rows, "file", combine=count)


def _current(kind: str, today: date) -> QuerySet:
    """The facts of a kind in force on a day, about the person of the outer query."""
    return registry.facts().filter(
        Q(started_on=None) | Q(started_on__lte=today),
        Q(ended_on=None) | Q(ended_on__gt=today),
        person=OuterRef("pk"),
        kind=kind,
    )


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # The 29th of February.
        return day.replace(year=day.year - years, day=28)
