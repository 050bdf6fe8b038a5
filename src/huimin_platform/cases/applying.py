"""A household applies 一次申请: once, for one or several policies; one case, whose departments work side by side."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.cases.plan import ON_ROLL, RECEIVED
from huimin_platform.base import access, audit, secrets
from huimin_platform.base.models import User
from huimin_platform.cases import opening
from huimin_platform.cases.guards import CannotBe
from huimin_platform.cases.models import Application, Case, CaseItem
from huimin_platform.matching import applying as matching
from huimin_platform.matching import queries as answers
from huimin_platform.matching.models import Entitlement
from huimin_platform.matching.stating import Said
from huimin_platform.registry import queries as registry
from huimin_platform.registry.models import Fact

WHERE = "cases.application.said"


@dataclass(frozen=True)
class OnRoll:
    """What a household receives as a department's roll says: which policy, how much a month, and since when."""

    policy: str
    amount_fen: int | None
    since: date | None


@dataclass(frozen=True)
class Change:
    """What a policy said of a case's household before, and what it says now."""

    policy: str
    before: Entitlement
    now: Entitlement


@transaction.atomic
def apply(
    *, key: str, person_id: int, chosen: Sequence[str], said: Mapping[Said, str], at: datetime, by: User
) -> Application:
    """The application with its case: a new one, or the one that is open for the household. The same key changes nothing.

    What the data do not support is applied for all the same, and an officer decides. Policies that have a case already
    are left out; raises `CannotBe` where none is left, `NotAllowed` for another's household.
    """
    person, today = registry.persons().get(pk=person_id), timezone.localdate(at)
    _insist_may_apply(by, person_id, person.division)
    membership = registry.membership_of(person_id)
    if membership is None:
        raise CannotBe(
            _("No household is known for this person. The village or community office puts it right first.")
        )
    # One household at a time: two members who apply at once do not open two cases. Its key stays free, else whoever has
    # locked the case and adds an answer of the household would wait for us, and we for the case.
    home = registry.households().select_for_update(of=("self",), no_key=True).get(pk=membership.household_id)
    known = Application.objects.filter(key=key).select_related("case").first()
    if known is not None:
        if known.person_id != person_id:
            raise CannotBe(_("Load the page again, then apply."))
        return known
    taken = {*covered(home.pk), *received(home.pk, today)}
    wanted = [name for name in dict.fromkeys(chosen) if name not in taken]
    if not wanted:
        raise CannotBe(_("There is a case for each of these already. Look at it under “My cases”."))
    run, found = _answered(home.pk, wanted, said, today)
    wanted = [each["policy"] for each in found]
    if not wanted:
        raise CannotBe(_("This is not given where the household lives. Look at what is."))
    kept = matching.keep(home.pk, found, run, today)
    case = _case(home.pk, person_id, home.division or person.division, kept, today, at, by)
    made = Application.objects.create(
        key=key, case=case, person_id=person_id, policies=wanted, said_sealed=b"", run=run, by=by, at=at
    )
    made.said_sealed = secrets.seal(_written(said), WHERE, made.pk)
    made.save(update_fields=["said_sealed"])
    audit.write(
        by=by, action="applies", kind="case", object_id=case.number, on_behalf=person_id,
        details={"policies": wanted}, at=at,
    )  # fmt: skip
    return made


def covered(household_id: int) -> dict[str, CaseItem]:
    """policy -> what a case says of it that is open or stands for the household."""
    found = CaseItem.objects.filter(household=household_id, live=True).select_related("case")
    return {item.policy: item for item in found}


def received(household_id: int, today: date) -> dict[str, OnRoll]:
    """policy -> what the household receives already, as a roll says, so that nobody applies for it a second time. Beside
    the policy itself it stands at those that go with it no more.
    """
    found = registry.facts().filter(
        Q(started_on=None) | Q(started_on__lte=today), Q(ended_on=None) | Q(ended_on__gt=today),
        household=household_id, kind__in=RECEIVED.values(), withdrawn_at=None,
    )  # fmt: skip
    return by_roll(found, today)


def by_roll(facts: Iterable[Fact], today: date) -> dict[str, OnRoll]:
    """The same from the facts of the household that were read already."""
    kinds: dict[str, list[Fact]] = {}
    for fact in facts:
        begun = fact.started_on is None or fact.started_on <= today
        if begun and (fact.ended_on is None or fact.ended_on > today) and fact.kind in ON_ROLL:
            kinds.setdefault(fact.kind, []).append(fact)
    rolls = {kind: _on_roll(kind, found) for kind, found in kinds.items()}
    return {policy: rolls[kind] for policy, kind in RECEIVED.items() if kind in rolls}


def _on_roll(kind: str, facts: Sequence[Fact]) -> OnRoll:
    amounts = [fact.value for fact in facts if fact.value is not None]
    days = [fact.started_on for fact in facts if fact.started_on is not None]
    return OnRoll(ON_ROLL[kind], sum(amounts) if amounts else None, min(days, default=None))


def of_person(person_id: int) -> QuerySet[Application]:
    """What a person applied for, the latest first."""
    return Application.objects.filter(person_id=person_id).select_related("case", "by").order_by("-at", "-pk")


def stated(application: Application) -> dict[Said, str]:
    """What the applicant stated, as worked cases write it."""
    data = json.loads(secrets.unseal(application.said_sealed, WHERE, application.pk))
    return {(fact, about): value for fact, about, value in data}


