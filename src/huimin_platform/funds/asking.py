"""Asks the bank again for payments of unknown outcome: never under another id, never for whom money must wait."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from huimin_platform.base import audit
from huimin_platform.base.models import AuditLine
from huimin_platform.base.prepared import is_any, prepared
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
    may = {each.pk for each in that_may_go(_keyed.rows(closed))} if closed else set()
    return sum(_ask(number, may, at) for number in _with_one_of.rows(sorted(may))) if may else 0


def unknown_of(batch: Batch) -> list[Payment]:
    """The payments of a batch of unknown outcome; they are locked."""
    return _unknown.rows(batch.pk)


def that_may_go(payments: Iterable[Payment]) -> list[Payment]:
    """Those for whom nothing has become known since that would have stopped them."""
    payments = list(payments)
    stopped = paying.stopped(payments) if payments else set()
    return [payment for payment in payments if payment.pk not in stopped]


def send(batch: Batch, payments: Sequence[Payment], *, at: datetime, line: AuditLine, reason: str) -> None:
    """Sends them in a new file of their batch; what was open about their missing answer is closed."""
    batches.send_again(batch, payments, at=at, line=line)
    differences.explain("no_answer", [payment.pk for payment in payments], at=at, reason=reason)


def insist_on_batch(number: str) -> Batch:
    """The batch of this number, locked. Raises `Batch.DoesNotExist`."""
    found = _numbered.first(number)
    if found is None:
        raise Batch.DoesNotExist(number)
    return found


@prepared
def _numbered(number: Any) -> QuerySet[Batch]:
    return Batch.objects.select_for_update().filter(number=number)


@prepared
def _unknown(batch: Any) -> QuerySet[Payment]:
    found = Payment.objects.select_for_update(of=("self",)).select_related("payee", "order")
    return found.filter(batch=batch, state=Payment.State.UNKNOWN).order_by("pk")


@prepared
def _keyed(payments: Any) -> QuerySet[Payment]:
    return Payment.objects.select_related("payee").filter(is_any("pk", payments))


@prepared
def _with_one_of(payments: Any) -> QuerySet[Batch, str]:
    held = Payment.objects.filter(is_any("pk", payments)).values("batch_id")
    return Batch.objects.filter(pk__in=held).order_by("pk").values_list("number", flat=True)


@transaction.atomic
def _ask(number: str, closed: Collection[str], at: datetime) -> int:
    batch = insist_on_batch(number)
    payments = that_may_go([each for each in unknown_of(batch) if each.pk in closed])
    if payments:
        details = {"payments": len(payments)}
        line = audit.write(
            by=audit.SYSTEM, action="resends", kind="batch", object_id=number, details=details, at=at
        )
        send(batch, payments, at=at, line=line, reason=ASKED)
    return len(payments)
