"""Writes a case and those of its steps that moved, in one statement."""

from collections.abc import Sequence

from django.db import connection
from psycopg.types.json import Jsonb

from huimin_platform.cases.models import Case, Step

WRITTEN = """
with moved as (
    update cases_step step
    set state = said.state, reason = said.reason, done_by_id = said.done_by, done_at = said.done_at,
        paused_on = said.paused_on, due_on = said.due_on
    from unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::jsonb[], %(done_by)s::bigint[],
        %(done_at)s::timestamptz[], %(paused_on)s::date[], %(due_on)s::date[])
        as said(id, state, reason, done_by, done_at, paused_on, due_on)
    where step.id = said.id and step.case_id = %(case)s)
update cases_case set state = %(state)s, version = %(version)s where id = %(case)s
"""


def write(case: Case, steps: Sequence[Step]) -> None:
    """Keeps where a locked case and these of its steps stand now."""
    given = {
        "case": case.pk,
        "state": case.state,
        "version": case.version,
        "ids": [step.pk for step in steps],
        "states": [step.state for step in steps],
        "reasons": [None if step.reason is None else Jsonb(step.reason) for step in steps],
        "done_by": [step.done_by_id for step in steps],
        "done_at": [step.done_at for step in steps],
        "paused_on": [step.paused_on for step in steps],
        "due_on": [step.due_on for step in steps],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, given)
