"""Reads of the funds stage: payments, funds and their flow, batches, what waits and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DurationField,
    F,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.funds import ledger
from huimin.funds.bank import reason_words
from huimin.funds.checks import HOLDS
from huimin.units.words import Words
from huimin_platform.base import access, together
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.delivery.models import Order
from huimin_platform.funds import card_queries, reach
from huimin_platform.funds.differences import TERMS, late_before
from huimin_platform.funds.hold_models import HoldRelease
from huimin_platform.funds.models import (
    Account,
    BankMessage,
    Batch,
    Difference,
    Entry,
    Hold,
    Payment,
    PaymentMove,
    Transfer,
)
from huimin_platform.registry import queries as registry

TONES = {
    "approved": "info", "sending": "info", "settled": "good", "returned": "bad", "unknown": "warning",
}  # fmt: skip


cards_for = card_queries.cards_for
current_card = card_queries.current_card


@dataclass(frozen=True)
class Flow:
    """A fund from the treasury to people's cards, in fen."""

    fund: ledger.Fund
    received_fen: int
    budget_fen: int
    commit_fen: int
    transit_fen: int
    paid_fen: int

    @property
    def title(self) -> Words:
        """The budget line in words."""
        return ledger.line_of(self.fund.purpose).title

    @property
    def used_share(self) -> float:
        """How much of the money has reached cards, 0 to 1."""
        return self.paid_fen / self.received_fen if self.received_fen else 0.0


@dataclass(frozen=True)
class Waiting:
    """Orders that wait for one reason: how many, how much."""

    reason: str
    count: int
    fen: int


def payments() -> QuerySet[Payment]:
    """All payments; narrow them with `access.scope`."""
    return Payment.objects.all()


def accounts() -> QuerySet[Account]:
    """All accounts, fund by fund."""
    return Account.objects.order_by("line", "year", "purpose", "id")


def payments_of(*, person_id: int) -> QuerySet[Payment]:
    """The payments to a person, the newest first; those under a file that went into this one as well."""
    return (
        Payment.objects.filter(payee__in=registry.numbers_of([person_id]).values("pk"))
        .select_related("order")
        .order_by("-approved_at", "pk")
    )


def settled_since(at: datetime) -> QuerySet[Payment]:
    """The payments that the bank has said it paid since a moment, and that have not come back."""
    return Payment.objects.filter(state=Payment.State.SETTLED, answered_at__gte=at)


def payments_for(
    actor: Any,
    *,
    state: str = "",
    policy: str = "",
    period: str = "",
    place: str = "",
    year: str = "",
    payer: str = "",
) -> QuerySet[Payment]:
    """The payments in the actor's division, with payee and order.

    `place` is how the division begins where people live, `payer` the place whose money it is, or `all` for everybody's.
    """
    found = access.scope(actor, Payment.objects.select_related("payee", "order", "batch"))
    wanted = {
        "state": state, "policy": policy, "order__period": period, "division__startswith": place, "year": year,
    }  # fmt: skip
    if payer:
        found = found.filter(payer="" if payer == "all" else payer)
    return found.filter(**{name: value for name, value in wanted.items() if value})


def flows(actor: Any) -> list[Flow]:
    """Every fund as far as it is the actor's, of all places and sources, with what it received, what is left, committed, with the bank and paid.

    The house itself is None. What a pool has handed on counts with the programme it went to, so that the sum over all
    funds is what came in.
    """
    funds: dict[ledger.Fund, dict[str, int]] = {}
    own = reach.accounts(actor, Account.objects.filter(leg__in=ledger.OWN_LEGS))
    sums = own.order_by("line", "year", "purpose").values("leg")
    for line, year, purpose, leg, fen in sums.values_list("line", "year", "purpose", "leg").annotate(
        fen=Sum("balance_fen")
    ):
        legs = funds.setdefault(ledger.Fund(line, year, purpose), dict.fromkeys(ledger.LEGS, 0))
        legs[leg] = fen
    return [
        Flow(fund, sum(legs.values()), legs["budget"], legs["commit"], legs["transit"], legs["paid"])
        for fund, legs in funds.items()
    ]


def movements(actor: Any) -> dict[ledger.Fund, tuple[date, date | None]]:
    """fund -> the day its money first came in to the actor's division, and the day it was last paid from there."""
    came = Entry.objects.filter(transfer__reason__in=("appropriate", "assign"), amount_fen__gt=0).order_by()
    funds = reach.entries(actor, came).values_list("account__line", "account__year", "account__purpose")
    first = {
        ledger.Fund(*fund): timezone.localdate(at) for *fund, at in funds.annotate(at=Min("transfer__at"))
    }
    paid = reach.within(actor, Payment.objects.order_by(), "payer")
    paid = paid.values_list("line", "year", "policy").annotate(at=Max("approved_at"))
    last = {ledger.Fund(*fund): timezone.localdate(at) for *fund, at in paid}
    return {fund: (on, last.get(fund)) for fund, on in first.items()}


