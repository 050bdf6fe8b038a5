"""What a policy has posted where the neighbours can read it, read from its text."""

from collections.abc import Mapping, Sequence
from typing import Any

from huimin.rules.located import Located
from huimin.rules.parameters import cited
from huimin.rules.policy import POSTED_STEP, Clause, Posting

PLACES = ("village", "township")
# What may stand beside a masked name; a number, an address or a reason never does.
SHOWN = ("members", "amount", "amount_band")
LONGEST_DAYS = 60


def read_posting(document: Located, clauses: Mapping[str, Clause], steps: Sequence[str]) -> Posting | None:
    """The posting of a policy's text; None where its law asks for none. Raises `PolicyError` with file and line."""
    place = document.get("posting")
    if place is None:
        return None
    place.only("clause", "place", "days", "days_clause", "again_days", "shows", "lasting", "spares")
    lasting, spares, days_clause = place.get("lasting"), place.get("spares"), place.get("days_clause")
    if POSTED_STEP not in steps:
        place.fail("missing_key", f"steps.{POSTED_STEP}")
    if lasting is not None:
        lasting.only("clause", "shows")
    if spares is not None:
        spares.only("clause", "policies")
    where: Any = _one_of(place.at("place"), PLACES)
    again = place.get("again_days")
    return Posting(
        clause=cited(place, clauses),
        place=where,
        days=_days(place.at("days"), low=1),
        again_days=_days(again, low=0) if again is not None else 0,
        shows=_shown(place),
        lasting_clause=cited(lasting, clauses) if lasting is not None else None,
        lasting=_shown(lasting) if lasting is not None else None,
        days_clause=_cited(days_clause, clauses) if days_clause is not None else None,
        spares=tuple(item.text() for item in spares.listed("policies")) if spares is not None else (),
        spares_clause=cited(spares, clauses) if spares is not None else None,
    )


def _cited(place: Located, clauses: Mapping[str, Clause]) -> Clause:
    return clauses[_one_of(place, tuple(clauses))]


def _days(place: Located, *, low: int) -> int:
    if not low <= place.whole() <= LONGEST_DAYS:
        place.fail("out_of_range", place.text(), value=place.whole(), low=low, high=LONGEST_DAYS)
    return place.whole()


def _shown(place: Located) -> tuple[str, ...]:
    return tuple(_one_of(item, SHOWN) for item in place.listed("shows"))


def _one_of(place: Located, allowed: tuple[str, ...]) -> str:
    if place.text() not in allowed:
        place.fail("unknown_value", place.text(), allowed=allowed)
    return place.text()
