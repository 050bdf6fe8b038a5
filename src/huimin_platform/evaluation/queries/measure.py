"""The one shape of every figure: rows that each add to a numerator and to a denominator.

A figure is the sum of `top` over the sum of `bottom` of its rows. The figure of a town, that of the county
and the list of rows behind it come from one queryset, so they cannot disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Expression, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Substr

from huimin.units import divisions
from huimin_platform.base import access

NUMBER = DecimalField(max_digits=26, decimal_places=6)
ONE = Value(Decimal(1), output_field=NUMBER)
ZERO = Value(Decimal(0), output_field=NUMBER)
NOWHERE = Value("")
EXACT = Decimal("0.000001")
COUNTY, TOWN = 6, 9
PARTS = ("all", "counted", "missing")


@dataclass(frozen=True)
class Fraction:
    """A figure as numerator and denominator."""

    numerator: Decimal
    denominator: Decimal

    def plus(self, other: "Fraction") -> "Fraction":
        return Fraction(self.numerator + other.numerator, self.denominator + other.denominator)


Fractions = Mapping[str, Fraction]


@dataclass(frozen=True)
class Measure:
    """The rows behind a figure, each with `place` (12 digits or empty), `top` and `bottom`.

    `kind` says what a row is, in the words of the access table. `combine` is for figures that are no sum of
    their rows, such as a Gini coefficient; they may have no rows to show. `changed_at` is for what takes
    long: when that which it rests on last changed, so that it is not reckoned again for nothing.
    """

    rows: QuerySet | None
    kind: str
    combine: Callable[[], Fractions] | None = None
    changed_at: datetime | None = None


Computation = Callable[[date], Measure]


def counted(condition: Any) -> Expression:
    """One where the condition holds, else zero: the numerator of a share."""
    return Case(When(condition, then=ONE), default=ZERO, output_field=NUMBER)


def number(expression: Any) -> Expression:
    """An expression as a number that is summed without loss; nothing counts as zero."""
    return Coalesce(Cast(expression, NUMBER), ZERO, output_field=NUMBER)


def fractions(measure: Measure) -> Fractions:
    """The figure of every county and town that has rows, by code; under "" for rows without a place."""
    if measure.combine is not None:
        return measure.combine()
    assert measure.rows is not None
    towns = (
        measure.rows.order_by()
        .values(home=Substr("place", 1, TOWN))
        .annotate(numerator=Sum("top"), denominator=Sum("bottom"))
    )
    totals: dict[str, Fraction] = {}
    for row in towns:
        part = Fraction(row["numerator"], row["denominator"])
        for code in codes_of(row["home"]):
            totals[code] = totals[code].plus(part) if code in totals else part
    return totals


def codes_of(place: str) -> tuple[str, ...]:
    """The county and the town that a place counts for; the empty code for no place.

    >>> codes_of("330127108201")
    ('330127000000', '330127108000')
    """
    if not place:
        return ("",)
    return tuple(dict.fromkeys(divisions.padded(place[:length]) for length in (COUNTY, TOWN)))


def rows_for(actor: Any, measure: Measure, *, division: str, part: str) -> QuerySet:
    """The rows behind a figure in a division that the actor may see: all, those counted, those missing.

    Rows that belong to no place (funds, files) are internal and seen by whoever may list their kind.
    """
    assert measure.rows is not None
    found = measure.rows
    if measure.kind not in ("ledger", "file"):
        found = access.scope(actor, found, "place")
        if division:
            found = found.filter(place__startswith=divisions.prefix(division))
    if part == "counted":
        return found.filter(top__gt=0)
    return found.filter(top=0) if part == "missing" else found
