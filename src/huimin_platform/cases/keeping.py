"""Keeps open cases up to date with the data and the calendar: many at once, without asking anybody."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction

from huimin.cases.plan import Joint, plan
from huimin.cases.process import LEVELS, level_above
from huimin.units.words import Words
from huimin.units.workdays import add_working_days
from huimin_platform.base import audit
from huimin_platform.cases import evidence, superiors
from huimin_platform.cases.models import Case, CaseItem, Step
from huimin_platform.intake import queries as intake

PART = 5_000

# Items of undecided cases whose entitlement was answered anew: the officer decides on today's answer.
ANSWERED_ANEW = """
update cases_caseitem item
set entitlement_id = entitlement.id, amount_fen = entitlement.amount_fen,
    policy_version = entitlement.policy_version, lapsed_on = null
from matching_entitlement entitlement, cases_case open_case
where open_case.id = item.case_id and open_case.state in ('opened', 'reviewing', 'returned')
  and entitlement.current and entitlement.status = 'entitled'
  and entitlement.household_id = item.household_id and entitlement.policy = item.policy
  and (entitlement.id <> item.entitlement_id or item.lapsed_on is not null)
returning item.case_id
"""

# Items of undecided cases that the data no longer support. A person decides what follows. What was applied for rests
# on what was stated too: `applying.answer_anew` looks at it.
LAPSED = """
update cases_caseitem item set lapsed_on = %s
from cases_case open_case
where open_case.id = item.case_id and open_case.state in ('opened', 'reviewing', 'returned')
  and item.lapsed_on is null and item.applied_on is null and not exists (
      select from matching_entitlement entitlement
      where entitlement.household_id = item.household_id and entitlement.policy = item.policy
        and entitlement.current and entitlement.status = 'entitled')
returning item.case_id
"""

# Waiting steps whose predecessors are all done or left out.
STARTABLE = """
select step.id, step.working_days from cases_step step
join cases_case open_case on open_case.id = step.case_id
where step.state = 'waiting' and open_case.state in ('opened', 'reviewing', 'returned')
  and not exists (
      select from cases_step before
      where before.case_id = step.case_id and before.state not in ('done', 'skipped')
        and jsonb_exists(step.after, before.key))
"""

# Open steps all of whose data sets are here by now.
ANSWERABLE = """
select step.id from cases_step step join cases_case open_case on open_case.id = step.case_id
where step.state in ('waiting', 'open') and jsonb_array_length(step.datasets) > 0
  and open_case.state in ('opened', 'reviewing', 'returned')
  and step.datasets <@ to_jsonb(%s::text[])
order by step.id limit %s
"""


# A sweep joins and sorts what is late in memory; it runs once at a time.
ROOM = "set local work_mem = '128MB'"
# The first change of a page after a checkpoint writes the whole page to the log. Pressing those pages takes as long as
# the rest of a large sweep, so they go as they are, where we may say so.
UNPRESSED = """
select set_config('wal_compression', 'off', true) where has_parameter_privilege('wal_compression', 'set')
"""

# Late steps that nobody above knows of, each with the level above; and whose they are, office by office.
TOLD = """
with told as (
    update cases_step step
    set escalated_on = %(today)s, escalated_level = higher.above
    from cases_case late, unnest(%(levels)s::text[], %(above)s::text[]) as higher(level, above)
    where late.id = step.case_id and higher.level = step.level
      and late.state in ('opened', 'reviewing', 'returned') and step.state in ('open', 'returned')
      and step.due_on < %(today)s and step.escalated_on is null
    returning step.level, step.department, late.division)
select level, department, division, count(*) from told group by 1, 2, 3 order by 1, 2, 3
"""


@transaction.atomic
def follow_entitlements(*, today: date, at: datetime) -> dict[str, int]:
    """How many cases rest on a new answer, and how many items have lost their ground."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED_ANEW)
        anew = {row[0] for row in cursor.fetchall()}
        cursor.execute(LAPSED, [today])
        lapsed = {row[0] for row in cursor.fetchall()}
    cases = list(Case.objects.select_for_update().filter(pk__in=anew | lapsed).order_by("pk"))
    for case in cases:
        case.version += 1
    Case.objects.bulk_update(cases, ["version"], batch_size=1000)
    for action, ids in (("follows_data", anew), ("loses_ground", lapsed)):
        numbers = [case.number for case in cases if case.pk in ids]
        audit.write_many(by=audit.SYSTEM, action=action, kind="case", object_ids=numbers, at=at)
    return {"answered_anew": len(anew), "lapsed": len(lapsed)}


def complete_from_data(*, at: datetime) -> int:
    """The number of steps done because the data they waited for have come since the case opened."""
    here = sorted(intake.delivered())
    done = 0
    while part := _answerable(here):
        with transaction.atomic():
            steps = list(
                Step.objects.select_for_update(of=("self",))
                .select_related("case")
                .filter(pk__in=part)
                .order_by("pk")
            )
            _complete(steps, here, at)
        done += len(steps)
    return done


def start_waiting(*, today: date) -> int:
    """The number of steps that may begin now; each has its working days from today."""
    with connection.cursor() as cursor:
        cursor.execute(STARTABLE)
        found = cursor.fetchall()
    for days in {working_days for _, working_days in found}:
        ids = [step for step, working_days in found if working_days == days]
        Step.objects.filter(pk__in=ids).update(state="open", due_on=add_working_days(today, days))
    return len(found)


@transaction.atomic
def escalate(*, today: date, at: datetime) -> int:
    """The number of late steps that the level above is told of. A message upwards is one act for each office and place:
    who was told is kept once, and audited once; each step keeps the day.
    """
    given = {"today": today, "levels": list(LEVELS), "above": [level_above(level) for level in LEVELS]}
    with connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute(UNPRESSED)
        cursor.execute(TOLD, given)
        told = cursor.fetchall()
    offices = [(level, department, division) for level, department, division, _ in told]
    superiors.name_them(offices, today)
    names = [" ".join(office) for office in offices]
    audit.write_many(by=audit.SYSTEM, action="escalates", kind="office", object_ids=names, at=at)
    return sum(count for *_, count in told)


def _answerable(here: Sequence[str]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(ANSWERABLE, [list(here), PART])
        return [row[0] for row in cursor.fetchall()]


def _complete(steps: Sequence[Step], here: Sequence[str], at: datetime) -> None:
    datasets = {name for step in steps for name in step.datasets}
    said = evidence.said_of({step.case.household_id for step in steps}, datasets)
    for step in steps:
        words = Words(step.name["zh"], step.name["en"])
        joint = Joint(
            step.key, words, step.department, step.level, step.working_days, tuple(step.datasets), (), ()
        )
        [planned] = plan(
            [joint],
            delivered=here,
            evidence=said.get(step.case.household_id, {}),
            opened_on=step.case.opened_on,
            deadline=add_working_days,
        )
        assert planned.reason is not None
        step.state, step.done_at, step.evidence = "done", at, list(planned.evidence)
        step.reason = {"zh": planned.reason.zh, "en": planned.reason.en}
    Step.objects.bulk_update(steps, ["state", "done_at", "evidence", "reason"], batch_size=1000)
    numbers = sorted({step.case.number for step in steps})
    audit.write_many(by=audit.SYSTEM, action="completes_step", kind="case", object_ids=numbers, at=at)


def unlapsed(items: Sequence[CaseItem]) -> list[CaseItem]:
    """The items that the data still support."""
    return [item for item in items if item.lapsed_on is None]
