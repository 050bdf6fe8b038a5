"""Opens cases by themselves for households that are entitled and do not receive: many at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

import polars as pl
from django.db import IntegrityError, connection, transaction

from huimin.cases.plan import RECEIVED, Planned, plan
from huimin.units.workdays import add_working_days
from huimin_platform.base import audit
from huimin_platform.base.bulk import copy_in, have_counted
from huimin_platform.base.models import User
from huimin_platform.cases import evidence, policies
from huimin_platform.cases.models import Case, CaseItem, Step
from huimin_platform.intake import queries as intake

PART = 2_000

# Entitlements that no live case item rests on and that the household does not receive already.
ENTITLED = """
select entitlement.household_id, entitlement.policy, entitlement.policy_version, entitlement.id,
       entitlement.amount_fen, household.division, household.head_id, open_case.id, open_case.number
from matching_entitlement entitlement
join registry_household household on household.id = entitlement.household_id
left join cases_case open_case on open_case.household_id = entitlement.household_id
     and open_case.state in ('opened', 'reviewing', 'returned')
where entitlement.current and entitlement.status = 'entitled' and entitlement.household_id > %(last)s
  and entitlement.policy = any(%(policies)s) and household.ended_on is null
  and not exists (
      select from cases_caseitem item
      where item.household_id = entitlement.household_id and item.policy = entitlement.policy and item.live)
  and not exists (
      select from unnest(%(received)s::text[], %(kinds)s::text[]) as received(policy, kind)
      join registry_fact fact on fact.kind = received.kind and fact.household_id = entitlement.household_id
      where received.policy = entitlement.policy and fact.withdrawn_at is null
        and (fact.started_on is null or fact.started_on <= %(today)s)
        and (fact.ended_on is null or fact.ended_on > %(today)s))
