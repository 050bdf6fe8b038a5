"""Writes about appraisals: drawn once by a seed, asked by an outsider, closed with a score, answered by departments, published."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huimin.funds import appraisal as frames
from huimin.funds import sampling
from huimin.funds.sources import is_project
from huimin.privacy.suppression import FEWEST
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.funds import appraisals, reach
from huimin_platform.funds.appraisal_models import Appraisal, AppraisalForm, AppraisedUnit, Shortcoming
from huimin_platform.funds.refusals import NotNow, insist_on_reason, permitted

State, UnitState = Appraisal.State, AppraisedUnit.State
# For each that is asked, one more of its stratum stands ready.
RESERVE_TIMES = 2


@transaction.atomic
def draw(
    *, purpose: str, year: int, appraiser: str, margin: float, confidence: float, way: str, seed: str,
    due_on: date, at: datetime, by: User,
) -> Appraisal:  # fmt: skip
    """The appraisal with its sample, drawn from all that was due in a year. The same purpose and year are drawn once.

    `seed` is any text; it is kept, so that the draw can be made again. Raises `NotNow` where there is nobody to ask.
    """
    permitted(by, "draws", "appraisal")
    place = reach.place_of(by)
    known = Appraisal.objects.filter(place=place, purpose=purpose, year=year).first()
    if known is not None:
        raise NotNow(
            _("%(number)s was drawn for this already. A sample is drawn once.") % {"number": known.number}
        )
    outsider = next((each for each in appraisals.outsiders(by) if each.username == appraiser), None)
    if outsider is None:
        raise NotNow(_("Choose an outside appraiser. The operator gives the role to somebody first."))
    if due_on <= at.date():
        raise NotNow(_("The term lies in the past. Choose a later day."))
    frame = frames.in_force(
        frames.load_all(), "project" if is_project(purpose) else "programme", date(year, 12, 31)
    )
    if frame is None:
        raise NotNow(_("No frame of indicators holds for %(year)s.") % {"year": year})
    units = appraisals.population(by, purpose, year, at.date())
    if not units:
        raise NotNow(_("Nothing was due for it in %(year)s, so there is nobody to ask.") % {"year": year})
    if not is_project(purpose) and len(units) < FEWEST:
        raise NotNow(
            _(
                "Only %(count)s households got it in %(year)s, fewer than %(least)s: a score would tell who said what. Ask them in the county's own review."
            )
            % {"count": len(units), "year": year, "least": FEWEST}
        )
    found = _drawn(Appraisal(place=place, purpose=purpose, year=year, appraiser=outsider, margin=margin, confidence=confidence, way=way, seed=seed, due_on=due_on, frame=frame.told()), units, at, by)  # fmt: skip
    details = {"population": found.population, "digest": found.population_digest, "seed": seed}
    audit.write(by=by, action="draws", kind="appraisal", object_id=found.number, details=details, at=at)
    return found


def _drawn(found: Appraisal, units: list[sampling.Unit], at: datetime, by: User) -> Appraisal:
    """The appraisal kept with its units: those asked, and as many in reserve."""
    of = sampling.strata(units)
    known = sampling.known(units, of)
    wanted = sampling.size(len(units), margin=found.margin, confidence=found.confidence)
    asked = sampling.parts(known, wanted, found.way, sampling.least_of(known, FEWEST))
    found.number = f"P{found.year}-{sampling.digest(units)[:6].upper()}"
    found.population, found.population_digest = len(units), sampling.digest(units)
    found.strata = {name: [each.size, each.spread, asked[name]] for name, each in known.items()}
    found.drawn_at, found.drawn_by = at, by
    found.save(force_insert=True)
    by_id, project = {unit.id: unit for unit in units}, is_project(found.purpose)
    AppraisedUnit.objects.bulk_create(
        AppraisedUnit(
            appraisal=found, place=by_id[each.id].place, stratum=each.stratum, rank=each.rank,
            amount_fen=by_id[each.id].amount_fen, state=UnitState.ASKED if each.asked else UnitState.RESERVE,
            **({"voucher_id": each.id} if project else {"grant_id": int(each.id)}),
        )
        for each in sampling.draw(of, asked, found.seed)
        if each.rank <= asked[each.stratum] * RESERVE_TIMES
    )  # fmt: skip
    return found


@transaction.atomic
def fill(*, unit: int, answers: Mapping[str, str], note: str, at: datetime, by: User) -> AppraisalForm:
    """The form of a unit; every question answered. The latest of several counts; the same again changes nothing."""
    found = _unit(unit, by)
    if found.state not in (UnitState.ASKED, UnitState.ANSWERED):
        raise NotNow(_("This one is not asked: it stands in reserve, or was put down as not reached."))
    frame = frames.of_told(found.appraisal.frame)
    for each in frame.questions:
        if answers.get(each.name) not in each.choices:
            raise NotNow(_("Answer every question; what nobody knows is no."))
    kept = {each.name: answers[each.name] for each in frame.questions}
    last = found.forms.order_by("-id").first()  # pyright: ignore[reportAttributeAccessIssue]
    if last is not None and (last.answers, last.note) == (kept, note):
        return last
    form = AppraisalForm.objects.create(unit=found, answers=kept, note=note, at=at, by=by)
    if found.state == UnitState.ASKED:
        found.state = UnitState.ANSWERED
        found.save(update_fields=["state"])
    audit.write(by=by, action="appraises", kind="appraisal", object_id=found.appraisal.number, details={"unit": unit}, at=at)  # fmt: skip
    return form


@transaction.atomic
def put_down_absent(*, unit: int, reason: str, at: datetime, by: User) -> AppraisedUnit | None:
    """A unit that could not be reached, with the reason, and the next of its stratum in its place; None where none is left."""
    found = _unit(unit, by)
    insist_on_reason(reason)
    if found.state != UnitState.ASKED:
        raise NotNow(_("Only one that is still to be asked can be put down as not reached."))
    found.state, found.reason = UnitState.ABSENT, reason
    found.save(update_fields=["state", "reason"])
    reserve = AppraisedUnit.objects.select_for_update().filter(
        appraisal=found.appraisal_id,
        stratum=found.stratum,
        state=UnitState.RESERVE,  # pyright: ignore[reportAttributeAccessIssue]
    )
    following = reserve.order_by("rank").first()
    if following is not None:
        following.state = UnitState.ASKED
        following.save(update_fields=["state"])
    details = {"unit": unit, "reason": reason, "next": following.pk if following else None}
    audit.write(by=by, action="replaces", kind="appraisal", object_id=found.appraisal.number, details=details, at=at)  # fmt: skip
    return following


@transaction.atomic
def find_wanting(*, number: str, text: str, owner: str, due_on: date, at: datetime, by: User) -> Shortcoming:
    """What the appraiser found wanting, owned by a department until a day. The same again changes nothing."""
    found = _own(number, by)
    if not text.strip():
        raise NotNow(_("Write what is wanting."))
    if due_on <= at.date():
        raise NotNow(_("The term lies in the past. Choose a later day."))
    made, new = Shortcoming.objects.get_or_create(
        appraisal=found, text=text.strip(), owner=owner, defaults={"due_on": due_on, "raised_at": at}
    )
    if new:
        details = {"owner": owner, "due_on": due_on.isoformat()}
        audit.write(by=by, action="raises", kind="appraisal", object_id=number, details=details, at=at)
    return made


@transaction.atomic
def close(*, number: str, opinion: str, at: datetime, by: User) -> Appraisal:
    """The appraisal closed with its scores, once all that are asked have answered or could not be reached. A repeat changes nothing."""
    found = _own(number, by, open_only=False)
    if found.state != State.OPEN:
        return found
    left = found.units.filter(state=UnitState.ASKED).count()
    if left:
        raise NotNow(
            _("%(count)s are still to be asked. Ask them, or put down why they cannot be reached.") % {"count": left}
        )  # fmt: skip
    if not opinion.strip():
        raise NotNow(_("Write the opinion; it is published with the score."))
    result = appraisals.worked_out(found)
    if not result["overall"]["answered"]:
        raise NotNow(_("Nobody has answered, so there is no score."))
    found.result, found.opinion, found.state, found.closed_at = result, opinion.strip(), State.CLOSED, at
    found.save(update_fields=["result", "opinion", "state", "closed_at"])
    details = {"score": result["overall"]["score"], "grade": result["grade"]}
    audit.write(by=by, action="closes", kind="appraisal", object_id=number, details=details, at=at)
    return found


@transaction.atomic
def answer(*, shortcoming: int, text: str, at: datetime, by: User) -> Shortcoming:
    """A department's answer to what was found wanting, given once by somebody of the department that owns it."""
    permitted(by, "answers", "appraisal")
    found = (
        Shortcoming.objects.select_for_update(of=("self",)).select_related("appraisal").get(pk=shortcoming)
    )
    if (
        found.owner != by.department
        or not appraisals.appraisals_for(by).filter(pk=found.appraisal_id).exists()
    ):
        raise NotNow(_("This is for another department to answer."))
    if found.answer:
        raise NotNow(_("It is answered already; what was said stays."))
    if not text.strip():
        raise NotNow(_("Write what was done about it."))
    found.answer, found.answered_at, found.answered_by = text.strip(), at, by
    found.save(update_fields=["answer", "answered_at", "answered_by"])
    audit.write(by=by, action="answers", kind="appraisal", object_id=found.appraisal.number, details={"shortcoming": shortcoming}, at=at)  # fmt: skip
    return found


