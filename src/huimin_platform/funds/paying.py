"""From orders to payments: who must wait and why, and what the budget allows."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from huimin.funds import checks, ledger
from huimin.funds.payment import payment_id
from huimin_platform.base import audit, secrets
from huimin_platform.base.models import AuditLine
from huimin_platform.base.prepared import add_many, is_any, prepared
from huimin_platform.delivery import actions as delivery
from huimin_platform.funds import carding, drawing, posting
from huimin_platform.funds.hold_models import HoldRelease
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import Hold, Payment

PART = 5_000

# What is known of an order on the day it would be paid.
KNOWN = """
select orders.id, orders.grant_id, orders.period, orders.amount_fen, orders.due_on, orders.division,
       grants.policy, grants.policy_version, grants.case_number, grants.household_id, orders.payee_id,
       person.id is not null and person.merged_into_id is null, person.died_on is null,
       person.card_sealed is not null and exists (
           select from registry_fact fact
           where fact.person_id = person.id and fact.kind = 'bank_card' and fact.withdrawn_at is null
       ),
       (select coalesce(array_agg(finding.kind || '|' || finding.state || '|' || coalesce(finding.person_id = orders.payee_id, false)), array[]::text[]) from matching_finding finding
        where finding.state in ('open', 'confirmed')
          and (finding.kind <> 'granted_twice' or finding.evidence->>'policy' = grants.policy)
          and (finding.person_id = orders.payee_id or finding.household_id = grants.household_id)),
       (select count(*) from funds_payment payment where payment.order_id = orders.id),
       coalesce(asked.state, ''), person.card_sealed, hold.id, hold.reason, {payment}, released.id, coalesce(released.kinds, '[]')::text
from delivery_order orders
join delivery_grant grants on grants.id = orders.grant_id
left join registry_person person on person.id = orders.payee_id
left join funds_hold hold on hold.order_id = orders.id and hold.lifted_at is null
left join lateral (
    select release.id, release.kinds from funds_holdrelease release
    where release.state = 'released' and release.grant_id = orders.grant_id
      and (release.order_id = orders.id or orders.due_on <= release.until_on)
    order by release.id desc limit 1
) released on true
left join lateral (
    select checked.state from funds_cardcheck checked
    where checked.person_id = person.id and checked.card_index = person.card_index and checked.name = person.name
      and checked.national_id_index is not distinct from person.national_id_index
    order by checked.turn desc limit 1
) asked on true
"""
DUE = KNOWN.format(payment="null") + (
    " where orders.state = 'due' and orders.due_on <= %s and orders.id > %s order by orders.id limit %s"
)
SENT = KNOWN.format(payment="sent.id") + (
    " join funds_payment sent on sent.order_id = orders.id and sent.state = 'approved' and sent.batch_id {}"
    " order by sent.id for update of sent"
)
STOPPED = KNOWN.format(payment="sent.id") + (
    " join funds_payment sent on sent.order_id = orders.id and sent.id = any(%s)"
)
OF_ORDERS = KNOWN.format(payment="null") + " where orders.id = any(%s)"
IN_BATCH, UNBATCHED = SENT.format("= %s"), SENT.format("is null")

# Payments and the first line of their history.
APPROVE = """
with written as (
    insert into funds_payment (id, order_id, component, line, year, payer, source, policy, policy_version, case_number, household_id,
                               payee_id, division, amount_fen, card_sealed, state, approved_at, return_code)
    select given.*, 'approved', %s, ''
    from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::smallint[], %s::text[], %s::text[], %s::text[],
                %s::text[], %s::text[],
                %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bytea[]) given
    returning id
)
insert into funds_paymentmove (payment_id, move, state_before, state_after, at, audit_id, reason)
select id, 'approve', '', 'approved', %s, %s, '' from written
"""


@dataclass(frozen=True)
class Due:
    """An order with what is known of its payee, household and findings, and the hold it is under."""

    id: int
    grant: int
    period: str
    amount_fen: int
    due_on: date
    division: str
    policy: str
    policy_version: str
    case_number: str
    household: int
    payee: int | None
    has_payee: bool
    payee_alive: bool
    has_card: bool
    findings: list[str]
    payments: int
    card: str
    card_sealed: memoryview | None
    hold: int | None
    hold_reason: str | None
    payment: str | None
    release: int | None
    released: str

    def reason_to_wait(self) -> str | None:
        """The first reason not to pay, the budget left aside; a finding that a person has released is none."""
        released = [] if self.release is None else json.loads(self.released)
        findings = [
            (kind, state)
            for kind, state, of_payee in self._findings()
            if kind not in released or checks.says_payee_is_dead(kind, of_payee=of_payee)
        ]
        facts = checks.Facts(
            self.policy,
            self.amount_fen,
            self.has_payee,
            self.payee_alive,
            self.has_card,
            self._card,
            findings,
        )
        return checks.hold(facts, ledger.LARGEST_FEN)

    @property
    def blocking(self) -> list[str]:
        """The kinds of findings that stop this payment, released or not."""
        return sorted(
            {kind for kind, state, _ in self._findings() if checks.blocks(kind, state, self.policy)}
        )

    @property
    def dead_by_a_finding(self) -> bool:
        """Whether a finding that is not dismissed says that the payee has died."""
        return any(checks.says_payee_is_dead(kind, of_payee=own) for kind, _, own in self._findings())

    @property
    def _card(self) -> str:
        """What the bank has said of the card; a bank that cannot be asked is not waited for."""
        return self.card if limits().card_check else "verified"

    def _findings(self) -> list[tuple[str, str, bool]]:
        """Kind, state, and whether it is about the payee."""
        parts = [item.split("|") for item in self.findings]
        return [(kind, state, own == "true") for kind, state, own in parts]

    @property
    def fund(self) -> ledger.Fund:
        """Where the money comes from: the policy's line, in the year the order fell due."""
        return ledger.fund_of(self.policy, self.due_on.year)

    @property
    def component(self) -> str:
        """Which payment of the order this is; the second is made only after the first came back."""
        return str(self.payments + 1)


