"""The exception desk: what finance has to look at, opened once and closed when it is explained."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from huimin.units.words import Words
from huimin_platform.funds.models import BankMessage, Difference, Payment

KINDS: Mapping[str, Words] = {
    "no_answer": Words(
        "银行逾期未答复，结果不明。请查对账单或询问银行，不要另行付款。",
        "The bank has not answered in time, so the outcome is unknown. Look at the statement or ask the bank;"
        " do not pay in another way.",
    ),
    "returned": Words(
        "款项被退回，已退回预算。请更正账户后重新发放，或说明不再发放。",
        "The money came back and is in the budget again. Have the account corrected and pay anew, or say"
        " why not.",
    ),
    "unknown_payment": Words(
        "银行的答复所说的付款不是我们发出的。请询问银行。",
        "The bank answers about a payment that is not ours. Ask the bank.",
    ),
    "not_sent": Words(
        "银行答复了一笔我们尚未发送的付款。请立即询问银行。",
        "The bank answers about a payment that we have not sent. Ask the bank at once.",
    ),
    "contradiction": Words(
        "银行先说未付，后又说已付。请询问银行款项在哪里。",
        "The bank first said that it did not pay, then that it did. Ask the bank where the money is.",
    ),
    "amount": Words(
        "银行答复的金额与付款金额不同，未采用。请询问银行。",
        "The bank names another amount than the payment's; its answer was not used. Ask the bank.",
    ),
    "duplicate": Words(
        "银行称该付款重复，未再付。第一次的结果待银行答复。",
        "The bank says the payment was sent before and did not pay again. Its first answer is still to come.",
    ),
    "debited_twice": Words(
        "银行对账单两次列支同一笔付款。请立即要求银行退回一笔。",
        "The bank's statements show the same payment debited twice. Ask the bank at once to give one back.",
    ),
    "not_on_statement": Words(
        "银行已答复付讫，对账单上却没有这笔支出。请询问银行。",
        "The bank said that it paid, but its statements do not show the debit. Ask the bank.",
    ),
    "malformed": Words(
        "银行的文件不合格式，整个文件未采用。请让银行重新发送。",
        "A file from the bank is malformed; nothing of it was used. Ask the bank to send it again.",
    ),
    "file_refused": Words(
        "银行拒收了付款文件。请查看原因。",
        "The bank refused a payment file. See its reason.",
    ),
}


def open_many(
    kind: str,
    payments: Sequence[Payment],
    *,
    at: datetime,
    message: BankMessage | None = None,
    details: Mapping[str, Mapping[str, Any]] | None = None,
    once: bool = False,
) -> None:
    """Opens one difference a payment; the same again changes nothing. `once`: whatever file shows it again."""
    assert kind in KINDS, kind
    if not payments:
        return
    rows = [
        Difference(
            key=f"{kind}:{payment.pk}:{_which(kind, payment, None if once else message)}",
            kind=kind,
            payment=payment,
            message=message,
            details=dict((details or {}).get(payment.pk, {})),
            opened_at=at,
        )
        for payment in payments
    ]
    Difference.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def _which(kind: str, payment: Payment, message: BankMessage | None) -> object:
    """What tells two differences of a kind about one payment apart: the file, or which sending had no answer."""
    if kind == "no_answer":
        return payment.sent_at.isoformat() if payment.sent_at else ""
    return message.pk if message and kind != "returned" else ""


def open_one(
    kind: str,
    key: str,
    *,
    at: datetime,
    message: BankMessage | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Opens a difference about no payment of ours."""
    assert kind in KINDS, kind
    row = Difference(
        key=f"{kind}:{key}"[:160], kind=kind, message=message, details=dict(details or {}), opened_at=at
    )
    Difference.objects.bulk_create([row], ignore_conflicts=True)


def explain(kind: str, payments: Sequence[Payment] | QuerySet[Payment], *, at: datetime, reason: str) -> None:
    """Closes the open differences of a kind about payments that have been explained since."""
    if not payments:
        return
    Difference.objects.filter(kind=kind, payment__in=payments, state=Difference.State.OPEN).update(
        state=Difference.State.CLOSED, closed_at=at, reason=reason
    )
