"""Batches: payments of one fund put together, approved by as many persons as the rule asks, and sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from huimin.funds import bank, csv_profile, iso20022, ledger
from huimin.units.divisions import DIGITS
from huimin_platform.base import audit, secrets
from huimin_platform.base.models import AuditLine
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
    released = Batch.objects.filter(state=Batch.State.RELEASED).order_by("pk").values_list("pk", flat=True)
    return sum(send(batch, at=at) for batch in list(released))


@transaction.atomic
def send(batch_id: int, *, at: datetime) -> int:
    """The number of payments of a released batch that are with the bank from now on.

    One transaction: states, ledger and the file as outbox row. Writing the file comes after it, and again
    after a crash. What must wait after all leaves the batch first.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state != Batch.State.RELEASED:
        return 0
    waiting = paying.held_in_batch(batch.pk, at)
    if waiting:
        batch.payments.filter(pk__in=waiting).update(batch=None)
    payments = list(
        batch.payments.select_for_update(of=("self",)).select_related("payee", "order").order_by("pk")
    )
    carding.renew(payments)
    batch.count, batch.total_fen = len(payments), sum(payment.amount_fen for payment in payments)
    batch.state, batch.sent_at = (Batch.State.SENT, at) if payments else (Batch.State.CLOSED, None)
    batch.save(update_fields=["count", "total_fen", "state", "sent_at"])
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
    batch = Batch.objects.create(
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
    Payment.objects.filter(pk__in=[order.payment for order in orders]).update(batch=batch)
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
    batch.save(update_fields=["state", "released_at"])
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
    return f"{day}-{Batch.objects.filter(number__startswith=day).count() + 1:03d}"


def _message(batch: Batch, payments: Sequence[Payment], at: datetime) -> BankMessage:
    rules = limits()
    files = batch.messages.filter(outgoing=True).count()
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
    return BankMessage.objects.create(
        outgoing=True,
        kind="order",
        name=f"{name}.{'xml' if iso else 'csv'}",
        sha256=digest,
        batch=batch,
        content_sealed=secrets.seal_bytes(data, CONTENT, digest),
        state=BankMessage.State.PENDING,
        at=at,
    )


def _purpose(title: str, payment: Payment) -> str:
    period = payment.order.period
    return title if period == "once" else f"{title} {period}"
