"""What became of needs, worked out from what later stages keep: a policy fits, help has arrived.

Nothing of it is kept with the need: a case that is closed, or a payment that comes back, is seen here at once.
"""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    DateTimeField,
    Exists,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Concat, Greatest, Least

from huimin import needs as need_room
from huimin.cases.plan import RECEIVED
from huimin_platform.cases import queries as cases
from huimin_platform.delivery import queries as delivery
from huimin_platform.delivery import service_queries as services
from huimin_platform.funds import queries as funds
from huimin_platform.matching import queries as matching
from huimin_platform.needs import portraits
from huimin_platform.registry import queries as registry

# Proofs of service that count: accepted, and what became of them.
PROVED = ("accepted", "settled", "paid")


def matched(needs: QuerySet[Any]) -> QuerySet[Any]:
    """Needs with `matched_at`: since when a policy that answers the need fits, or was applied for; none where none does.

    A policy fits while its answer is that the household is entitled, and while a case for it is open or approved.
    """
    return needs.annotate(matched_at=Least(*(_first(rows, at) for rows, at in _fitting())))


def met(needs: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Needs with `met_at`: when help that answers the need first arrived since it was raised; none where none has.

    Help has arrived with money on the card, a service that is proved, a standing that was granted, or where a
    department's own roll says that it comes.
    """
    return needs.annotate(met_at=Least(*(_first(rows, at) for rows, at in _helping(today))))


# How far needs can be asked for: those that stand and that nothing fits yet, those that a policy fits, those that are met.
SO_FAR = ("waiting", "matched", "met")


def so_far(needs: QuerySet[Any], far: str, today: date) -> QuerySet[Any]:
    """Those of some needs that are so far, one of `SO_FAR`, as `progress` tells it of each.

    All are looked at together, so that a list of a whole county takes no longer than the tables it rests on.
    """
    fits, helped = _any(needs, _fitting()), _any(needs, _helping(today))
    if far == "met":
        return needs.filter(helped, state__in=["open", "closed"])
    return needs.filter(fits if far == "matched" else ~fits, ~helped, state="open")


def progress(need: Any) -> str:
    """How far a need is that was asked for with `matched_at` and `met_at`: draft, open, matched, met or closed."""
    if need.met_at is not None and need.state in ("open", "closed"):
        return "met"
    return "matched" if need.state == "open" and need.matched_at is not None else need.state


def _fitting() -> list[tuple[QuerySet[Any], str]]:
    """What fits a need, with the column that says since when."""
    fits = matching.entitlements().filter(_of_the_household(), current=True, status="entitled")
    taken = cases.items().filter(_of_the_household(), live=True, refused="").exclude(case__state="refused")
    found = taken.filter(applied_on=None)
    applied = taken.filter(case__applications__at__isnull=False)
    return [
        (_answering(fits), "run__at"),
        (_answering(found), "entitlement__run__at"),
        (_answering(applied), "case__applications__at"),
    ]


def _helping(today: date) -> list[tuple[QuerySet[Any], str]]:
    """What helps against a need and has come since it was raised, with the column that says when."""
    paid = funds.payments().filter(
        _of_the_household(), state="settled", answered_at__gte=OuterRef("raised_at")
    )
    served = services.visits().filter(
        order__grant__household=OuterRef("household"),
        state__in=PROVED,
        decided_at__gte=OuterRef("raised_at"),
    )
    standing = (
        delivery.grants()
        .filter(_of_the_household(), Q(ended_on=None) | Q(ended_on__gt=today), kind="status")
        .annotate(since=_since("case_item__case__decided_at"))
    )
    return [
        (_answering(paid), "answered_at"),
        (_answering(served, "order__policy"), "decided_at"),
        (_answering(standing), "since"),
        (_by_roll(today), "since"),
    ]


def _any(needs: QuerySet[Any], found: list[tuple[QuerySet[Any], str]]) -> Q:
    """That a need has any of what was found; each is joined with all needs at once."""
    every = needs.order_by()
    return reduce(
        or_,
        (
            Q(pk__in=every.filter(Exists(rows.filter(**{f"{at}__isnull": False}))).values("pk"))
            for rows, at in found
        ),
    )


def _of_the_household() -> Q:
    return Q(household=OuterRef("household"))


def _answering(rows: QuerySet[Any], policy: str = "policy") -> QuerySet[Any]:
    """Those of some rows whose policy answers the kind of need."""
    return rows.annotate(answered=_pair(policy)).filter(answered__in=_pairs())


def _pair(column: str) -> Expression:
    return Concat(Cast(OuterRef("kind"), TextField()), Value("/"), F(column), output_field=TextField())


def _since(column: str) -> Expression:
    """The moment of a row, or that at which the need was raised where it is later."""
    return Greatest(F(column), OuterRef("raised_at"), output_field=DateTimeField())


def _pairs() -> list[str]:
    """Which policies answer which kinds of needs, as kind/policy."""
    book = need_room.answering(portraits.definitions())
    return [f"{kind}/{policy}" for kind, named in book.items() for policy in named]


def _by_roll(today: date) -> QuerySet[Any]:
    """What a roll says of a policy that is received and answers the need, with `since`."""
    rolls = [f"{kind}/{fact}" for kind, fact in _rolls()]
    return (
        registry.facts()
        .filter(_of_the_household(), Q(started_on=None) | Q(started_on__lte=today))
        .filter(Q(ended_on=None) | Q(ended_on__gt=today))
        .annotate(answered=_pair("kind"))
        .filter(answered__in=rolls)
        .annotate(since=_since("received_at"))
    )


def _rolls() -> list[tuple[str, str]]:
    book = need_room.answering(portraits.definitions())
    return [
        (kind, RECEIVED[policy]) for kind, named in book.items() for policy in named if policy in RECEIVED
    ]


def _first(rows: QuerySet[Any], at: str) -> Subquery:
    return Subquery(rows.order_by(at).values(at)[:1], output_field=DateTimeField())
