"""Ends one step of a case and moves the rest of it on; for whoever has looked whether that may be."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from huimin.cases.plan import startable
from huimin.cases.process import move_case
from huimin.units.workdays import add_working_days
from huimin_platform.base.models import User
from huimin_platform.cases import posting_sweeps, step_writes
from huimin_platform.cases.models import Case, Step


def finish(found: Step, steps: Sequence[Step], state: str, reason: str, at: datetime, by: User) -> None:
    """Ends one step of a locked case, lets those begin that waited for it, and moves the case on when nothing of it
    is sent back any more; all in one statement, because an office does this all day.
    """
    case, today = found.case, timezone.localdate(at)
    found.state, found.reason = state, {"zh": reason.strip(), "en": reason.strip()}
    found.done_by, found.done_at, found.paused_on = by, at, None
    begun = begin_waiting(steps, today)
    if case.state == "opened":
        case.state = move_case(case.state, "begin")
    elif case.state == "returned" and not any(step.state == "returned" for step in steps):
        case.state = move_case(case.state, "resume")
    case.version += 1
    step_writes.write(case, [found, *begun])
    posting_sweeps.post([step for step in begun if posting_sweeps.is_posted(step)], today=today, at=at)


def begin_waiting(steps: Sequence[Step], today: date) -> list[Step]:
    """The steps of a case that waited and can begin, set to be open with their working days from today."""
    states = {step.key: step.state for step in steps}
    # What a step waits for may have been taken off the case.
    after = {step.key: states.keys() & set(step.after) for step in steps}
    begun = [step for step in steps if step.key in startable(states, after)]
    for step in begun:
        step.state, step.due_on = "open", add_working_days(today, step.working_days)
    return begun


def locked(step: int) -> tuple[Step, list[Step]]:
    """The step and all the steps of its case, locked behind the case."""
    case = Case.objects.select_for_update().get(steps=step)
    steps = list(Step.objects.select_for_update().filter(case=case))
    for each in steps:
        each.case = case
    return next(each for each in steps if each.pk == step), steps
