"""Moves payments from state to state: compare and set, ledger and history in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from huimin.funds import ledger
from huimin.funds.payment import MOVES, POSTING_OF
from huimin_platform.base.models import AuditLine
from huimin_platform.delivery import actions as delivery
from huimin_platform.funds import posting
from huimin_platform.funds.models import BankMessage, Payment

# What the order of a payment is told.
ORDER_STATES = {"settled": "paid", "returned": "returned"}

# Compare and set, and the history of it: a row that is no longer in the state before is neither set nor told.
MOVE = """
with given as (
    select * from unnest(%(ids)s::text[], %(reasons)s::text[]) as given (id, reason)
), changed as (
    update funds_payment payment
    set state = %(after)s,
        sent_at = case when %(after)s = 'sending' then %(at)s else sent_at end,
        answered_at = case when %(after)s in ('settled', 'returned') then %(at)s else answered_at end,
        return_code = case when %(after)s = 'returned' then left(given.reason, 35) else return_code end
    from given where payment.id = given.id and payment.state = %(before)s
    returning payment.id, given.reason
)
insert into funds_paymentmove (payment_id, move, state_before, state_after, at, audit_id, message_id, reason)
select id, %(move)s, %(before)s, %(after)s, %(at)s, %(audit)s, %(message)s::bigint, reason from changed
"""


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

    Their `state` is the new one afterwards. `reasons`: payment -> the bank's code. Payments of several states may make the same move.
    """
    reasons = reasons or {}
    for state in sorted({payment.state for payment in payments}):
        group = [payment for payment in payments if payment.state == state]
        after = MOVES[state, name]
        ids = [payment.pk for payment in group]
        said = [reasons.get(payment, "")[:200] for payment in ids]
        with connection.cursor() as cursor:
            cursor.execute(
                MOVE,
                {
                    "ids": ids, "reasons": said, "before": state, "after": after, "move": name, "at": at,
                    "audit": line.pk, "message": message.pk if message else None,
                },
            )  # fmt: skip
            moved = cursor.rowcount
        assert moved == len(group), f"{len(group) - moved} payments were no longer {state}"
        if posting_name := POSTING_OF.get((state, name)):
            posting.post([_posting(payment, posting_name) for payment in group], audit=line, at=at)
        if after in ORDER_STATES:
            delivery.mark([payment.order_id for payment in group], ORDER_STATES[after])
        for payment in group:
            payment.state = after
    return len(payments)


def _posting(payment: Payment, name: str) -> posting.Posting:
    fund = ledger.Fund(payment.line, payment.year, payment.policy, payment.payer, payment.source)
    transfer = ledger.posting(name, fund, payment.pk, payment.amount_fen)
    return posting.Posting(transfer, payment.pk, payment.case_number, payment.policy_version)
