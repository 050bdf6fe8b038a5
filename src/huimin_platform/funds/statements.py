"""What the bank's statements say of its own account, line by line, held against what we know of each payment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from huimin.funds.bank import Reply
from huimin_platform.funds import differences
from huimin_platform.funds.models import BankMessage, Payment

# A line that is known adds nothing, so that a statement may come again.
ADD = """
insert into funds_statementline (key, message_id, payment_id, named, amount_fen, credit, booked_on)
select given.key, %s, payment.id, given.named, given.fen, given.credit, given.booked_on
from unnest(%s::text[], %s::text[], %s::bigint[], %s::boolean[], %s::date[])
    as given (key, named, fen, credit, booked_on)
left join funds_payment payment on payment.id = given.named
on conflict (key) do nothing
"""
DEBITED_TWICE = """
select payment_id from funds_statementline where payment_id = any(%s) and not credit
group by payment_id having count(*) > 1 order by payment_id
"""
# Settled by the bank's word, on days that its statements have closed, without a line on any of them.
WITHOUT_A_LINE = """
select payment.id from funds_payment payment
where payment.state = 'settled' and payment.answered_at < %(after)s
  and payment.sent_at >= (select min(from_on) from funds_bankmessage where kind = 'statement' and state = 'applied')
  and not exists (select from funds_statementline line where line.payment_id = payment.id and not line.credit)
order by payment.id
"""
# The statement is of the day the payment was to be made on, and was read after it was sent.
CLOSED_WITHOUT = """
select payment.id from funds_payment payment
where not exists (select from funds_statementline line where line.payment_id = payment.id and not line.credit)
  and exists (
    select from funds_bankmessage stated
    where stated.kind = 'statement' and stated.state = 'applied' and stated.at > payment.sent_at
      and (payment.sent_at at time zone %(zone)s)::date between stated.from_on and stated.until_on)
  and """
UNKNOWN = """ payment.state = 'unknown' and %(times)s > (
    select count(*) from funds_paymentmove sent where sent.payment_id = payment.id and sent.move in ('send', 'resend'))
"""


def record(reply: Reply, message: BankMessage, at: datetime) -> int:
    """The number of new lines. A payment that was debited more than once, or of which we were told and that is
    missing from the days closed, goes to the exception desk.
    """
    columns = [
        [line.key for line in reply.lines],
        [line.payment for line in reply.lines],
        [line.amount_fen for line in reply.lines],
        [line.credit for line in reply.lines],
        [line.on for line in reply.lines],
    ]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [message.pk, *columns])
        added = cursor.rowcount
        cursor.execute(DEBITED_TWICE, [columns[1]])
        twice = [row[0] for row in cursor.fetchall()]
    _open("debited_twice", twice, message, at)
    if added:
        differences.explain("not_on_statement", columns[1], at=at, reason="stated")
    if reply.days:
        day_after = timezone.make_aware(datetime.combine(reply.days[1], datetime.max.time()))
        with connection.cursor() as cursor:
            cursor.execute(WITHOUT_A_LINE, {"after": day_after})
            missing = [row[0] for row in cursor.fetchall()]
        _open("not_on_statement", missing, message, at)
    return added


def closed_without(payments: Sequence[Payment]) -> list[Payment]:
    """Those payments whose day a statement has closed without a line about them: the bank did not pay."""
    ids = set(_closed_without("payment.id = any(%(ids)s)", ids=[payment.pk for payment in payments]))
    return [payment for payment in payments if payment.pk in ids]


def unknown_and_closed_without(*, sent_less_than: int) -> list[str]:
    """The payments of unknown outcome that were sent less often, and that no statement of their day shows."""
    return _closed_without(UNKNOWN, times=sent_less_than)


def _closed_without(which: str, **given: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(CLOSED_WITHOUT + which, given | {"zone": settings.TIME_ZONE})
        return [row[0] for row in cursor.fetchall()]


def _open(kind: str, ids: Sequence[str], message: BankMessage, at: datetime) -> None:
    if ids:
        differences.open_many(
            kind, list(Payment.objects.filter(pk__in=ids)), at=at, once=True, message=message
        )
