"""Moves payments from state to state: compare and set, ledger and history in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from huimin.funds import ledger
from huimin.funds.payment import MOVES, POSTING_OF
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery import actions as delivery
from huimin_platform.funds import posting
from huimin_platform.funds.models import BankMessage, Payment, PaymentMove

# What the order of a payment is told.
ORDER_STATES = {"settled": "paid", "returned": "returned"}


def move(
    payments: Sequence[Payment],
    name: str,
    *,
    at: datetime,
    line: AuditLine,
    message: BankMessage | None = None,
    reasons: Mapping[str, str] | None = None,
) -> int:
    """The number of payments moved. The rows are locked by the caller; one that changed meanwhile is an
    assertion.

    `reasons`: payment -> the bank's code. Payments of several states may make the same move.
    """
    reasons = reasons or {}
    for state in sorted({payment.state for payment in payments}):
        group = [payment for payment in payments if payment.state == state]
        after = MOVES[state, name]
        _set(group, state, after, at, reasons)
        if posting_name := POSTING_OF.get((state, name)):
            posting.post([_posting(payment, posting_name) for payment in group], audit=line, at=at)
        PaymentMove.objects.bulk_create(
            [
                PaymentMove(
                    payment=payment,
                    move=name,
                    state_before=state,
                    state_after=after,
                    at=at,
                    audit=line,
                    message=message,
                    reason=reasons.get(payment.pk, ""),
                )
                for payment in group
            ],
            batch_size=2000,
        )
        if after in ORDER_STATES:
            delivery.mark([payment.order_id for payment in group], ORDER_STATES[after])
    return len(payments)


def _set(group: Sequence[Payment], state: str, after: str, at: datetime, reasons: Mapping[str, str]) -> None:
    times = {"sending": {"sent_at": at}, "settled": {"answered_at": at}, "returned": {"answered_at": at}}
    rows = Payment.objects.filter(pk__in=[payment.pk for payment in group], state=state)
    changed = rows.update(state=after, **times.get(after, {}))
    assert changed == len(group), f"{len(group) - changed} payments were no longer {state}"
    coded = [payment for payment in group if reasons.get(payment.pk)]
    if after == "returned" and coded:
        for payment in coded:
            payment.return_code = reasons[payment.pk][:35]
        Payment.objects.bulk_update(coded, ["return_code"], batch_size=1000)


def _posting(payment: Payment, name: str) -> posting.Posting:
    fund = ledger.Fund(payment.line, payment.year, payment.policy)
    transfer = ledger.posting(name, fund, payment.pk, payment.amount_fen)
    return posting.Posting(transfer, payment.pk, payment.case_number, payment.policy_version)