def answer_anew(*, today: date, at: datetime) -> int:
    """How many undecided items of applications got another answer, because the data have moved on since."""
    try:
        run = matching.last_run()
    except matching.NotAskedYet:
        return 0
    changed = 0
    waiting = Application.objects.filter(case__state__in=("opened", "reviewing", "returned")).exclude(run=run)
    asked = {
        each: answers.households_asked_since(each)
        for each in waiting.order_by("run").values_list("run", flat=True).distinct()
    }
    still_true = []
    for number, household, earlier in waiting.order_by("pk").values_list("pk", "case__household", "run"):
        since = asked[earlier]
        if since is not None and household not in since:
            still_true.append(number)
            continue
        with transaction.atomic():
            changed += _answer_anew(number, today, at)
    Application.objects.filter(pk__in=still_true).update(run=run)
    return changed


def answer_case(case: Case, facts: Collection[str], today: date, at: datetime) -> list[Change]:
    """What an undecided case, locked by the caller, answers another way now that these facts were verified.

    Of what the data opened, only an answer that waited for nothing but such facts is worked out here: the rest is the
    loop's, which knows the doubtful rows.
    """
    items = list(case.items.select_related("entitlement").order_by("pk"))
    current = {
        each.policy: each.missing
        for each in Entitlement.objects.filter(household=case.household_id, current=True)
    }
    waited = [
        item
        for item in items
        if item.applied_on is not None
        or (item.policy in current and current[item.policy] and set(current[item.policy]) <= set(facts))
    ]
    said = {
        about: value
        for application in case.applications.order_by("pk")
        for about, value in stated(application).items()
    }
    return _followed(case, waited, said, today, at)


def _answer_anew(number: int, today: date, at: datetime) -> int:
    application = Application.objects.select_related("case").get(pk=number)
    case = Case.objects.select_for_update().get(pk=application.case_id)
    items = case.items.filter(policy__in=application.policies, applied_on__isnull=False)
    items = list(items.select_related("entitlement").order_by("pk"))
    changes = _followed(case, items, stated(application), today, at)
    application.run = matching.last_run()
    application.save(update_fields=["run"])
    return len(changes)


def _followed(
    case: Case, items: Sequence[CaseItem], said: Mapping[Said, str], today: date, at: datetime
) -> list[Change]:
    """The items that rest on another answer now, each with the answer before."""
    by_policy = {item.policy: item for item in items}
    run, found = _answered(case.household_id, list(by_policy), said, today)
    other = [each for each in found if _differs(each, by_policy[each["policy"]].entitlement)]
    changes = []
    for name, answer in matching.keep(case.household_id, other, run, today).items():
        item = by_policy[name]
        changes.append(Change(name, item.entitlement, answer))
        item.entitlement, item.amount_fen = answer, answer.amount_fen
        item.policy_version, item.lapsed_on = answer.policy_version, _unsupported(answer, today)
        item.save(update_fields=["entitlement", "amount_fen", "policy_version", "lapsed_on"])
    if changes:
        case.version += 1
        case.save(update_fields=["version"])
        audit.write(by=audit.SYSTEM, action="follows_data", kind="case", object_id=case.number, at=at)
    return changes


def _differs(answer: Mapping[str, object], before: Entitlement) -> bool:
    return (answer["status"], answer["amount_fen"], answer["version"], answer["missing"]) != (
        before.status,
        before.amount_fen,
        before.policy_version,
        before.missing,
    )


def _insist_may_apply(by: User, person_id: int, division: str) -> None:
    if by.role == "resident":
        if by.person_id != person_id:
            raise access.NotAllowed((_("You apply for your own household only."),))
        return
    decision = access.allow(by, "raises", "case", division=division)
    if not decision:
        raise access.NotAllowed(decision.reasons)


def _answered(household: int, names: Sequence[str], said: Mapping[Said, str], today: date):
    try:
        return matching.last_run(), matching.answers(household, names, said, today)
    except matching.NotAskedYet:
        raise CannotBe(
            _("The data of the departments are not taken in yet. Apply again tomorrow, or at the counter.")
        ) from None


def _case(
    household: int,
    person: int,
    division: str,
    kept: Mapping[str, Entitlement],
    today: date,
    at: datetime,
    by: User,
) -> Case:
    """The case of the household with these policies in it, opened or joined."""
    open_case = Case.objects.filter(
        household=household, state__in=("opened", "reviewing", "returned")
    ).first()
    rows = [
        opening.Entitled(
            household, name, answer.policy_version, answer.pk, answer.amount_fen, division, person,
            open_case.pk if open_case else None, open_case.number if open_case else None,
            applied_on=today, lapsed_on=_unsupported(answer, today),
        )
        for name, answer in kept.items()
    ]  # fmt: skip
    opening.open_for(rows, today=today, at=at, by=by)
    return Case.objects.get(household=household, state__in=("opened", "reviewing", "returned"))


def _unsupported(answer: Entitlement, today: date) -> date | None:
    """The day from which data and statements do not support what is applied for; none where they do."""
    return None if answer.status == "entitled" else today


def _written(said: Mapping[Said, str]) -> str:
    return json.dumps([[fact, about, value] for (fact, about), value in said.items()], ensure_ascii=False)
