"""The local standards that a department delivers, as parameters of its division."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from huimin.matching.tables import Period
from huimin.rules import ParameterSet
from huimin.units.divisions import padded
from huimin.units.words import Words

# The columns of the contract local_standards, and the parameters they give.
PLAIN = {
    "edge_multiple": "edge_multiple",
    "medical_share": "medical_share",
    "vehicle_limit": "vehicle_limit",
    "home_limit": "home_limit",
}
STANDARD = {"urban": "urban_standard_fen", "rural": "rural_standard_fen"}


def parameters_from_standards(
    row: Mapping[str, Any], division: str, *, source: Words | None = None, started_on: date | None = None
) -> ParameterSet:
    """The parameter set of one row of local standards, for its division.

    What the row leaves empty is left out: a rule that needs it then names the missing parameter.

    >>> row = {"urban_standard_fen": 100000, "rural_standard_fen": 85000, "edge_multiple": 1.5,
    ...        "as_of_on": date(2026, 6, 30)}
    >>> parameters_from_standards(row, "330127").values["subsistence_standard"]
    {'urban': 100000, 'rural': 85000}
    """
    values: dict[str, Any] = {
        parameter: str(row[column]) for column, parameter in PLAIN.items() if row.get(column) is not None
    }
    standard = {kind: int(row[column]) for kind, column in STANDARD.items() if row.get(column) is not None}
    if len(standard) == len(STANDARD):
        values["subsistence_standard"] = standard
    started = started_on or row.get("as_of_on") or row.get("income_first_on")
    if started is None:
        raise ValueError(
            "Local standards need the day they hold from: as_of_on, income_first_on or started_on."
        )
    return ParameterSet(
        padded(row.get("division") or division),
        started,
        values,
        source or Words("当地标准", "local standards"),
    )


def period_from_standards(row: Mapping[str, Any], on: date) -> Period:
    """The income period that the standards name, else the twelve full months before the day."""
    first, last = row.get("income_first_on"), row.get("income_last_on")
    return Period(first, last + timedelta(days=1)) if first and last else twelve_months_before(on)


def twelve_months_before(on: date) -> Period:
    """The twelve full months before a day.

    >>> twelve_months_before(date(2026, 7, 15))
    Period(started_on=datetime.date(2025, 7, 1), ended_on=datetime.date(2026, 7, 1))
    """
    return Period(date(on.year - 1, on.month, 1), date(on.year, on.month, 1))
