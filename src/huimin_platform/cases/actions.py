"""Writes of the cases stage that a person makes: steps done, cases decided."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from huimin.cases.process import DONE_BY_DECISION, SUPPLEMENT
from huimin.units.words import Words
from huimin.units.workdays import add_working_days
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.cases import (
    applying,
    backlog,
    explanations,
    guards,
    notices,
    overpayments,
    paths,
    postings,
    queries,
    rating,
    step_care,
    step_moves,
    verifying,
)
from huimin_platform.cases.guards import CannotBe, Overtaken
from huimin_platform.cases.models import Case, Decision, Step

__all__ = [
    "CannotBe",
    "MoneyNotice",
    "Overtaken",
    "answer_objection",
    "apply",
    "begin_path",
    "close",
    "complete_step",
    "confirm_verified",
    "decide",
    "decide_all_ready",
    "hand_step",
    "move_path",
    "object_to",
    "pause_step",
    "propose_recovery",
    "put_in_class",
    "resume_step",
    "skip_step",
    "take_back_verified",
    "tell_of_money",
    "verify",
    "withhold",
]  # fmt: skip

SUPPLEMENT_DAYS = 5

MoneyNotice = notices.MoneyNotice
apply = applying.apply
tell_of_money = notices.tell_of_money
decide_all_ready = backlog.decide_all_ready
pause_step = step_care.pause
resume_step = step_care.resume
hand_step = step_care.hand_to
begin_path = paths.begin
move_path = paths.move
put_in_class = rating.put_in_class
propose_recovery = overpayments.propose
object_to = postings.object_to
answer_objection = postings.answer
withhold = postings.withhold
verify = verifying.verify
confirm_verified = verifying.confirm
take_back_verified = verifying.take_back


@transaction.atomic
def decide(
    *,
    case: Case,
    outcome: str,
    reason: str,
    at: datetime,
    by: User,
    key: str = "",
    version: int | None = None,
    steps: Collection[int] = (),
    refused: Collection[int] = (),
) -> Decision:
    """The decision as kept, with the explanation of the day. The same key again changes nothing.

    `version`: the case as the officer saw it; `Overtaken` when it has changed since. `steps`: those sent
    back. `refused`: the items that an approval leaves out, for the same reason. Raises `CannotBe` with words when the case is not ready, has lost its ground, or lacks a reason.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    key = key or f"{case.number}:{case.version}:{outcome}"
    known = Decision.objects.filter(key=key, case=case).first()
    if known is not None:
        return known
    guards.insist_may_decide(by, case)
    guards.insist_unchanged(case, version)
    guards.insist_on_reason(outcome, reason)
    state = guards.case_moved(case, outcome)
    if outcome == "approve":
        left_out = guards.left_out(case, refused, reason)
        guards.insist_on_ground(case, left_out)
        guards.insist_ready(case)
        case.items.filter(pk__in=left_out).update(refused=reason.strip())
        guards.finish(queries.own_steps(case), _both(DONE_BY_DECISION), at, by)
    if outcome == "return":
        _send_back(case, steps, reason, timezone.localdate(at))
    decision = Decision.objects.create(
        key=key,
        case=case,
        outcome=outcome,
        reason=reason.strip(),
        trace=explanations.of_case(case),
        by=by,
        at=at,
    )
    case.state, case.version = state, case.version + 1
    case.decided_at = None if outcome == "return" else at
    case.save(update_fields=["state", "version", "decided_at"])
    notices.tell_decisions([decision], [case])
    details = {"outcome": outcome, "policies": [item.policy for item in case.items.all()]}
    audit.write(
        by=by,
        action="decides",
        kind="case",
        object_id=case.number,
        purpose=f"case {case.number}",
        details=details,
        at=at,
    )
    return decision


@transaction.atomic
def complete_step(*, step: int, reason: str, at: datetime, by: User) -> Step:
    """The step done by this officer, with what was found; steps that waited for it begin. Twice changes
    nothing; raises `Overtaken` where somebody else has ended it meanwhile.
    """
    found, steps = step_moves.locked(step)
    if found.state == "done":
        guards.insist_own_end(found, by)
        return found
    guards.insist_may_do(by, found)
    guards.insist_on_reason("complete", reason)
    state = guards.step_moved(found, "complete")
    guards.insist_not_a_check(found)
    guards.insist_posted(found, timezone.localdate(at))
    step_moves.finish(found, steps, state, reason, at, by)
    _tell("completes_step", found, at, by)
    return found


@transaction.atomic
def skip_step(*, step: int, reason: str, at: datetime, by: User) -> Step:
    """The step left out, with the reason; for whoever may decide the case."""
    found, steps = step_moves.locked(step)
    if found.state == "skipped":
        guards.insist_own_end(found, by)
        return found
    guards.insist_may_decide(by, found.case)
    guards.insist_on_reason("skip", reason)
    guards.insist_not_a_check(found)
    step_moves.finish(found, steps, guards.step_moved(found, "skip"), reason, at, by)
    _tell("skips_step", found, at, by)
    return found


@transaction.atomic
def close(*, case: Case, reason: str, at: datetime, by: User) -> Case:
    """The case closed: its ground fell away, or all is done. A new entitlement may open another."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    guards.insist_may_decide(by, case)
    guards.insist_on_reason("close", reason)
    case.state, case.version = guards.case_moved(case, "close"), case.version + 1
    case.save(update_fields=["state", "version"])
    case.items.update(live=False)
    audit.write(by=by, action="closes", kind="case", object_id=case.number, details={"reason": reason}, at=at)
    return case


def _send_back(case: Case, ids: Collection[int], reason: str, today: date) -> None:
    """Opens again the steps named, or those done by hand, or asks for more papers where there are none."""
    steps = list(case.steps.filter(pk__in=ids)) if ids else list(case.steps.exclude(done_by=None))
    words = {"zh": reason.strip(), "en": reason.strip()}
    for step in steps:
        step.state, step.reason = ("returned" if step.state != "waiting" else "waiting"), words
        step.done_by = step.done_at = step.escalated_on = None
        step.escalated_level, step.paused_on = "", None
        step.due_on = add_working_days(today, step.working_days)
    Step.objects.bulk_update(
        steps,
        [
            "state",
            "reason",
            "done_by",
            "done_at",
            "escalated_on",
            "escalated_level",
            "paused_on",
            "due_on",
        ],
    )
    if not any(step.state == "returned" for step in steps):
        Step.objects.create(
            case=case,
            key=f"supplement-{case.version}",
            name=_both(SUPPLEMENT),
            department=case.department,
            level="township",
            state="returned",
            working_days=SUPPLEMENT_DAYS,
            due_on=add_working_days(today, SUPPLEMENT_DAYS),
            reason=words,
        )


def _tell(action: str, step: Step, at: datetime, by: User) -> None:
    details = {"step": step.key}
    audit.write(by=by, action=action, kind="case", object_id=step.case.number, details=details, at=at)


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
