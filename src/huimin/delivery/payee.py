"""Who receives the money of a household."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

ADULT_YEARS = 18
_RANKS = {"head": 0, "spouse": 1}


@dataclass(frozen=True)
class Member:
    """A member of a household as far as a payment cares."""

    person: int
    relation: str
    born_on: date | None
    alive: bool
    has_card: bool


def payee(members: Iterable[Member], on: date) -> int | None:
    """The living member whose card takes the household's money; None when nobody in it is alive.

    A member with a verified card goes before one without, an adult before a child, the head before the
    spouse before the others, then the elder. Where nobody has a card the head is named, so that the money
    waits for the head's card and is seen to wait.
    """
    living = [member for member in members if member.alive]
    return min(living, key=lambda member: _rank(member, on)).person if living else None


def _rank(member: Member, on: date) -> tuple[bool, bool, int, date, int]:
    born_on = member.born_on or date(on.year - ADULT_YEARS, 1, 1)
    child = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day)) < ADULT_YEARS
    return not member.has_card, child, _RANKS.get(member.relation, 2), born_on, member.person
