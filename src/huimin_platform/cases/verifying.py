"""An officer verifies what an answer of a case waits for: it becomes a fact of the registry and the case is answered anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.cases import applying, guards, policies, queries
from huimin_platform.cases.applying import Change
from huimin_platform.cases.guards import CannotBe
from huimin_platform.cases.models import Case
from huimin_platform.registry import actions as registry
from huimin_platform.registry import queries as people
from huimin_platform.registry import verified as registry_facts
from huimin_platform.registry.models import Verified
from huimin_platform.registry.verifying import About, Finding


@dataclass(frozen=True)
class Entered:
    """What was kept, and which answers of the case it changed."""

    kept: list[Verified]
    changes: list[Change]


@transaction.atomic
def verify(
    *, case: Case, key: str, version: int | None, values: Mapping[About, str], how: str, seen: str, on: date,
    at: datetime, by: User,
) -> Entered:  # fmt: skip
    """The facts as entered with the answers they changed; the same key again changes nothing.

    Where a step of the case asks for two officers, what this one enters changes nothing until another confirms it.
    Raises `CannotBe` with words for what cannot be.
    """
    case, _today = Case.objects.select_for_update().get(pk=case.pk), timezone.localdate(at)
    _insist_may(by, case)
    known = list(Verified.objects.filter(key__startswith=f"{key}:", ground=case.number))
    if known:
        return Entered(known, [])
    guards.insist_unchanged(case, version)
    if not values:
        raise CannotBe(_("Enter at least one value that you verified."))
    _insist_asked(case, values)
    found = Finding(how, seen, on, case.number)
    kept: list[Verified] = []
    for two in (False, True):
        part = {about: value for about, value in values.items() if needs_two(case, about[0]) is two}
        if part:
            kept += _kept(case, f"{key}:{int(two)}", part, found, two=two, at=at, by=by)
    return Entered(kept, _answered(case, "verifies", kept, at, by))


@transaction.atomic
def confirm(*, case: Case, verified: int, at: datetime, by: User) -> list[Change]:
    """The answers that changed once a second officer has confirmed a fact. Twice changes nothing."""
    case = _locked(case, verified, by)
    try:
        kept = registry.confirm_verified(verified=verified, at=at, by=by)
    except registry.CannotVerify as problem:
        raise CannotBe(str(problem)) from None
    return _answered(case, "confirms", [kept], at, by)


@transaction.atomic
def take_back(*, case: Case, verified: int, reason: str, at: datetime, by: User) -> list[Change]:
    """The answers that changed once a verified fact was taken back, with the reason. Twice changes nothing."""
    case = _locked(case, verified, by)
    try:
        kept = registry.take_back_verified(verified=verified, reason=reason, at=at, by=by)
    except registry.CannotVerify as problem:
        raise CannotBe(str(problem)) from None
    return _answered(case, "takes_back", [kept], at, by)


def needs_two(case: Case, fact: str) -> bool:
    """Whether a policy of the case that asks for a fact has a step that wants two officers."""
    return any(
        step.second_officer
        for item in case.items.all()
        for policy in [policies.policy(item.policy, case.opened_on)]
        if fact in policy.facts
        for step in policy.steps
    )


def may_verify(by: Any, case: Case) -> bool:
    """Whether an officer may enter what was verified of the household: one who works on cases of its place, while it is
    undecided.
    """
    return (
        by.role in queries.OFFICES
        and case.state in ("opened", "reviewing", "returned")
        and bool(access.allow(by, "verifies", "fact", division=case.division))
    )


def _insist_may(by: User, case: Case) -> None:
    decision = access.allow(by, "verifies", "fact", division=case.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if case.state not in ("opened", "reviewing", "returned"):
        raise CannotBe(
            _("Case %(number)s is decided; what it rests on stays as it is.") % {"number": case.number}
        )


def _insist_asked(case: Case, values: Mapping[About, str]) -> None:
    """Only facts that a policy of the case asks for, of the household and of who lives in it."""
    asked = {fact for item in case.items.all() for fact in policies.policy(item.policy, case.opened_on).facts}
    persons = set(people.members_of(case.household_id).values_list("person", flat=True))
    for fact, person in values:
        if fact not in asked or (person is not None and person not in persons):
            raise CannotBe(_("The case does not ask for this. Load the page again."))


def _kept(
    case: Case, key: str, values: Mapping[About, str], found: Finding, *, two: bool, at: datetime, by: User
) -> list[Verified]:
    try:
        return registry.verify(
            key=key, household_id=case.household_id, values=values, found=found, two=two, at=at, by=by
        )
    except registry.CannotVerify as problem:
        raise CannotBe(str(problem)) from None


def _locked(case: Case, verified: int, by: User) -> Case:
    case = Case.objects.select_for_update().get(pk=case.pk)
    _insist_may(by, case)
    if not registry_facts.of_household(case.household_id).filter(pk=verified).exists():
        raise CannotBe(_("The case does not ask for this. Load the page again."))
    return case


def _answered(case: Case, action: str, kept: Collection[Verified], at: datetime, by: User) -> list[Change]:
    """The answers that changed, with the line of the audit that says so. Whoever has the case open notices."""
    counting = [each.fact for each in kept if not each.waits]
    changes = applying.answer_case(case, counting, timezone.localdate(at), at) if counting else []
    if not changes:
        case.version += 1
        case.save(update_fields=["version"])
    details = {
        "facts": sorted({each.fact for each in kept}),
        "changes": {each.policy: [each.before.status, each.now.status] for each in changes},
    }
    audit.write(by=by, action=action, kind="case", object_id=case.number, details=details, at=at)
    return changes