order by entitlement.household_id limit %(limit)s
"""


@dataclass(frozen=True)
class Entitled:
    """An entitlement that needs a case, with its household and the case that is open for it."""

    household: int
    policy: str
    policy_version: str
    entitlement: int
    amount_fen: int | None
    division: str
    head: int | None
    case: int | None
    number: str | None
    applied_on: date | None = None
    lapsed_on: date | None = None


def open_new(*, today: date, at: datetime) -> dict[str, int]:
    """How many cases were opened, and how many policies joined an open case. A rerun opens none."""
    counts = {"opened": 0, "joined": 0}
    known = policies.names()
    last, again = 0, -1
    while found := _entitled(today, known, last):
        try:
            with transaction.atomic():
                made = open_for(found, today=today, at=at, by=audit.SYSTEM)
        except IntegrityError:
            # Somebody of these households applied meanwhile: they are read once more. A second time is a fault.
            if again == last:
                raise
            again = last
            continue
        last = found[-1].household
        for name, count in made.items():
            counts[name] += count
    for model in (Case, CaseItem):
        have_counted(model, counts["opened"])
    return counts


def _entitled(today: date, known: Sequence[str], last: int) -> list[Entitled]:
    """The next households whole: all entitlements of each."""
    parameters = {
        "today": today,
        "policies": list(known),
        "received": list(RECEIVED),
        "kinds": list(RECEIVED.values()),
        "last": last,
        "limit": PART * len(known),
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTITLED, parameters)
        found = [Entitled(*row) for row in cursor.fetchall()]
    if len(found) == parameters["limit"]:
        found = [item for item in found if item.household != found[-1].household]
    return found


def open_for(found: Sequence[Entitled], *, today: date, at: datetime, by: User | str) -> dict[str, int]:
    """How many cases were opened for these households, and how many policies joined an open case."""
    # What is given each month leads the case, with its department.
    order = {
        name: (policies.policy(name, today).period != "month", name)
        for name in {item.policy for item in found}
    }
    households = [
        sorted(items, key=lambda item: order[item.policy])
        for _, items in groupby(found, key=lambda item: item.household)
    ]
    joining = [items for items in households if items[0].case is not None]
    opening = [items for items in households if items[0].case is None]
    steps = {
        items[0].household: policies.steps_of([item.policy for item in items], today) for items in households
    }
    datasets = {name for each in set(steps.values()) for step in each for name in step.evidence}
    said = evidence.said_of(list(steps), datasets)
    here = intake.delivered()

    # Many cases share few days.
    deadline = cache(add_working_days)

    def planned(household: int) -> list[Planned]:
        return plan(
            steps[household],
            delivered=here,
            evidence=said.get(household, {}),
            opened_on=today,
            deadline=deadline,
        )

    plans = {items[0].household: planned(items[0].household) for items in households}
    cases = _new_cases(opening, plans, today)
    _add_items([(cases[items[0].household], item) for items in opening for item in items], today)
    _add_steps(
        [(cases[items[0].household].pk, step) for items in opening for step in plans[items[0].household]], at
    )
    _join(joining, plans, today, at)
    numbers = [case.number for case in cases.values()]
    audit.write_many(by=by, action="opens_case", kind="case", object_ids=numbers, at=at)
    joined = [items[0].number for items in joining]
    audit.write_many(by=by, action="joins", kind="case", object_ids=joined, at=at)
    return {"opened": len(cases), "joined": sum(len(items) for items in joining)}


def _new_cases(
    opening: Sequence[Sequence[Entitled]], plans: Mapping[int, Sequence[Planned]], today: date
) -> dict[int, Case]:
    numbers = _numbers(len(opening), today)
    cases = [
        Case(
            number=number,
            household_id=items[0].household,
            applicant_id=items[0].head,
            division=items[0].division,
            department=policies.policy(items[0].policy, today).department,
            state="reviewing"
            if any(step.state == "done" for step in plans[items[0].household])
            else "opened",
            opened_on=today,
            due_on=max((step.due_on for step in plans[items[0].household]), default=today),
        )
        for number, items in zip(numbers, opening, strict=True)
    ]
    Case.objects.bulk_create(cases, batch_size=1000)
    return {case.household_id: case for case in cases}


def _add_items(items: Iterable[tuple[Case, Entitled]], today: date) -> None:
    CaseItem.objects.bulk_create(
        [
            CaseItem(
                case=case,
                household_id=item.household,
                policy=item.policy,
                policy_version=item.policy_version,
                entitlement_id=item.entitlement,
                amount_fen=item.amount_fen,
                per=policies.policy(item.policy, today).period,
                applied_on=item.applied_on,
                lapsed_on=item.lapsed_on,
            )
            for case, item in items
        ],
        batch_size=1000,
    )


def _join(
    joining: Sequence[Sequence[Entitled]], plans: Mapping[int, Sequence[Planned]], today: date, at: datetime
) -> None:
    """Policies that join an open case bring their items, and those of their steps that the case does not
    have.
    """
    if not joining:
        return
    ids = [items[0].case for items in joining]
    cases = {case.pk: case for case in Case.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    have: dict[int, dict[str, Step]] = {}
    for step in Step.objects.filter(case__in=ids).order_by("pk"):
        have.setdefault(step.case_id, {})[step.key] = step
    shared: list[Step] = []
    _add_items([(cases[item.case], item) for items in joining for item in items if item.case], today)
    new: list[tuple[int, Planned]] = []
    for items in joining:
        case = cases[items[0].case or 0]
        steps = _lacking(plans[items[0].household], have.get(case.pk, {}), shared)
        new += [(case.pk, step) for step in steps]
        case.version += 1
        case.due_on = max([case.due_on, *(step.due_on for step in steps)])
    _add_steps(new, at)
    Step.objects.bulk_update(shared, ["policies"], batch_size=1000)
    Case.objects.bulk_update(cases.values(), ["version", "due_on"], batch_size=1000)


def _lacking(plans: Sequence[Planned], have: Mapping[str, Step], shared: list[Step]) -> list[Planned]:
    """The steps that a case does not have. One of the same key elsewhere is another step and gets the policy's name; one
    that the case has serves the new policies too, and is put into `shared`.
    """
    renamed: dict[str, str] = {}
    lacking = []
    for planned in plans:
        joint, other = planned.joint, have.get(planned.joint.key)
        if other is not None and (other.department, other.level) == (joint.department, joint.level):
            other.policies = list(dict.fromkeys([*other.policies, *joint.policies]))
            shared.append(other)
            continue
        if other is not None:
            renamed[joint.key] = f"{joint.policies[0]}.{joint.key}"
        key, after = renamed.get(joint.key, joint.key), tuple(renamed.get(name, name) for name in joint.after)
        if key not in have:
            lacking.append(replace(planned, joint=replace(joint, key=key, after=after)))
    return lacking


def _add_steps(steps: Sequence[tuple[int, Planned]], at: datetime) -> None:
    """Copies the steps in; a county's first day brings hundreds of thousands."""
    if steps:
        copy_in(Step, pl.DataFrame([_row(case, step, at) for case, step in steps], infer_schema_length=None))


def _row(case: int, planned: Planned, at: datetime) -> dict[str, Any]:
    joint, done = planned.joint, planned.state == "done"
    reason = {"zh": planned.reason.zh, "en": planned.reason.en} if planned.reason else None
    return {
        "case_id": case,
        "key": joint.key,
        "name": _json({"zh": joint.name.zh, "en": joint.name.en}),
        "department": joint.department,
        "level": joint.level,
        "policies": _json(joint.policies),
        "state": planned.state,
        "working_days": joint.working_days,
        "due_on": planned.due_on,
        "after": _json(joint.after),
        "datasets": _json(joint.evidence),
        "escalated_level": "",
        "evidence": _json(planned.evidence),
        "reason": _json(reason) if reason else None,
        "done_at": at if done else None,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _numbers(count: int, today: date) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('cases_number') from generate_series(1, %s)", [count])
        return [f"{today.year}-{row[0]:06d}" for row in cursor.fetchall()]
