"""Figures about support: who is served of those entitled, who is entitled of those served."""

from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from huimin import needs as need_room
from huimin_platform.cases import queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.evaluation.queries import answers
from huimin_platform.evaluation.queries.measure import NOWHERE, ONE, Measure, counted
from huimin_platform.funds import queries as funds
from huimin_platform.matching import queries as matching
from huimin_platform.needs import portraits
from huimin_platform.needs import queries as needs
from huimin_platform.registry import queries as registry

ALLOWANCE = "subsistence_allowance"
ON_ROLL = "allowance_on_roll"
BELOW_STANDARD = "income_below_standard"


def service_coverage(today: date) -> Measure:
    """Households entitled to money; counted when all of it has been paid, by the platform or the roll."""
    entitled = matching.entitlements().filter(current=True, status="entitled", amount_fen__gt=0)
    paid = funds.payments().filter(
        state="settled", household=OuterRef("household"), policy=OuterRef("policy")
    )
    by_roll = Q(policy=ALLOWANCE) & Exists(on_roll(today, OuterRef("household")))
    unserved = entitled.filter(~Exists(paid), ~by_roll, household=OuterRef("pk"))
    rows = _households().filter(Exists(entitled.filter(household=OuterRef("pk"))))
    return Measure(rows.annotate(top=counted(~Exists(unserved)), bottom=ONE), "household")


def support_precision(today: date) -> Measure:
    """Households with the allowance, on the roll or by a running grant; counted when entitled to it.

    Households whose answer is unknown are left out: to count them either way would be a guess.
    """
    answered = matching.entitlements().filter(
        current=True,
        policy=ALLOWANCE,
        household=OuterRef("pk"),
        status__in=["entitled", "not_entitled"],
    )
    granted = delivery.grants().filter(
        Q(ended_on=None) | Q(ended_on__gt=today),
        household=OuterRef("pk"),
        policy=ALLOWANCE,
        started_on__lte=today,
    )
    supported = Exists(on_roll(today, OuterRef("pk"))) | Exists(granted)
    rows = _households().filter(supported).filter(Exists(answered))
    entitled = Exists(answered.filter(status="entitled"))
    return Measure(rows.annotate(top=counted(entitled), bottom=ONE), "household")


def need_identification(today: date) -> Measure:
    """Cases that the data opened and an officer decided; counted when approved."""
    decided = cases.decisions().filter(case=OuterRef("pk"))
    approved = Exists(decided.filter(outcome="approve"))
    refused = Exists(decided.filter(outcome="refuse"))
    rows = cases.cases().filter(approved | refused, opened_by=None).annotate(place=F("division"))
    return Measure(rows.annotate(top=counted(approved), bottom=ONE), "case")


def need_fulfilment(today: date) -> Measure:
    """Needs that count, and those that ended after help had come; counted when help that answers them has arrived.

    A need whose reason went away by itself says nothing of us and is left out. One that no policy answers is unmet while it
    stands; how many those are is the difference to `need_fulfilment_by_policy`.
    """
    return _fulfilled(needs.needs(), today)


def need_fulfilment_by_policy(today: date) -> Measure:
    """The same of the needs alone whose kind some policy answers."""
    answered = need_room.answering(portraits.definitions())
    return _fulfilled(needs.needs().filter(kind__in=answered), today)


def _fulfilled(found: QuerySet, today: date) -> Measure:
    place = Coalesce("household__division", "person__division", NOWHERE)
    rows = answers.met(found.exclude(state="draft"), today).annotate(place=place)
    arrived = Q(met_at__isnull=False) & (Q(closed_on=None) | Q(met_at__date__lte=F("closed_on")))
    rows = rows.filter(Q(state="open") | arrived)
    return Measure(rows.annotate(top=counted(arrived), bottom=ONE), "need")


def poverty_rate(today: date) -> Measure:
    """Living members of households whose income is known; counted when below the standard and unaided."""
    known = matching.entitlements().filter(
        current=True,
        policy=ALLOWANCE,
        household=OuterRef("household"),
        status__in=["entitled", "not_entitled"],
    )
    below = needs.needs().filter(household=OuterRef("household"), kind=BELOW_STANDARD, state="open")
    paid = funds.payments().filter(state="settled", household=OuterRef("household"), policy=ALLOWANCE)
    unaided = ~Exists(paid) & ~Exists(on_roll(today, OuterRef("household")))
    members = registry.memberships().filter(Exists(known), ended_on=None, person__died_on=None)
    rows = members.annotate(place=F("household__division"))
    return Measure(rows.annotate(top=counted(Exists(below) & unaided), bottom=ONE), "person")


def on_roll(today: date, household: OuterRef) -> QuerySet:
    """What a household gets by the civil-affairs roll 低保名册 on a day."""
    return registry.facts().filter(
        Q(started_on=None) | Q(started_on__lte=today),
        Q(ended_on=None) | Q(ended_on__gt=today),
        household=household,
        kind=ON_ROLL,
    )


def _households() -> QuerySet:
    return registry.households().filter(ended_on=None).annotate(place=F("division"))
