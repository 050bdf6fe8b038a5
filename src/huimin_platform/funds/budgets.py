"""Reads of money on its way down: where it stands by source, place and programme; sources; allocations; pools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Substr

from huimin.funds.ledger import OWN_LEGS
from huimin.funds.levels import POOL, STEPS, TOWN_DIGITS
from huimin.funds.sources import KINDS, social_share
from huimin_platform.base import access
from huimin_platform.funds import reach
from huimin_platform.funds.budget_models import ClosedYear, Proposal, Source
from huimin_platform.funds.models import Account, Entry, Payment

OWN = "budget"


@dataclass(frozen=True)
class Standing:
    """Money of one source, place and purpose in a year: what is left to give, and what went on to people."""

    source: str
    place: str
    purpose: str
    left_fen: int
    given_fen: int

    @property
    def fen(self) -> int:
        """All that came here and stayed on this fund or went on to people."""
        return self.left_fen + self.given_fen


@dataclass(frozen=True)
class Brought:
    """What a source has brought: in all, handed down to townships or programmes, paid."""

    received_fen: int = 0
    pool_fen: int = 0
    paid_fen: int = 0

    @property
    def used(self) -> float:
        """Which part has reached people, 0 to 1."""
        return self.paid_fen / self.received_fen if self.received_fen else 0.0


def standing(actor: Any, year: int) -> list[Standing]:
    """Where the actor's money of a year stands."""
    rows = (
        reach.accounts(actor, Account.objects.filter(year=year, leg__in=OWN_LEGS))
        .order_by("source", "place", "purpose")
        .values_list("source", "place", "purpose")
        .annotate(
            left=Sum("balance_fen", filter=Q(leg="budget"), default=0),
            given=Sum("balance_fen", filter=~Q(leg="budget"), default=0),
        )
    )
    return [Standing(*row) for row in rows if row[3] or row[4]]


def people(actor: Any, year: int) -> list[tuple[str, str, str, int]]:
    """(policy, town where people live, state, fen) of the payments of a year that did not come back, in the actor's division."""
    found = access.scope(actor, Payment.objects.filter(year=year).exclude(state=Payment.State.RETURNED))
    town = Substr("division", 1, TOWN_DIGITS)
    return list(
        found.order_by().values_list("policy", town, "state").annotate(fen=Sum("amount_fen")).order_by("-fen")
    )


def accounts() -> QuerySet[Account]:
    """The accounts of funds: what came in stands below zero, where it went above."""
    return Account.objects.filter(leg__in=OWN_LEGS)


def moves() -> QuerySet[Entry]:
    """What each step on the way down put on an account: appropriated, handed down, put on a programme, taken back, spent."""
    return Entry.objects.filter(amount_fen__gt=0, transfer__reason__in=list(STEPS))


def sources(actor: Any) -> QuerySet[Source]:
    """The sources of the actor's division and of the places around it, by kind and code."""
    return reach.around(actor, Source.objects.select_related("registered_by")).order_by("kind", "code")


def brought(actor: Any, year: int) -> dict[str, Brought]:
    """source -> what it has brought the actor's division in a year; the own budget is the empty code."""
    rows = (
        reach.accounts(actor, Account.objects.filter(year=year))
        .order_by("source")
        .values_list("source")
        .annotate(
            received=Sum("balance_fen", filter=Q(leg__in=OWN_LEGS), default=0),
            pool=Sum("balance_fen", filter=Q(leg="budget", purpose=POOL), default=0),
            paid=Sum("balance_fen", filter=Q(leg="paid"), default=0),
        )
    )
    return {source: Brought(received, pool, paid) for source, received, pool, paid in rows}


def social(brought_by: Mapping[str, Brought], known: Mapping[str, Source]) -> float:
    """Which part of a year's money society brought, 0 to 1."""
    by_kind = dict.fromkeys(KINDS, 0)
    for code, each in brought_by.items():
        by_kind[known[code].kind if code in known else OWN] += each.received_fen
    return social_share(by_kind)


def years(actor: Any) -> list[int]:
    """The years in which the actor's division has money, the latest first."""
    found = reach.accounts(actor, Account.objects.order_by("-year"))
    return list(found.values_list("year", flat=True).distinct())


def closed(actor: Any) -> dict[int, ClosedYear]:
    """The years that the actor's place, or one around it, has closed; of several the nearest one's."""
    here = reach.around_it(reach.place_of(actor))
    found = ClosedYear.objects.filter(place__in=here).select_related("closed_by")
    return {each.year: each for each in sorted(found, key=lambda each: len(each.place))}


def proposals(actor: Any) -> QuerySet[Proposal]:
    """Allocations and corrections that concern the actor's division, those that wait first; see `own_part`."""
    found = Proposal.objects.select_related("proposed_by", "decided_by", "corrects")
    return reach.proposals(actor, found).order_by("-proposed_at", "-pk")


def proposal(actor: Any, number: str) -> Proposal | None:
    """One allocation as far as it concerns the actor's division; None where there is none."""
    found = proposals(actor).filter(number=number).first()
    return found and own_part(actor, found)


def own_part(actor: Any, found: Proposal) -> Proposal:
    """An allocation as somebody may see it who works for a part of its place only: the own rows and their sum.

    The figures of all places go, and of a correction the end that lies elsewhere. It is for reading, never kept.
    """
    found.partly = not reach.decides(actor, found.place)
    if not found.partly:
        return found
    found.figures = []
    if found.kind == "correction":
        [move] = found.result
        own = {end: move[end] for end in ("from", "to") if reach.inside(actor, move[end][0])}
        found.result = [{"from": None, "to": None, "amount_fen": move["amount_fen"]} | own]
        return found
    found.result = [row for row in found.result if reach.inside(actor, row["place"])]
    found.total_fen = sum(row["direct_fen"] for row in found.result)
    return found


def pools(actor: Any) -> list[Account]:
    """Pools of the actor's division that hold money; who works for their place may put it on programmes."""
    found = Account.objects.filter(leg="budget", purpose=POOL, balance_fen__gt=0)
    return list(reach.accounts(actor, found).order_by("year", "source", "place"))