@transaction.atomic
def publish(*, number: str, at: datetime, by: User) -> Appraisal:
    """The appraisal for everybody to read. A repeat changes nothing."""
    permitted(by, "publishes", "appraisal")
    found = reach.within(by, Appraisal.objects.select_for_update()).get(number=number)
    if found.state == State.PUBLISHED:
        return found
    if found.state != State.CLOSED:
        raise NotNow(_("The appraiser has not closed it yet."))
    found.state, found.published_at, found.published_by = State.PUBLISHED, at, by
    found.save(update_fields=["state", "published_at", "published_by"])
    audit.write(by=by, action="publishes", kind="appraisal", object_id=number, at=at)
    return found


def _own(number: str, by: User, *, open_only: bool = True) -> Appraisal:
    """The appraisal, locked, of the appraiser who has it."""
    permitted(by, "appraises", "appraisal")
    found = Appraisal.objects.select_for_update().filter(number=number, appraiser=by).first()
    if found is None:
        raise NotNow(_("This appraisal is somebody else's."))
    if open_only and found.state != State.OPEN:
        raise NotNow(_("This appraisal is closed; what was found stays."))
    return found


def _unit(unit: int, by: User) -> AppraisedUnit:
    """The unit, locked, of an appraisal that is open and the appraiser's own."""
    found = AppraisedUnit.objects.select_related("appraisal").filter(pk=unit).first()
    if found is None:
        raise NotNow(_("This one is not in the sample."))
    _own(found.appraisal.number, by)
    return AppraisedUnit.objects.select_for_update(of=("self",)).select_related("appraisal").get(pk=unit)