def states(actor: Any) -> dict[str, tuple[int, int]]:
    """state -> number and sum in fen of the payments in the actor's division."""
    rows = (
        access.scope(actor, Payment.objects.all())
        .order_by()
        .values_list("state")
        .annotate(count=Count("pk"), fen=Sum("amount_fen"))
    )
    return {state: (count, fen) for state, count, fen in rows}


def batches(actor: Any) -> QuerySet[Batch]:
    """The batches that pay in the actor's division, the latest first: how many persons have approved each, its payments in the
    division with their sum, and all it has.
    """
    paid = Payment.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    own = access.scope(actor, paid)
    return (
        reach.batches(actor, Batch.objects.all())
        .annotate(
            given=Count("approvals"),
            own_count=Coalesce(Subquery(own.annotate(size=Count("pk")).values("size")), 0),
            own_fen=Coalesce(Subquery(own.annotate(fen=Sum("amount_fen")).values("fen")), 0),
            all_count=Coalesce(Subquery(paid.annotate(size=Count("pk")).values("size")), 0),
        )
        .order_by("-prepared_at", "-pk")
    )


def batch(actor: Any, number: str) -> Batch | None:
    """One batch that pays in the actor's division, with its approvals and messages; None where there is none."""
    files = Prefetch("messages", BankMessage.objects.defer("content_sealed").order_by("pk"))
    found = Batch.objects.select_related("prepared_by").prefetch_related("approvals__by", files)
    return reach.batches(actor, found).filter(number=number).first()


def waiting(actor: Any) -> list[Waiting]:
    """Orders in the actor's division that are not paid, by reason, with the sums that are missing or held."""
    rows = (
        access.scope(actor, Hold.objects.filter(lifted_at=None), "order__division")
        .order_by()
        .values_list("reason")
        .annotate(count=Count("pk"), fen=Sum("order__amount_fen"))
        .order_by("-fen")
    )
    return [Waiting(*row) for row in rows]


def holds_for(actor: Any, *, reason: str = "") -> QuerySet[Hold]:
    """Open holds in the actor's division, the oldest first."""
    found = Hold.objects.filter(lifted_at=None).select_related("order__grant", "order__payee")
    found = access.scope(actor, found, "order__division")
    return (found.filter(reason=reason) if reason else found).order_by("held_at", "pk")


def hold_for(actor: Any, number: int) -> Hold | None:
    """One hold in the actor's division, lifted or not; None where there is none."""
    found = Hold.objects.select_related("order__grant", "order__payee").prefetch_related(
        Prefetch("releases", HoldRelease.objects.select_related("proposed_by", "decided_by").order_by("-pk"))
    )
    return access.scope(actor, found, "order__division").filter(pk=number).first()


def releases_for(actor: Any, *, state: str = "") -> QuerySet[HoldRelease]:
    """Releases of holds in the actor's division, the latest first."""
    found = HoldRelease.objects.select_related("order__payee", "grant", "proposed_by", "decided_by")
    found = access.scope(actor, found, "order__division")
    return (found.filter(state=state) if state else found).order_by("-proposed_at", "-pk")


@dataclass(frozen=True)
class Undecided:
    """Releases that wait for a second person: how many, for how much, since when the longest."""

    count: int
    fen: int
    since: datetime | None


def releases_to_decide(actor: Any) -> Undecided:
    """The releases in the actor's division that somebody else has proposed, so that the actor may agree or refuse."""
    found = releases_for(actor, state="proposed").exclude(proposed_by=actor).order_by()
    sums = found.aggregate(count=Count("pk"), fen=Sum("amount_fen", default=0), since=Min("proposed_at"))
    return Undecided(**sums)


def missing_budget(actor: Any) -> list[tuple[ledger.Fund, int]]:
    """What each fund lacks for the orders that wait for budget alone, so that somebody can appropriate it.

    Nothing to who works for less than a county: the county's money is not theirs to see.
    """
    if not reach.whole_county(actor):
        return []
    rows = (
        access.scope(actor, Hold.objects.filter(lifted_at=None, reason="no_budget"), "order__division")
        .order_by()
        .values_list("order__grant__policy", "order__due_on__year")
        .annotate(fen=Sum("order__amount_fen"))
        .order_by("order__grant__policy", "order__due_on__year")
    )
    left = {flow.fund: flow.budget_fen for flow in flows(actor)}
    funds = [(ledger.fund_of(policy, year), fen) for policy, year, fen in rows]
    return [(fund, fen - left.get(fund, 0)) for fund, fen in funds if fen > left.get(fund, 0)]


def differences(actor: Any) -> QuerySet[Difference]:
    """Open differences in the actor's division, what is due first in front."""
    return exceptions(actor, state=Difference.State.OPEN)


