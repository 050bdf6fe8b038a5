"""What a case allows, and the words for what it does not."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.cases.process import LEVELS, ImpossibleMove, move_case, move_step
from huimin.rules.policy import POSTED_STEP
from huimin_platform.base import access
from huimin_platform.base.models import User
from huimin_platform.cases import queries
from huimin_platform.cases.models import Case, Decision, Posting, Step
from huimin_platform.design.templatetags.design import joined

# How the key of a step begins that looks into an objection.
CHECK_STEP = "objection-"


class CannotBe(Exception):
    """What was asked of a case cannot be as it stands; the text says why and what to do."""


class Overtaken(CannotBe):
    """Somebody else changed the case meanwhile; nothing of this request was done."""


def may_do(by: User, step: Step) -> bool:
    """Whether an officer may do a step: of the step's level or above, and of its department at the county.

    Above counts, because a level may take up what the one below has not done 提级办理. In a village or
    township one office does the work of all departments, and so does an officer of the county without a
    department. Whoever it was handed to may do it too.
    """
    if by.role not in queries.OFFICES or step.level not in LEVELS:
        return False
    if step.assigned_to_id == by.pk:
        return True
    high_enough = LEVELS.index(by.role) >= LEVELS.index(step.level)
    return high_enough and (by.role != "county" or by.department in ("", step.department))


def step_moved(step: Step, move: str) -> str:
    """The state of the step after the move; `CannotBe` where it cannot make it."""
    if step.case.state not in ("opened", "reviewing", "returned"):
        raise CannotBe(
            _("Case %(number)s is decided; its steps stay as they are.") % {"number": step.case.number}
        )
    try:
        return move_step(step.state, move)
    except ImpossibleMove:
        raise CannotBe(_("This step waits for others that come before it. Do those first.")) from None


def case_moved(case: Case, move: str) -> str:
    """The state of the case after the move; `Overtaken` where somebody has decided it, `CannotBe` else."""
    try:
        return move_case(case.state, move)
    except ImpossibleMove:
        last = case.decisions.select_related("by").order_by("-pk").first()
        if last is None:
            raise CannotBe(
                _("Case %(number)s is %(state)s and cannot be decided so.")
                % {"number": case.number, "state": case.get_state_display()}
            ) from None
        raise Overtaken(_overtaken(last)) from None


def insist_unchanged(case: Case, version: int | None) -> None:
    """Raises `Overtaken` when the case is not as the officer saw it."""
    if version is None or version == case.version:
        return
    last = case.decisions.select_related("by").order_by("-pk").first()
    if last is not None:
        raise Overtaken(_overtaken(last))
    raise Overtaken(
        _("The case has changed since you opened it. Nothing was decided. Look at it again, then decide.")
    )


def _overtaken(last: Decision) -> str:
    return _(
        "%(name)s decided this case on %(at)s: %(outcome)s. Your decision was not recorded."
        " Look at the case again."
    ) % {
        "name": str(last.by),
        "at": f"{timezone.localtime(last.at):%Y-%m-%d %H:%M}",
        "outcome": last.get_outcome_display(),
    }


def insist_on_reason(outcome: str, reason: str) -> None:
    """Raises `CannotBe` where a reason is needed and none is given."""
    if outcome != "approve" and not reason.strip():
        raise CannotBe(_("Write the reason; the resident will read it."))


def left_out(case: Case, refused: Collection[int], reason: str) -> set[int]:
    """The items of the case that an approval leaves out; `CannotBe` where nothing is left, or the reason is missing."""
    items = {item.pk for item in case.items.all()}
    found = items & set(refused)
    if found and found == items:
        raise CannotBe(_("Nothing is left to approve. Refuse the whole case."))
    if found:
        insist_on_reason("refuse", reason)
    return found


def insist_on_ground(case: Case, left_out: Collection[int] = ()) -> None:
    """Raises `CannotBe` when the data do not support what is to be approved."""
    lapsed = [item for item in case.items.all() if item.lapsed_on is not None and item.pk not in left_out]
    if any(item.applied_on is not None for item in lapsed):
        raise CannotBe(
            _(
                "Data and statements do not say that the household is entitled to all it applied for. Refuse what they do not support, or have the data put right first."
            )
        )
    if lapsed:
        raise CannotBe(_("The data no longer say that the household is entitled. Refuse or close the case."))


def insist_ready(case: Case) -> None:
    """Raises `CannotBe` with the names of steps that others still have to do."""
    left = queries.blocking_steps(case)
    if left:
        names = joined(step.name for step in left[:3])
        raise CannotBe(
            _("These steps are not done yet: %(names)s. Wait for them, or leave them out with a reason.")
            % {"names": names}
        )


def insist_own_end(step: Step, by: User) -> None:
    """Raises `Overtaken` where a step that has ended was ended by somebody else; nothing is recorded twice."""
    if step.done_by_id == by.pk:
        return
    if step.done_by is None:
        raise Overtaken(_("This step has ended by itself meanwhile. What you wrote was not recorded."))
    assert step.done_at is not None
    raise Overtaken(
        _("%(name)s ended this step on %(at)s: %(state)s. What you wrote was not recorded. Look at it again.")
        % {
            "name": str(step.done_by),
            "at": f"{timezone.localtime(step.done_at):%Y-%m-%d %H:%M}",
            "state": step.get_state_display(),
        }
    )


def insist_posted(step: Step, today: date) -> None:
    """Raises `CannotBe` while the case is still to be read by the neighbours 公示期, and while what one of them said
    against it is looked into.
    """
    if not step.key.endswith(POSTED_STEP):
        return
    if Posting.objects.filter(step=step, taken_down_on=None).exists():
        raise CannotBe(
            _("The posting ends by itself when its days have passed and every objection is answered.")
        )
    if today <= step.due_on:
        raise CannotBe(
            _("It stays posted until %(on)s, that day included. Record what was said after that.")
            % {"on": step.due_on.isoformat()}
        )


def insist_not_a_check(step: Step) -> None:
    """Raises `CannotBe` where the step is the check of an objection: whoever objected gets an answer."""
    if step.key.startswith(CHECK_STEP):
        raise CannotBe(_("Answer the objection on the page of the posting; that ends this step."))


def insist_may_decide(by: User, case: Case) -> None:
    """Raises `NotAllowed` unless the officer may decide the case."""
    decision = access.allow(by, "decides", "case", division=case.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if not may_decide(by, case):
        raise access.NotAllowed((_("This case is decided by the county’s lead department for it."),))


def may_decide(by: User, case: Case) -> bool:
    """Whether the officer is of the level and department that decide the case."""
    return queries.may_decide(by) and by.department in ("", case.department)


def insist_may_do(by: User, step: Step) -> None:
    """Raises `NotAllowed` unless the officer may do the step."""
    decision = access.allow(by, "decides", "case", division=step.case.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if not may_do(by, step):
        raise access.NotAllowed((_("This step belongs to another department or level."),))


def finish(steps: Sequence[Step], reason: dict[str, str], at: datetime, by: User) -> None:
    """Marks the steps as done by the officer, for the reason in both languages."""
    ids = [step.pk for step in steps]
    Step.objects.filter(pk__in=ids).update(state="done", reason=reason, done_by=by, done_at=at)
