"""What the departments' data say of households, for many of them at once, each with its source row."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

# household -> data set -> what it says, oldest row first.
Evidence = Mapping[int, Mapping[str, Sequence[Mapping[str, Any]]]]

# Facts about members, facts about the household, and the booklet's own lines.
SAID = """
select said.household_id, file.dataset, file.name, said.source_line, said.person_id, said.kind, said.value,
       said.words, said.day
from (
    select membership.household_id, fact.person_id, fact.kind, fact.value, fact.words, fact.source_file_id,
           fact.source_line, coalesce(fact.occurred_on, fact.started_on) as day
    from registry_fact fact
    join registry_membership membership on membership.person_id = fact.person_id
         and membership.withdrawn_at is null and membership.ended_on is null
    where membership.household_id = any(%(households)s) and fact.withdrawn_at is null
    union all
    select fact.household_id, null, fact.kind, fact.value, fact.words, fact.source_file_id, fact.source_line,
           coalesce(fact.occurred_on, fact.started_on)
    from registry_fact fact where fact.household_id = any(%(households)s) and fact.withdrawn_at is null
    union all
    select household_id, person_id, 'member', null, relation, source_file_id, source_line, started_on
    from registry_membership
    where household_id = any(%(households)s) and withdrawn_at is null and ended_on is null
) said
join intake_deliveryfile file on file.id = said.source_file_id
where file.dataset = any(%(datasets)s)
order by said.household_id, file.dataset, said.source_file_id, said.source_line, said.kind
"""


def said_of(households: Collection[int], datasets: Collection[str]) -> Evidence:
    """What these data sets say of each household and its members."""
    found: dict[int, dict[str, list[dict[str, Any]]]] = {}
    if not households or not datasets:
        return found
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"households": list(households), "datasets": list(datasets)})
        for household, dataset, file, line, person, kind, value, words, day in cursor.fetchall():
            item = {"dataset": dataset, "file": file, "line": line, "person": person, "kind": kind}
            item |= {"value": value} if value is not None else {}
            item |= {"words": words} if words else {}
            item |= {"on": day.isoformat()} if day else {}
            found.setdefault(household, {}).setdefault(dataset, []).append(item)
    return found
