"""What a policy buys for people instead of paying them, read from its text."""

from collections.abc import Mapping
from typing import Any

from huimin.rules.located import Located
from huimin.rules.parameters import cited
from huimin.rules.policy import Clause, Service

UNITS = ("visit", "hour", "piece")


def read_service(document: Located, clauses: Mapping[str, Clause]) -> Service | None:
    """The service of a policy's text; None where the policy pays money. Raises `PolicyError` with file and line.

    A service is bought from a monthly amount: without one there is nothing to buy it from.
    """
    place = document.get("service")
    if place is None:
        return None
    place.only("kind", "title", "unit", "clause", "skills")
    if not document.has("amount"):
        document.fail("missing_key", "amount")
    if document.at("period").text() != "month":
        document.at("period").fail("unknown_value", document.at("period").text(), allowed=("month",))
    kind, unit = place.at("kind"), place.at("unit")
    if not kind.text().isidentifier():
        kind.fail("wrong_shape", kind.text(), expected="name")
    if unit.text() not in UNITS:
        unit.fail("unknown_value", unit.text(), allowed=UNITS)
    counted: Any = unit.text()
    by, skills = _skills(document, place)
    return Service(kind.text(), place.at("title").words(), counted, cited(place, clauses), by, skills)


def _skills(document: Located, place: Located) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """The fact that says which skills are asked for, and these by its values."""
    if not place.has("skills"):
        return "", ()
    asked = place.at("skills")
    by, known = asked.at("by"), [each.text() for each in document.listed("facts")]
    if by.text() not in known:
        by.fail("unknown_value", by.text(), allowed=tuple(known))
    found = [(value, each) for value, each in asked.section().items() if value != "by"]
    return by.text(), tuple((value, tuple(one.text() for one in each.listing())) for value, each in found)
