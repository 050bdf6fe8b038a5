"""What people do with postings: anybody objects, an officer looks into it and answers, a name is kept off the lists."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.cases.posting import CHECK_DAYS, MOST_OBJECTIONS
from huimin.units.words import Words
from huimin.units.workdays import add_working_days
from huimin_platform.base import audit, secrets
from huimin_platform.base.models import User
from huimin_platform.cases import guards, posting_sweeps, step_moves
from huimin_platform.cases.guards import CannotBe, Overtaken
from huimin_platform.cases.models import Case, Objection, Posting, Step, Withholding

WHERE = "cases.objection.text"
CHECK = Words("核实公示异议", "Check what was said against the posting")


@transaction.atomic
def object_to(*, posting: int, text: str, key: str, at: datetime) -> Objection:
    """The objection as recorded, with its check opened; the same form again records nothing. Nobody need be known.

    Raises `CannotBe` with words where the posting is over or as many others are looked into already.
    """
    known = Objection.objects.filter(key=key, posting=posting).first()
    if known is not None:
        return known
    case = Case.objects.select_for_update().get(postings=posting)
    found = Posting.objects.select_related("step").prefetch_related("objections").get(pk=posting)
    found.case, today = case, timezone.localdate(at)
    if (
        found.taken_down_on is not None
        or today > found.until
        or case.state not in ("opened", "reviewing", "returned")
    ):
        raise CannotBe(_("This posting is over. Tell the office what you know; it looks into that too."))
    if not text.strip():
        raise CannotBe(_("Write what is not right; somebody looks into it."))
    said = list(found.objections.all())
    if sum(not each.outcome for each in said) >= MOST_OBJECTIONS:
        raise CannotBe(_("Others have objected already and it is being looked into. Come back in some days."))
    step = _check(found, len(said) + 1, today)
    objection = Objection.objects.create(key=key, posting=found, step=step, text_sealed=b"", made_at=at)
    objection.text_sealed = secrets.seal(text.strip(), WHERE, objection.pk)
    objection.save(update_fields=["text_sealed"])
    _put_off(found, step)
    case.version += 1
    case.save(update_fields=["version"])
    audit.write(by=audit.SYSTEM, action="objects", kind="case", object_id=case.number, at=at)
    return objection


@transaction.atomic
def answer(*, objection: int, outcome: str, found: str, said: str, at: datetime, by: User) -> Objection:
    """The objection answered and its check ended. `found` stays with the case; `said` is what whoever objected reads.

    The same answer by the same officer again changes nothing; raises `Overtaken` when somebody else has answered.
    """
    step, steps = step_moves.locked(Objection.objects.values_list("step", flat=True).get(pk=objection))
    asked = Objection.objects.select_related("posting", "answered_by").get(pk=objection)
    if asked.outcome:
        if (asked.outcome, asked.answered_by_id) == (outcome, by.pk):
            return asked
        raise Overtaken(_("%(name)s has answered this objection.") % {"name": str(asked.answered_by)})
    guards.insist_may_do(by, step)
    guards.insist_on_reason("complete", found)
    if not said.strip():
        raise CannotBe(_("Write the answer; whoever objected reads it."))
    if outcome not in Objection.Outcome.values:
        raise CannotBe(_("Choose whether the objection holds."))
    state = guards.step_moved(step, "complete")
    asked.outcome, asked.answer, asked.answered_by, asked.answered_at = outcome, said.strip(), by, at
    asked.save(update_fields=["outcome", "answer", "answered_by", "answered_at"])
    today = timezone.localdate(at)
    posting = asked.posting
    if outcome == Objection.Outcome.DOES_NOT_HOLD:
        posting.until = posting_sweeps.again_until(posting, today)
        posting.save(update_fields=["until"])
        Step.objects.filter(pk=posting.step_id).update(due_on=posting.until)
    step_moves.finish(step, steps, state, found, at, by)
    audit.write(
        by=by, action="answers", kind="case", object_id=step.case.number, details={"step": step.key}, at=at
    )
    return asked


@transaction.atomic
def withhold(*, case: Case, reason: str, at: datetime, by: User) -> Withholding:
    """The case whose name stands on no public list from now on, also not on one that hangs already. Twice changes
    nothing.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    known = Withholding.objects.filter(case=case).first()
    if known is not None:
        return known
    if not reason.strip():
        raise CannotBe(_("Write the reason; it stays with the case."))
    made = Withholding.objects.create(case=case, reason=reason.strip(), by=by, at=at)
    for posting in Posting.objects.select_for_update().filter(case=case, taken_down_on=None):
        posting.shown = {**posting.shown, "name": ""}
        posting.save(update_fields=["shown"])
    audit.write(by=by, action="withholds", kind="case", object_id=case.number, at=at)
    return made


def text_of(objection: Objection) -> str:
    """What was said against a posting."""
    return secrets.unseal(objection.text_sealed, WHERE, objection.pk)


def _check(posting: Posting, number: int, today: object) -> Step:
    step = posting.step
    return Step.objects.create(
        case=posting.case, key=f"{guards.CHECK_STEP}{posting.pk}-{number}", name={"zh": CHECK.zh, "en": CHECK.en},
        department=step.department, level=step.level, policies=step.policies, state="open",
        working_days=CHECK_DAYS, due_on=add_working_days(today, CHECK_DAYS),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


def _put_off(posting: Posting, check: Step) -> None:
    """The step of the posting is not late while a check runs."""
    Step.objects.filter(pk=posting.step_id, due_on__lt=check.due_on).update(due_on=check.due_on)