def take_up(*, today: date, at: datetime) -> dict[str, int]:
    """How many orders became payments, how many wait that did not wait before. Money that a fund does not have is
    not promised.
    """
    counts = {"payments": 0, "held": 0}
    for part in _parts(today):
        with transaction.atomic():
            reasons = {order.id: order.reason_to_wait() for order in part}
            payable = [order for order in part if reasons[order.id] is None]
            paid = _commit(payable, at)
            unpaid = [order for order in payable if order.id not in paid]
            closed = drawing.closed_years() if unpaid else {}
            reasons |= {
                order.id: "year_closed"
                if drawing.is_closed(order.fund.year, order.division, closed)
                else "no_budget"
                for order in unpaid
            }
            counts["held"] += keep_holds(part, reasons, at)
        counts["payments"] += len(paid)
    return counts


def ready_for_a_batch(at: datetime) -> list[Due]:
    """The approved payments that are in no batch and need not wait; they are locked."""
    return _that_need_not_wait(UNBATCHED, [], at)[0]


def held_in_batch(batch: int, at: datetime) -> list[str]:
    """The payments of a batch that must wait after all, because something became known since; their holds are
    kept.
    """
    return [order.payment for order in _that_need_not_wait(IN_BATCH, [batch], at)[1] if order.payment]


def stopped(payments: Sequence[Payment]) -> set[str]:
    """Those of sent payments that would have to wait, were they not sent yet."""
    with connection.cursor() as cursor:
        cursor.execute(STOPPED, [[payment.pk for payment in payments]])
        known = [Due(*row) for row in cursor.fetchall()]
    waiting = {order.payment for order in known if order.payment and order.reason_to_wait() is not None}
    # An id stands for one card; what was sent to one that is no longer the payee's is not asked for again.
    return waiting | {each.pk for each in carding.with_another_card(payments)}


def known_of(orders: Sequence[int]) -> list[Due]:
    """What is known of these orders now."""
    with connection.cursor() as cursor:
        cursor.execute(OF_ORDERS, [list(orders)])
        return [Due(*row) for row in cursor.fetchall()]


