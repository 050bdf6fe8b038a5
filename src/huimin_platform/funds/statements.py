"""What the bank's statements say of its own account, line by line, held against what we know of each payment."""

from collections.abc import Sequence
from datetime import datetime

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
        stated = Payment.objects.filter(pk__in=columns[1])
        differences.explain("not_on_statement", stated, at=at, reason="stated")
    if reply.days:
        day_after = timezone.make_aware(datetime.combine(reply.days[1], datetime.max.time()))
        with connection.cursor() as cursor:
            cursor.execute(WITHOUT_A_LINE, {"after": day_after})
            missing = [row[0] for row in cursor.fetchall()]
        _open("not_on_statement", missing, message, at)
    return added


def closed_without(payments: Sequence[Payment]) -> list[Payment]:
    """Those payments whose day a statement has closed without a line about them: the bank did not pay."""
    statements = list(
        BankMessage.objects.filter(kind="statement", state=BankMessage.State.APPLIED)
        .exclude(until_on=None)
        .values_list("from_on", "until_on", "at")
    )
    ids = [payment.pk for payment in payments]
    stated = set(Payment.objects.filter(pk__in=ids, lines__credit=False).values_list("pk", flat=True))
    return [
        payment
        for payment in payments
        if payment.pk not in stated
        and payment.sent_at is not None
        and any(
            first <= timezone.localdate(payment.sent_at) <= last and read_at > payment.sent_at
            for first, last, read_at in statements
        )
    ]


def _open(kind: str, ids: Sequence[str], message: BankMessage, at: datetime) -> None:
    if ids:
        differences.open_many(
            kind, list(Payment.objects.filter(pk__in=ids)), at=at, once=True, message=message
        )
