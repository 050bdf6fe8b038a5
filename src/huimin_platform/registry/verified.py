"""Reads of what officers verified: as facts that count, of a household, and whether anything has changed."""

from datetime import datetime

from django.db.models import Max, Q, QuerySet

from huimin_platform.registry import whose
from huimin_platform.registry.models import Person, Verified

# A fact like any other, named as rules declare it; the latest one of a fact counts. It is of whoever keeps the file now of
# the person whom it was verified of.
FACTS = """
 union all (select distinct on (person_id, household_id, fact) person_id, household_id, fact, null, value, verified_on,
 holds_until, null, null, '', id from {verified} counted where {condition}{{limit}}
 order by person_id, household_id, fact, at desc, id desc)"""
COUNTS = "withdrawn_at is null and (not two or second_at is not null)"
COUNTED = (
    "at <= %(as_of)s and (not two or second_at <= %(as_of)s) and coalesce(withdrawn_at > %(as_of)s, true)"
)
OF_WHOM = """(select said.id, coalesce(kept.keeper, said.person_id) as person_id, said.household_id, said.fact, said.value,
 said.verified_on, said.holds_until, said.at, said.two, said.second_at, said.withdrawn_at, said.changed
 from registry_verified said left join {keepers} kept on kept.person = said.person_id)"""


def of_whom(as_of: datetime | None = None) -> str:
    """A table in SQL: what was verified, each of whoever keeps the file of the person, now or at a moment."""
    return OF_WHOM.format(keepers=whose.keepers_sql(as_of))


def facts(as_of: datetime | None) -> str:
    """The statement that adds what counts, or counted at a moment, to facts; with a place for `limit`."""
    return FACTS.format(verified=of_whom(as_of), condition=COUNTED if as_of else COUNTS)


def about(whom: Q) -> QuerySet[Verified]:
    """What was verified about some persons and households, the latest first."""
    return Verified.objects.filter(whom).order_by("-at", "-pk")


def of_household(household_id: int) -> QuerySet[Verified]:
    """Everything that was ever verified of a household and of who lives in it, the latest first; also under the number of
    somebody whose file went into one of theirs.
    """
    living = Person.objects.filter(
        memberships__household=household_id, memberships__ended_on=None, memberships__withdrawn_at=None
    )
    theirs = whose.numbers_of(living.values_list("pk", flat=True))
    found = about(Q(household=household_id) | Q(person__in=theirs))
    return found.select_related("by", "second_by", "withdrawn_by")


def mark() -> int:
    """The place of the last writing: whatever is verified, confirmed or taken back later has a greater one."""
    return Verified.objects.aggregate(last=Max("changed"))["last"] or 0
