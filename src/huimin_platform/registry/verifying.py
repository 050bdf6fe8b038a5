"""What officers verify becomes a fact of the registry: added, confirmed by a second pair of eyes, taken back; never changed."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.rules import PolicyError
from huimin.rules.casework import code
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.registry import tables
from huimin_platform.registry.models import Household, Person, Verified

# So long what was verified counts; then the office looks again. The laws name no term; this is ours.
MONTHS = 12
# The full name of a fact, and the person it is about; nobody where it is about the household.
About = tuple[str, int | None]


class CannotVerify(Exception):
    """What an officer wants to enter cannot be; the text says why and what to do."""


@dataclass(frozen=True)
class Finding:
    """How something was verified: in which way, what was seen, on which day, for which case."""

    how: str
    seen: str
    on: date
    ground: str


@transaction.atomic
def verify(
    *,
    key: str,
    household_id: int,
    values: Mapping[About, str],
    found: Finding,
    two: bool,
    at: datetime,
    by: User,
) -> list[Verified]:
    """The facts as entered; the same key again adds nothing. Where `two` is set, a second officer confirms each.

    Raises `CannotVerify` with words for what cannot be, `NotAllowed` for a household elsewhere.
    """
    _insist_may(by, Household.objects.get(pk=household_id))
    known = list(Verified.objects.filter(key__startswith=f"{key}:").order_by("pk"))
    if known:
        return known
    _insist_on(found, timezone.localdate(at))
    kept = []
    for place, ((fact, person), value) in enumerate(values.items()):
        until = _holds_until(fact, value, found.on)
        kept.append(
            Verified.objects.create(
                key=f"{key}:{place}", person_id=person, household_id=None if person else household_id, fact=fact,
                value=value, how=found.how, seen=found.seen.strip(), verified_on=found.on, holds_until=until,
                ground=found.ground, two=two, by=by, at=at,
            )
        )  # fmt: skip
        _note("verifies", kept[-1], at, by)
    return kept


@transaction.atomic
def confirm(*, verified: int, at: datetime, by: User) -> Verified:
    """The fact confirmed by a second officer; from now on it counts. Twice changes nothing."""
    kept = _locked(verified, by)
    if kept.withdrawn_at is not None:
        raise CannotVerify(_("This was taken back meanwhile. Look at the case again."))
    if not kept.waits:
        return kept
    if kept.by_id == by.pk:
        raise CannotVerify(_("Another officer than the one who entered it confirms it."))
    kept.second_by, kept.second_at = by, at
    kept.save(update_fields=["second_by", "second_at"])
    _note("confirms", kept, at, by)
    return kept


@transaction.atomic
def take_back(*, verified: int, reason: str, at: datetime, by: User) -> Verified:
    """The fact taken back, with the reason; it counts no more and stays in the history. Twice changes nothing."""
    kept = _locked(verified, by)
    if kept.withdrawn_at is not None:
        return kept
    if not reason.strip():
        raise CannotVerify(_("Write why it is taken back; it stays with the case."))
    kept.withdrawn_by, kept.withdrawn_at, kept.withdrawn_reason = by, at, reason.strip()[:500]
    kept.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    _note("takes_back", kept, at, by)
    return kept


def _locked(verified: int, by: User) -> Verified:
    kept = (
        Verified.objects.select_for_update(of=("self",))
        .select_related("person", "household")
        .get(pk=verified)
    )
    _insist_may(by, kept.household or kept.person)
    return kept


def _insist_may(by: User, owner: Household | Person | None) -> None:
    assert owner is not None, "what is verified is of a person or of a household"
    decision = access.allow(by, "verifies", "fact", division=owner.division or None)
    if not decision:
        raise access.NotAllowed(decision.reasons)


def _insist_on(found: Finding, today: date) -> None:
    if found.how not in Verified.How.values:
        raise CannotVerify(_("Choose how it was verified."))
    if not found.seen.strip():
        raise CannotVerify(_("Write what was seen, or who said it."))
    if found.on > today:
        raise CannotVerify(_("The day it was verified lies ahead. Write the day it was."))
    if _months_on(found.on, MONTHS) <= today:
        raise CannotVerify(
            _("That is more than %(months)s months ago and counts no more. Look again.") % {"months": MONTHS}
        )


def _holds_until(fact: str, value: str, on: date) -> date:
    """The day from which it counts no more. What is of a tax year counts until another year is asked for."""
    known = tables.book().facts.get(fact)
    if known is None:
        raise CannotVerify(_("No policy asks for this any more. Load the page again."))
    try:
        said = code(known.type, value, known.name)
    except PolicyError:
        said = None
    bounded = known.type.shape in ("number", "date")
    if said is None or (bounded and not known.type.low <= said <= known.type.high):
        raise CannotVerify(_("This cannot be. Check what you wrote."))
    until = _months_on(on, MONTHS)
    return (
        min(until, date(on.year + 1, 1, 1)) if known.source.get("over", "").startswith("tax_year") else until
    )


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def _note(action: str, kept: Verified, at: datetime, by: User) -> None:
    audit.write(
        by=by, action=action, kind="fact", object_id=f"V{kept.pk}", on_behalf=kept.person_id, at=at,
        purpose=f"case {kept.ground}", details={"fact": kept.fact},
    )  # fmt: skip
