"""Whose file it is now: persons whose files went into others, however often, and who keeps them in the end."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from huimin_platform.registry.models import Person

# One file went into another (person, keeper), now or at a moment, as what happened since tells.
NOW = "select id as person, merged_into_id as keeper from registry_person where merged_into_id is not null"
THEN = (
    "select person_id as person, other_id as keeper from (select distinct on (person_id) person_id, other_id, kind"
    " from registry_identityevent where kind in ('merged', 'parted') and at <= %(as_of)s order by person_id, id desc) last"
    " where kind = 'merged'"
)
# Each of them with the one who keeps the file in the end (person, keeper).
KEEPERS = """(with recursive went as ({went}), led as (
    select person, keeper from went union select led.person, went.keeper from led join went on went.person = led.keeper)
 select person, keeper from led where keeper not in (select person from went))"""
THEIRS = """
with recursive theirs(id) as (
    select unnest(%s::bigint[]) union select person.id from registry_person person join theirs on person.merged_into_id = theirs.id)
select id from theirs
"""


def keepers_sql(as_of: datetime | None = None) -> str:
    """A table in SQL: each person whose file went into another, and who keeps it (person, keeper), now or at `as_of`."""
    return KEEPERS.format(went=THEN if as_of else NOW)


def numbers_of(persons: Collection[int]) -> QuerySet[Person]:
    """Some persons and those whose files went into theirs: under each of the numbers something may have been kept."""
    return Person.objects.filter(pk__in=RawSQL(THEIRS, [list(persons)]))  # noqa: S611 - our own words, numbers put in


def keepers(persons: Collection[int]) -> dict[int, int]:
    """Who keeps the file of each of some persons whose file went into another."""
    with connection.cursor() as cursor:
        asked = f"select person, keeper from {keepers_sql()} kept where person = any(%s)"  # noqa: S608 - our own words
        cursor.execute(asked, [list(persons)])
        return dict(cursor.fetchall())


def keepers_among(persons: Iterable[Any]) -> dict[int, int]:
    """The same, told from persons that were read already."""
    went = {each.pk: each.merged_into_id for each in persons if each.merged_into_id is not None}
    found = {}
    for person, keeper in went.items():
        while keeper in went:
            keeper = went[keeper]
        found[person] = keeper
    return found
