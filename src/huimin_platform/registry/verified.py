"""Reads of what officers verified: as facts that count, of a household, and whether anything has changed."""

from datetime import datetime

from django.db.models import Max, Q, QuerySet

from huimin_platform.registry.models import Person, Verified

# A fact like any other, named as rules declare it; the latest one of a fact counts.
FACTS = """
 union all (select distinct on (person_id, household_id, fact) person_id, household_id, fact, null, value, verified_on,
 holds_until, null, null, '', id from registry_verified where {condition}{{limit}}
 order by person_id, household_id, fact, at desc, id desc)"""
COUNTS = "withdrawn_at is null and (not two or second_at is not null)"
COUNTED = (
    "at <= %(as_of)s and (not two or second_at <= %(as_of)s) and coalesce(withdrawn_at > %(as_of)s, true)"
)


def facts(as_of: datetime | None) -> str:
    """The statement that adds what counts, or counted at a moment, to facts; with a place for `limit`."""
    return FACTS.format(condition=COUNTED if as_of else COUNTS)


def about(whom: Q) -> QuerySet[Verified]:
    """What was verified about some persons and households, the latest first."""
    return Verified.objects.filter(whom).order_by("-at", "-pk")


def of_household(household_id: int) -> QuerySet[Verified]:
    """Everything that was ever verified of a household and of who lives in it, the latest first."""
    living = Person.objects.filter(
        memberships__household=household_id, memberships__ended_on=None, memberships__withdrawn_at=None
    )
    found = about(Q(household=household_id) | Q(person__in=living))
    return found.select_related("by", "second_by", "withdrawn_by")


def mark() -> int:
    """The place of the last writing: whatever is verified, confirmed or taken back later has a greater one."""
    return Verified.objects.aggregate(last=Max("changed"))["last"] or 0