def keep_holds(orders: Sequence[Due], reasons: dict[int, str | None], at: datetime) -> int:
    """How many holds were opened; those whose reason is gone are lifted, the others left as they were."""
    changed = [order for order in orders if order.hold_reason != reasons[order.id]]
    lifted = [order.hold for order in changed if order.hold]
    opened = [
        Hold(order_id=order.id, reason=reason, held_at=at)
        for order in changed
        if (reason := reasons[order.id]) is not None
    ]
    if lifted:
        _holds.update(lifted, lifted_at=at)
    add_many(opened)
    _undo_releases([order for order in orders if order.release and reasons[order.id] == "finding"], at)
    return len(opened)


@prepared
def _holds(keys: Any) -> QuerySet[Hold]:
    return Hold.objects.filter(is_any("pk", keys))


def _undo_releases(orders: Sequence[Due], at: datetime) -> None:
    """Ends releases that a finding of another kind has overtaken; what they would have paid waits again."""
    if not orders:
        return
    by_release = {order.release: order for order in orders}
    found = HoldRelease.objects.select_for_update().filter(pk__in=by_release, state="released").order_by("pk")
    for release in found:
        release.state, release.undone_at = HoldRelease.State.UNDONE, at
        release.save(update_fields=["state", "undone_at"])
        details = {"release": release.pk, "kinds": by_release[release.pk].blocking}
        audit.write(
            by=audit.SYSTEM,
            action="withdraws",
            kind="hold",
            object_id=release.hold_id,
            details=details,
            at=at,
        )


def _that_need_not_wait(sql: str, parameters: list[int], at: datetime) -> tuple[list[Due], list[Due]]:
    """Orders that may go on, and those that must wait, whose holds are kept."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        orders = [Due(*row) for row in cursor.fetchall()]
    reasons = {order.id: order.reason_to_wait() for order in orders}
    keep_holds(orders, reasons, at)
    return (
        [order for order in orders if reasons[order.id] is None],
        [order for order in orders if reasons[order.id] is not None],
    )


def _parts(today: date) -> Iterator[list[Due]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DUE, [today, last, PART])
            part = [Due(*row) for row in cursor.fetchall()]
        if part:
            yield part
        if len(part) < PART:
            return
        last = part[-1].id


def _commit(orders: Sequence[Due], at: datetime) -> set[int]:
    """The orders that became payments: each drawn from the fund that `drawing` finds, as far as budgets reach."""
    affordable = drawing.draw(orders)
    if not affordable:
        return set()
    line = audit.write(
        by=audit.SYSTEM,
        action="approves",
        kind="payment",
        object_id=f"{affordable[0][0].id}…",
        details={"payments": len(affordable), "total_fen": sum(order.amount_fen for order, _ in affordable)},
        at=at,
    )
    _write(affordable, line, at)
    delivery.mark([order.id for order, _ in affordable], "paying")
    return {order.id for order, _ in affordable}


def _write(drawn: Sequence[tuple[Due, ledger.Fund]], line: AuditLine, at: datetime) -> None:
    orders = [order for order, _ in drawn]
    ids = [payment_id(str(order.grant), order.period, order.component) for order in orders]
    cards = secrets.unseal_many(
        [order.card_sealed for order in orders], "registry.person.card", [order.payee for order in orders]
    )
    sealed = secrets.seal_many(cards, carding.CARD, ids)
    given = [
        (id_, order.id, order.component, fund.line, fund.year, fund.place, fund.source, order.policy, order.policy_version,
         order.case_number, order.household, order.payee, order.division, order.amount_fen, card)
        for id_, (order, fund), card in zip(ids, drawn, sealed, strict=True)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(APPROVE, [at, *map(list, zip(*given, strict=True)), at, line.pk])
    posting.post(
        [
            posting.Posting(
                ledger.posting("commit", fund, id_, order.amount_fen),
                id_,
                order.case_number,
                order.policy_version,
            )
            for id_, (order, fund) in zip(ids, drawn, strict=True)
        ],
        audit=line,
        at=at,
    )
