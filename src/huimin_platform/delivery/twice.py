"""Grants of a household that is no more, because the files of its people went into others who draw the same help."""

import json
from datetime import date, datetime

import polars as pl
from django.db import connection

from huimin.matching.findings import SCHEMA
from huimin_platform.base import audit
from huimin_platform.matching import actions as matching

KIND = "granted_twice"
# Whoever keeps the file in the end, however often files went into others.
GRANTED = """
with recursive kept as (
    select id as person, merged_into_id as target from registry_person where merged_into_id is not null
    union all
    select kept.person, person.merged_into_id from kept
    join registry_person person on person.id = kept.target where person.merged_into_id is not null
), last as (
    select kept.person, kept.target from kept join registry_person on registry_person.id = kept.target
    where registry_person.merged_into_id is null
)
select old.id, old.household_id, old.division, old.case_number, own.case_number, last.person, last.target, old.policy
from delivery_grant old
join last on last.person = old.payee_id
join registry_membership membership on membership.person_id = last.target
    and membership.withdrawn_at is null and membership.ended_on is null
join delivery_grant own on own.household_id = membership.household_id and own.policy = old.policy and own.id <> old.id
where old.kind in ('cash', 'service') and old.per = 'month' and own.per = 'month' and (old.ended_on is null or old.ended_on > own.started_on)
  and (own.ended_on is null or own.ended_on > old.started_on)
order by old.id, own.id
"""


def tell(*, today: date, at: datetime) -> int:
    """The number of findings told or taken back of help that one person was granted under two files.

    What would be paid under the file that went into another is held; what the other household gets goes on. Services end
    where a person says so.
    """
    with connection.cursor() as cursor:
        cursor.execute(GRANTED)
        found = cursor.fetchall()
    rows = [
        (
            KIND, household, None,
            json.dumps({"case": case, "other_case": other, "file": gone, "went_into": into, "policy": policy}, ensure_ascii=False),
            f"{KIND}/{grant}", division,
        )
        for grant, household, division, case, other, gone, into, policy in found
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema={**SCHEMA, "division": pl.String}, orient="row")
    frame = frame.unique("key", keep="first", maintain_order=True)
    counts = matching.keep_findings(found=frame, kinds=(KIND,), on=today, at=at, by=audit.SYSTEM)
    return sum(counts.values())
