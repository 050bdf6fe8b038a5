"""Many cases decided alike, each as if alone: for demonstrations and backlogs."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from huimin.cases.process import DECIDABLE, DONE_BY_DECISION, move_case
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.cases import explanations, guards, notices, posting_sweeps, queries
from huimin_platform.cases.models import Case, Decision, Step

PART = 1_000


def decide_all_ready(
    *, outcome: str, reason: str, at: datetime, by: User, finish_steps: bool = False
) -> dict[str, int]:
    """How many cases were decided alike, and how many were left, part by part; each decision is kept as if
    made alone.

    For demonstrations and backlogs. `finish_steps`: steps that wait for an officer are done by this one
    first, where the officer's level and department allow it, with the same reason.
    """
    counts = {"decided": 0, "left": 0, "steps": 0}
    waiting = access.scope(by, Case.objects.filter(state__in=DECIDABLE)).order_by("pk")
    for part in _parts(list(waiting.values_list("pk", flat=True))):
        with transaction.atomic():
            cases = list(
                Case.objects.select_for_update(of=("self",))
                .filter(pk__in=part)
                .prefetch_related("items")
                .order_by("pk")
            )
            if finish_steps:
                counts["steps"] += _finish_all(cases, reason, at, by)
            done = _decide_alike([case for case in cases if case.state in DECIDABLE], outcome, reason, at, by)
        counts["decided"] += done
        counts["left"] += len(cases) - done
    return counts


def _decide_alike(cases: Sequence[Case], outcome: str, reason: str, at: datetime, by: User) -> int:
    """Decides the cases that can be decided so; the others stay as they are."""
    guards.insist_on_reason(outcome, reason)
    steps: dict[int, list[Step]] = {case.pk: [] for case in cases}
    for step in Step.objects.filter(case__in=cases, state__in=queries.UNFINISHED):
        steps[step.case_id].append(step)
    ready = [case for case in cases if _can_be(case, steps[case.pk], outcome, by)]
    if outcome == "approve":
        guards.finish(
            [step for case in ready for step in steps[case.pk]],
            {"zh": DONE_BY_DECISION.zh, "en": DONE_BY_DECISION.en},
            at,
            by,
        )
    traces = explanations.of_cases(ready)
    decisions = Decision.objects.bulk_create(
        [
            Decision(
                key=f"{case.number}:{case.version}:{outcome}", case=case, outcome=outcome,
                reason=reason.strip(), trace=traces[case.pk], by=by, at=at,
            )
            for case in ready
        ],
        batch_size=500,
    )  # fmt: skip
    notices.tell_decisions(decisions, ready)
    states = {case.state for case in ready}
    for state in states:
        same = [case.pk for case in ready if case.state == state]
        Case.objects.filter(pk__in=same).update(
            state=move_case(state, outcome), version=F("version") + 1, decided_at=at
        )
    numbers = [case.number for case in ready]
    audit.write_many(
        by=by, action="decides", kind="case", object_ids=numbers, details={"outcome": outcome}, at=at
    )
    return len(ready)


def _can_be(case: Case, steps: Sequence[Step], outcome: str, by: User) -> bool:
    if not guards.may_decide(by, case) or outcome == "return":
        return False
    if outcome == "refuse":
        return True
    grounded = all(item.lapsed_on is None for item in case.items.all())
    return grounded and all(queries.is_own(step, case) for step in steps)


def _finish_all(cases: Sequence[Case], reason: str, at: datetime, by: User) -> int:
    """The number of steps done by this officer in these cases, all that the officer may do and that wait
    for nobody's data.
    """
    guards.insist_on_reason("complete", reason)
    mine = {case.pk: case for case in cases}
    finished: dict[int, set[str]] = {case.pk: set() for case in cases}
    steps: list[Step] = []
    # Steps stand behind those they wait for, so one pass is enough.
    for step in Step.objects.select_for_update().filter(case__in=cases).order_by("case_id", "pk"):
        done = finished[step.case_id]
        if step.state in queries.UNFINISHED:
            if step.datasets or queries.is_own(step, mine[step.case_id]) or not set(step.after) <= done:
                continue
            # What is posted ends when its days have passed, and a check with an answer.
            if posting_sweeps.is_posted(step) or step.key.startswith(guards.CHECK_STEP):
                continue
            if not guards.may_do(by, step):
                continue
            steps.append(step)
        done.add(step.key)
    guards.finish(steps, {"zh": reason.strip(), "en": reason.strip()}, at, by)
    numbers = sorted({mine[step.case_id].number for step in steps})
    audit.write_many(
        by=by, action="completes_step", kind="case", object_ids=numbers, details={"reason": reason}, at=at
    )
    return len(steps)


def _parts(ids: Sequence[int]) -> Sequence[Sequence[int]]:
    return [ids[start : start + PART] for start in range(0, len(ids), PART)]
