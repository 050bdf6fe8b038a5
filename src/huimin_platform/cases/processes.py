"""The processes there are, as charts: the steps of policies and the paths of a decision's life, each in its versions;
and what a new text would have made of past cases.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db import connection
from django.utils import timezone

from huimin.cases import chart, paths, timing
from huimin.cases.chart import Chart
from huimin.cases.plan import Joint, joint
from huimin.cases.process import LEVEL_WORDS
from huimin.rules import PolicyError
from huimin.rules.policy import Policy
from huimin.units.words import Words
from huimin.units.workdays import working_days_between
from huimin_platform.cases import policies
from huimin_platform.intake import queries as intake
from huimin_platform.registry.drafting import Draft
from huimin_platform.supply.queries import departments

MOST_CASES = 2_000
RESIDENT = Words("当事人", "The person")

# The finished steps of the cases decided last that were about a policy, each with when it was done and what it
# waited for.
PAST = """
with past as (
    select decided.id, decided.opened_on from cases_case decided
    where decided.decided_at is not null and exists (
        select from cases_caseitem item where item.case_id = decided.id and item.policy = %(policy)s)
    order by decided.decided_at desc limit %(most)s
)
select past.id, past.opened_on, step.key, step.after, step.done_at, step.done_by_id is null
from past join cases_step step on step.case_id = past.id
where jsonb_exists(step.policies, %(policy)s) and step.done_at is not null order by past.id, step.id
"""


@dataclass(frozen=True)
class Process:
    """A process in one version: the steps of a policy, or a path."""

    name: str
    title: Words
    kind: str
    version: str
    versions: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A new text of a policy's steps against the one that holds: on past cases as they were worked, and by the terms
    that both set.
    """

    former: tuple[Joint, ...]
    new: tuple[Joint, ...]
    past: timing.Trial
    terms_before: timing.Timing
    terms_after: timing.Timing


def known(on: date) -> list[Process]:
    """Every process in force on a day, paths behind policies."""
    found = []
    for name in policies.names():
        versions = tuple(each.version for each in policies.versions(name))
        try:
            policy = policies.policy(name, on)
        except PolicyError:
            continue
        if policy.steps:
            found.append(Process(name, policy.title, "steps", policy.version, versions))
    for name, definition in paths.in_force(on).items():
        found.append(Process(name, definition.title, "path", definition.version, paths.versions(name)))
    return found


def drawn(name: str, version: str) -> Chart | None:
    """The chart of a process in a version; None where there is none."""
    if version in paths.versions(name):
        return chart.of_path(paths.version(name, version))
    policy = next((each for each in policies.versions(name) if each.version == version), None)
    return chart.of_steps(name, policy.title, steps_of(policy)) if policy and policy.steps else None


def steps_of(policy: Policy) -> tuple[Joint, ...]:
    """The steps that a text of a policy sets by itself."""
    return joint({policy.name: policy.steps})


def tried(draft: Draft) -> Change | None:
    """What the steps of a new text would have made of past cases; None where no text holds until then."""
    if draft.former is None or not draft.former.steps or not draft.policy.steps:
        return None
    former, new, here = steps_of(draft.former), steps_of(draft.policy), intake.delivered()
    by_itself = {step.key for step in new if step.evidence and set(step.evidence) <= here}
    return Change(
        former=former,
        new=new,
        past=timing.tried(former, new, past(draft.former.name), by_itself),
        terms_before=timing.timed(former, _terms(former)),
        terms_after=timing.timed(new, _terms(new)),
    )


def past(policy: str) -> list[Mapping[str, int]]:
    """For each case decided last: step -> the working days from when it could begin until it was done; 0 where the
    data did it.
    """
    with connection.cursor() as cursor:
        cursor.execute(PAST, {"policy": policy, "most": MOST_CASES})
        rows = cursor.fetchall()
    between = cache(working_days_between)
    found: dict[int, dict[str, int]] = {}
    ended: dict[int, dict[str, date]] = {}
    for case, opened_on, key, after, done_at, by_data in rows:
        done_on = timezone.localdate(done_at)
        ends = ended.setdefault(case, {})
        began_on = max((ends[name] for name in json.loads(after) if name in ends), default=opened_on)
        ends[key] = max(done_on, began_on)
        took = 0 if by_data else between(began_on, ends[key])
        found.setdefault(case, {})[key.removeprefix(f"{policy}.")] = took
    return list(found.values())


def offices(chart_of: Chart, language: str) -> dict[tuple[str, str], str]:
    """The lanes of a chart in words."""
    return {office: office_words(office, language) for office, _ in chart_of.lanes}


def office_words(office: tuple[str, str], language: str) -> str:
    """An office (department, level) in words."""
    department, level = office
    if level == "resident":
        return RESIDENT.say(language)
    words = [departments()[department].name.say(language)] if department in departments() else []
    return " · ".join([*words, LEVEL_WORDS[level].say(language)])


def _terms(steps: Sequence[Joint]) -> dict[str, int]:
    return {step.key: step.working_days for step in steps}