def exceptions(
    actor: Any, *, state: str = "", kind: str = "", owner: str = "", late_on: date | None = None
) -> QuerySet[Difference]:
    """Differences in the actor's division: the open ones, what is due first in front, then those that are closed.

    `owner` is `mine` or `nobody`; of each filter what is not known asks for nothing. `late_on`: only those whose day has
    passed on that day.
    """
    found = reach.differences(actor, Difference.objects.all())
    found = found.select_related(
        "payment__payee", "payment__batch", "card_check__person", "owner", "closed_by", "message"
    ).defer("message__content_sealed", "payment__card_sealed", "card_check__person__card_sealed")
    if state in Difference.State.values:
        found = found.filter(state=state)
    if kind in TERMS:
        found = found.filter(kind=kind)
    if owner in ("mine", "nobody"):
        found = found.filter(owner=actor.pk if owner == "mine" else None)
    if late_on is not None:
        late = Q()
        for name in TERMS:
            late |= Q(kind=name, opened_at__lt=late_before(name, late_on))
        found = found.filter(late, state=Difference.State.OPEN)
    terms = [When(kind=name, then=Value(timedelta(days=days))) for name, days in TERMS.items()]
    due = F("opened_at") + Case(*terms, output_field=DurationField())
    return found.order_by("-state", F("closed_at").desc(nulls_first=True), due, "pk")


def differences_of(payment: Payment) -> QuerySet[Difference]:
    """The differences about a payment, open or closed, the oldest first."""
    found = payment.differences.select_related("payment__payee", "owner", "message")
    return found.defer("message__content_sealed", "payment__card_sealed").order_by("pk")


def payment_for(actor: Any, payment_id: str) -> Payment | None:
    """One payment in the actor's division; None where there is none."""
    found = Payment.objects.select_related("payee", "household", "order__grant", "batch")
    return access.scope(actor, found).filter(pk=payment_id).first()


def moves_of(payment: Payment) -> QuerySet[PaymentMove]:
    """What happened to a payment, the oldest first, with the message or act behind each."""
    return payment.moves.select_related("message", "audit").order_by("pk")


def transfers_of(payment: Payment) -> Sequence[Transfer]:
    """The ledger about a payment, the oldest first, with entries and accounts."""
    return list(payment.transfers.prefetch_related("entries__account").order_by("pk"))


def grant_life(payment: Payment) -> Mapping[str, int]:
    """How often the payment's order was paid, and how much of its grant has arrived."""
    return Payment.objects.filter(order__grant_id=payment.order.grant_id).aggregate(
        count=Count("pk", filter=Q(state="settled")),
        fen=Sum("amount_fen", filter=Q(state="settled"), default=0),
    )


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    of = Q(household_id=household_id) if household_id is not None else Q(payee_id=person_id)
    payments = Payment.objects.filter(of)
    held = (
        Q(order__grant__household_id=household_id)
        if household_id is not None
        else Q(order__payee_id=person_id)
    )
    return {
        "payments": payments.defer("card_sealed").order_by("-approved_at", "pk"),
        "payment_orders": Order.objects.filter(pk__in=payments.values("order")),
        "payment_holds": Hold.objects.filter(held).order_by("-held_at", "pk"),
        "card_checks": card_queries.of(person_id, household_id),
        "hold_releases": HoldRelease.objects.filter(held).order_by("-proposed_at", "pk"),
    }


def timeline(kept: Kept) -> list[Event]:
    """What was paid, and what came back."""
    together.join(kept["payments"], "order", kept["payment_orders"])
    titles = {
        "approved": _("Payment approved"),
        "sending": _("Payment with the bank"),
        "settled": _("Money has arrived"),
        "returned": _("Payment came back"),
        "unknown": _("Payment: the bank has not answered"),
    }
    paid = [
        Event(
            on=timezone.localdate(payment.answered_at or payment.sent_at or payment.approved_at),
            title=titles[payment.state],
            detail=_said(payment),
            source=_("Payment %(id)s") % {"id": payment.pk[:8]},
            url=reverse("funds:payment", args=[payment.pk]),
            tone=TONES[payment.state],
            amount_fen=payment.amount_fen,
            stage="funds",
        )
        for payment in kept["payments"]
    ]
    return [*paid, *_held(kept), *card_queries.timeline(kept)]


def _held(kept: Kept) -> list[Event]:
    """What was held, and what a person released: why stands on the page of the hold, for those who may see it."""
    held = [
        Event(
            on=timezone.localdate(hold.held_at),
            title=_("Payment held"),
            detail=HOLDS[hold.reason].say(get_language() or "zh"),
            source=_("Held payment %(id)s") % {"id": hold.pk},
            url=reverse("funds:hold", args=[hold.pk]),
            tone="neutral" if hold.lifted_at else "warning",
            stage="funds",
            sensitive=True,
        )
        for hold in kept["payment_holds"]
    ]
    released = [
        Event(
            on=timezone.localdate(release.decided_at or release.proposed_at),
            title=_("Release of a held payment: %(state)s") % {"state": release.get_state_display()},
            detail=release.decision or release.reason,
            source=_("Held payment %(id)s") % {"id": release.hold_id},
            url=reverse("funds:hold", args=[release.hold_id]),
            tone="info",
            stage="funds",
            sensitive=True,
        )
        for release in kept["hold_releases"]
    ]
    return [*held, *released]


def _said(payment: Payment) -> str:
    period = "" if payment.order.period == "once" else payment.order.period
    because = (
        reason_words(payment.return_code).say(get_language() or "zh") if payment.state == "returned" else ""
    )
    return " ".join(part for part in (period, because) if part)
