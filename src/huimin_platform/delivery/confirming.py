"""How a visit is accepted: by the resident, by the day's code read out, or by an officer who checked; and what is disputed."""

from datetime import date, datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from huimin.delivery import proofs
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.delivery import visiting
from huimin_platform.delivery.models import Visit
from huimin_platform.delivery.refusals import CannotBe, insist_on_reason, permitted
from huimin_platform.registry import queries as registry

SALT = "huimin_platform.delivery.visit-code"
DIGITS = 6
MOST_MISSES = 5
# move -> act in the audit log.
ACTS = {
    "confirm": "confirms", "dispute": "disputes", "accept": "accepts", "refuse": "refuses", "doubt": "sets_aside",
}  # fmt: skip


def code_of(order: int, on: date) -> str:
    """The code of a day that the resident reads out to the worker; it is shown to the resident, never to the provider."""
    digest = salted_hmac(SALT, f"{order}|{on.isoformat()}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 10**DIGITS:0{DIGITS}d}"


@transaction.atomic
def confirm(*, visit: int, at: datetime, by: User) -> Visit:
    """The visit confirmed by the person served, or another of the household. A repeat changes nothing."""
    found = _own(visit, by)
    if found.state == Visit.State.ACCEPTED:
        return found
    return _accept(found, Visit.How.RESIDENT, "confirm", at=at, by=by)


@transaction.atomic
def dispute(*, visit: int, reason: str, at: datetime, by: User) -> Visit:
    """The visit disputed by the person served, for an officer to look at. It is not paid meanwhile."""
    reason = insist_on_reason(reason)
    found = _own(visit, by)
    if found.state == Visit.State.DISPUTED:
        return found
    return _move(found, "dispute", at=at, by=by, reason=reason, how="")


@transaction.atomic
def read_code(*, visit: int, code: str, at: datetime, by: User) -> bool:
    """Whether the code is the one of the day, and the visit accepted by it. A code counts once; five misses end it."""
    permitted(by, "sends")
    found = _locked(Visit.objects.filter(pk=visit, order__contract__provider=by.department))
    if found.state == Visit.State.ACCEPTED:
        return True
    if found.code_misses >= MOST_MISSES:
        raise CannotBe(
            _("Too many wrong codes. The resident confirms on the own page, or an officer checks the visit.")
        )
    if not constant_time_compare("".join(code.split()), code_of(found.order_id, found.on)):
        found.code_misses += 1
        found.save(update_fields=["code_misses"])
        audit.write(by=by, action="misses_code", kind="visit", object_id=found.pk, at=at)
        return False
    if Visit.objects.filter(order=found.order_id, on=found.on, code_number=1).exclude(pk=found.pk).exists():
        raise CannotBe(
            _(
                "The code of this day is used. The resident confirms on the own page, or an officer checks the visit."
            )
        )
    found.code_number = 1
    found.save(update_fields=["code_number"])
    return _accept(found, Visit.How.CODE, "confirm", at=at, by=by).state == Visit.State.ACCEPTED


@transaction.atomic
def decide(*, visit: int, outcome: str, reason: str, at: datetime, by: User) -> Visit:
    """The visit accepted or refused by an officer of the place, with the reason. A repeat changes nothing.

    What cannot be excused is not accepted by anybody: a visit to the dead, outside the contract, beyond the order.
    """
    reason = insist_on_reason(reason)
    found = _locked(Visit.objects.filter(pk=visit))
    permitted(by, "decides", division=found.order.division)
    wanted = {"accept": Visit.State.ACCEPTED, "refuse": Visit.State.REFUSED}[outcome]
    if found.state == wanted:
        return found
    if outcome == "refuse":
        return _move(found, "refuse", at=at, by=by, reason=reason, how="")
    against = visiting.faults_of(found)
    if not proofs.excusable(against):
        words = " ".join(say(name) for name in against if not proofs.FAULTS[name].excusable)
        raise CannotBe(_("This visit cannot be accepted: %(why)s") % {"why": words})
    return _move(found, "accept", at=at, by=by, reason=reason, how=Visit.How.OFFICER)


def doubt(visit: Visit, against: tuple[str, ...], *, at: datetime, by: User | None = None) -> Visit:
    """The visit set aside, because something became known since it was entered."""
    visit.faults = list(against)
    visit.save(update_fields=["faults"])
    return _move(visit, "doubt", at=at, by=by, reason="", how="")


def say(fault: str) -> str:
    """What a fault says, in the reader's language."""
    from huimin_platform.design.templatetags.design import say as say_words

    return say_words(proofs.FAULTS[fault].words)


def served_by(actor: User) -> int | None:
    """The household whose visits this resident may confirm; None for who has no file."""
    membership = registry.membership_of(actor.person_id) if actor.person_id else None
    return membership.household_id if membership else None


def _own(visit: int, by: User) -> Visit:
    household = served_by(by) if by.role == "resident" else None
    found = _locked(Visit.objects.filter(pk=visit, order__grant__household=household)) if household else None
    if found is None:
        raise access.NotAllowed((_("This visit was not to your household."),))
    return found


def _locked(visits) -> Visit:
    found = (
        visits.select_for_update(of=("self",))
        .select_related("order__grant__case_item__case", "person", "contract")
        .first()
    )
    if found is None:
        raise access.NotAllowed((_("This visit is not yours to decide."),))
    return found


def _accept(visit: Visit, how: str, name: str, *, at: datetime, by: User) -> Visit:
    """The visit accepted, or set aside where something has become known meanwhile."""
    if proofs.moved(visit.state, name) is None:
        raise CannotBe(_("The visit has moved on. Load the page again."))
    against = visiting.faults_of(visit)
    if against:
        return doubt(visit, against, at=at, by=by)
    return _move(visit, name, at=at, by=by, reason="", how=how)


def _move(visit: Visit, name: str, *, at: datetime, by: User | None, reason: str, how: str) -> Visit:
    after = proofs.moved(visit.state, name)
    if after is None:
        raise CannotBe(_("The visit has moved on. Load the page again."))
    visit.state, visit.how, visit.reason, visit.decided_at, visit.decided_by = after, how, reason, at, by
    visit.save(update_fields=["state", "how", "reason", "decided_at", "decided_by"])
    details = {"reason": reason} if reason else None
    audit.write(
        by=by or audit.SYSTEM, action=ACTS[name], kind="visit", object_id=visit.pk, details=details, at=at,
    )  # fmt: skip
    return visit
