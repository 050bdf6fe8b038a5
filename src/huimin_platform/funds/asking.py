"""Asks the bank again for payments of unknown outcome: never under another id, never for whom money must wait."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from huimin_platform.base import audit
from huimin_platform.base.models import AuditLine
from huimin_platform.funds import batches, differences, paying, statements
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import Batch, Payment

# What the difference says that was open until the bank was asked again.
ASKED = "asked_again"


def ask_again(*, at: datetime) -> int:
    """The number of payments that the house asks for again by itself.

    Two things keep money from being paid twice, and both must be there: the bank pays an id once, and its statement
    has closed the day without the payment. Else, and after so many times, it is for a person.
    """
    if not limits().bank_removes_repeats:
        return 0
    closed = statements.unknown_and_closed_without(sent_less_than=limits().times_asked)
    # Asked once for all, so that batches of which everything must wait cost nothing in every run.
    may = {each.pk for each in that_may_go(Payment.objects.filter(pk__in=closed))} if closed else set()
    waiting = (
        Batch.objects.filter(payments__in=may).distinct().order_by("pk") if may else Batch.objects.none()
    )
    return sum(_ask(number, may, at) for number in list(waiting.values_list("number", flat=True)))


def unknown_of(batch: Batch) -> list[Payment]:
    """The payments of a batch of unknown outcome; they are locked."""
    found = batch.payments.select_for_update(of=("self",)).select_related("payee", "order")
    return list(found.filter(state=Payment.State.UNKNOWN).order_by("pk"))


def that_may_go(payments: Iterable[Payment]) -> list[Payment]:
    """Those for whom nothing has become known since that would have stopped them."""
    payments = list(payments)
    stopped = paying.stopped(payments) if payments else set()
    return [payment for payment in payments if payment.pk not in stopped]


def send(batch: Batch, payments: Sequence[Payment], *, at: datetime, line: AuditLine, reason: str) -> None:
    """Sends them in a new file of their batch; what was open about their missing answer is closed."""
    batches.send_again(batch, payments, at=at, line=line)
    differences.explain("no_answer", payments, at=at, reason=reason)


@transaction.atomic
def _ask(number: str, closed: Collection[str], at: datetime) -> int:
    batch = Batch.objects.select_for_update().get(number=number)
    payments = that_may_go([each for each in unknown_of(batch) if each.pk in closed])
    if payments:
        details = {"payments": len(payments)}
        line = audit.write(
            by=audit.SYSTEM, action="resends", kind="batch", object_id=number, details=details, at=at
        )
        send(batch, payments, at=at, line=line, reason=ASKED)
    return len(payments)
