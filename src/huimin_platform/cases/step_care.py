"""A step paused with its deadline standing still, gone on with, or handed to another officer."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.units.workdays import add_working_days, working_days_between
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.cases import guards, queries
from huimin_platform.cases.models import Case, Step


@transaction.atomic
def pause(*, step: int, reason: str, at: datetime, by: User) -> Step:
    """The step paused for the reason; its deadline stands still. Twice changes nothing."""
    found = _locked(step)
    if found.state == "paused":
        return found
    guards.insist_may_do(by, found)
    guards.insist_on_reason("pause", reason)
    found.state = guards.step_moved(found, "pause")
    found.paused_on, found.reason = timezone.localdate(at), {"zh": reason.strip(), "en": reason.strip()}
    found.save(update_fields=["state", "paused_on", "reason"])
    _tell("pauses_step", found, by, at, reason)
    return found


@transaction.atomic
def resume(*, step: int, at: datetime, by: User, reason: str = "") -> Step:
    """The step under way again, with the working days it had left when it was paused; `reason` may say why."""
    found = _locked(step)
    if found.state == "open":
        return found
    guards.insist_may_do(by, found)
    found.state = guards.step_moved(found, "go_on")
    assert found.paused_on is not None
    # What was late when it was paused stays as late as it was.
    left = working_days_between(found.paused_on, found.due_on)
    found.due_on = add_working_days(timezone.localdate(at), left)
    found.paused_on = None
    found.save(update_fields=["state", "paused_on", "due_on"])
    _tell("resumes_step", found, by, at, reason)
    return found


@transaction.atomic
def hand_to(*, step: int, to: User, reason: str, at: datetime, by: User) -> Step:
    """The step handed to another officer of the place, who does it in place of the office it belongs to."""
    found = _locked(step)
    if found.assigned_to_id == to.pk:
        return found
    guards.insist_may_do(by, found)
    guards.insist_on_reason("hand", reason)
    guards.step_moved(found, "complete")
    if to.role not in queries.OFFICES or not access.allow(
        to, "decides", "case", division=found.case.division
    ):
        raise guards.CannotBe(_("%(name)s does not work on cases of this place.") % {"name": str(to)})
    found.assigned_to = to
    found.save(update_fields=["assigned_to"])
    _tell("hands_over", found, by, at, f"{to}：{reason.strip()}")
    return found


def _locked(step: int) -> Step:
    case = Case.objects.select_for_update().get(steps=step)
    found = Step.objects.select_for_update().get(pk=step)
    found.case = case
    return found


def _tell(action: str, step: Step, by: User, at: datetime, reason: str) -> None:
    details = {"step": step.key, "reason": reason.strip()}
    audit.write(by=by, action=action, kind="case", object_id=step.case.number, details=details, at=at)
