"""Batches: payments of one fund put together, approved by as many persons as the rule asks, and sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from huimin.funds import bank, csv_profile, iso20022, ledger
from huimin.units.divisions import DIGITS
from huimin_platform.base import audit, secrets
from huimin_platform.base.models import AuditLine
from huimin_platform.base.prepared import add, is_any, is_like, prepared
from huimin_platform.funds import carding, paying
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import BankMessage, Batch, Payment
from huimin_platform.funds.moving import move

CONTENT = "funds.bankmessage.content"


@transaction.atomic
def prepare(*, at: datetime) -> list[Batch]:
    """New batches of all approved payments that are in none and need not wait; one fund and one county a batch.

    Whoever approves a batch sees all that it pays.
    """
    ready = paying.ready_for_a_batch(at)
    return [_batch(part, at) for part in _parts(ready, limits().batch_payments)]


def send_released(*, at: datetime) -> int:
    """The number of payments that are with the bank from now on, of all batches that are released."""
    return sum(send(batch, at=at) for batch in _released.rows())


@transaction.atomic
def send(batch_id: int, *, at: datetime) -> int:
    """The number of payments of a released batch that are with the bank from now on.

    One transaction: states, ledger and the file as outbox row. Writing the file comes after it, and again
    after a crash. What must wait after all leaves the batch first.
    """
    batch = _released_one.first(batch_id)
    if batch is None:
        return 0
    waiting = paying.held_in_batch(batch.pk, at)
    if waiting:
        _put.update(waiting, batch=None)
    payments = _payments.rows(batch.pk)
    carding.renew(payments)
    batch.count, batch.total_fen = len(payments), sum(payment.amount_fen for payment in payments)
    batch.state, batch.sent_at = (Batch.State.SENT, at) if payments else (Batch.State.CLOSED, None)
    _keyed.update(
        batch.pk, count=batch.count, total_fen=batch.total_fen, state=batch.state, sent_at=batch.sent_at
    )
    line = audit.write(
        by=audit.SYSTEM,
        action="sends",
        kind="batch",
        object_id=batch.number,
        details={"payments": batch.count, "total_fen": batch.total_fen, "left_out": len(waiting)},
        at=at,
    )
    if payments:
        move(payments, "send", at=at, line=line, message=_message(batch, payments, at))
    return len(payments)


def send_again(batch: Batch, payments: Sequence[Payment], *, at: datetime, line: AuditLine) -> None:
    """Puts payments of unknown outcome into a new file of their batch; each keeps its id, for it is the same
    payment.
    """
    move(payments, "resend", at=at, line=line, message=_message(batch, payments, at))


def content(message: BankMessage) -> bytes:
    """A message as it was."""
    return secrets.unseal_bytes(message.content_sealed, CONTENT, message.sha256)


def _batch(orders: Sequence[paying.Due], at: datetime) -> Batch:
    total_fen = sum(order.amount_fen for order in orders)
    needed, rule = limits().approvals(total_fen)
    fund = orders[0].fund
    batch = add(
        Batch(
            number=_number(at),
            line=fund.line,
            year=fund.year,
            purpose=fund.purpose,
            count=len(orders),
            total_fen=total_fen,
            approvals_needed=needed,
            rule={"zh": rule.zh, "en": rule.en},
            prepared_at=at,
        )
    )
    _put.update([order.payment for order in orders], batch=batch.pk)
    details = {"payments": len(orders), "total_fen": total_fen, "approvals_needed": needed}
    audit.write(
        by=audit.SYSTEM, action="prepares", kind="batch", object_id=batch.number, details=details, at=at
    )
    if needed == 0:
        release(batch, at=at)
    return batch


def release(batch: Batch, *, at: datetime) -> None:
    """Releases a batch that has its approvals; the database counts them again."""
    batch.state, batch.released_at = Batch.State.RELEASED, at
    _keyed.update(batch.pk, state=batch.state, released_at=at)
    audit.write(
        by=audit.SYSTEM,
        action="releases",
        kind="batch",
        object_id=batch.number,
        details={"rule": batch.rule},
        at=at,
    )


def _parts(orders: Sequence[paying.Due], most: int) -> Iterator[list[paying.Due]]:
    together: dict[tuple[str, str], list[paying.Due]] = {}
    for order in orders:
        key = (order.fund.account("budget"), order.division[: DIGITS["county"]])
        together.setdefault(key, []).append(order)
    for key in sorted(together):
        for start in range(0, len(together[key]), most):
            yield together[key][start : start + most]


def _number(at: datetime) -> str:
    day = f"B{timezone.localdate(at):%Y%m%d}"
    return f"{day}-{_numbers.count(f'{day}-%') + 1:03d}"


def _message(batch: Batch, payments: Sequence[Payment], at: datetime) -> BankMessage:
    rules = limits()
    files = _files.count(batch.pk)
    name = f"{batch.number}-{files + 1}" if files else batch.number
    cards = secrets.unseal_many(
        [payment.card_sealed for payment in payments], carding.CARD, [payment.pk for payment in payments]
    )
    title = ledger.LINES.get(batch.purpose, ledger.OTHER_LINE).title.zh
    order = bank.Order(
        id=name,
        created_at=timezone.localtime(at),
        execute_on=timezone.localdate(at),
        payer=rules.payer,
        payer_account=rules.payer_account,
        instructions=tuple(
            bank.Instruction(
                payment.pk, payment.amount_fen, payment.payee.name, card or "", _purpose(title, payment)
            )
            for payment, card in zip(payments, cards, strict=True)
        ),
    )
    iso = rules.bank_format == "iso20022"
    data = iso20022.write_pain001(order) if iso else csv_profile.write(order)
    digest = sha256(data).hexdigest()
    return add(
        BankMessage(
            outgoing=True,
            kind="order",
            name=f"{name}.{'xml' if iso else 'csv'}",
            sha256=digest,
            batch=batch,
            content_sealed=secrets.seal_bytes(data, CONTENT, digest),
            state=BankMessage.State.PENDING,
            at=at,
        )
    )


@prepared
def _released() -> QuerySet[Batch, int]:
    return Batch.objects.filter(state=Batch.State.RELEASED).order_by("pk").values_list("pk", flat=True)


@prepared
def _released_one(key: Any) -> QuerySet[Batch]:
    return Batch.objects.select_for_update().filter(pk=key, state=Batch.State.RELEASED)


@prepared
def _keyed(key: Any) -> QuerySet[Batch]:
    return Batch.objects.filter(pk=key)


@prepared
def _numbers(pattern: Any) -> QuerySet[Batch]:
    return Batch.objects.filter(is_like("number", pattern))


@prepared
def _payments(batch: Any) -> QuerySet[Payment]:
    found = Payment.objects.select_for_update(of=("self",)).select_related("payee", "order")
    return found.filter(batch=batch).order_by("pk")


@prepared
def _put(payments: Any) -> QuerySet[Payment]:
    return Payment.objects.filter(is_any("pk", payments))


@prepared
def _files(batch: Any) -> QuerySet[BankMessage]:
    return BankMessage.objects.filter(batch=batch, outgoing=True)


def _purpose(title: str, payment: Payment) -> str:
    period = payment.order.period
    return title if period == "once" else f"{title} {period}"
