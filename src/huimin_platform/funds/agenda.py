"""What funds has to do now, asked in one statement, so that a turn with nothing to do costs next to nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from huimin_platform.funds.limits import limits

LOOK = """
select exists (select from funds_bankmessage where outgoing and state = 'pending'),
       exists (select from funds_payment where state = 'sending' and sent_at < %s),
       exists (select from funds_payment where state = 'unknown'),
       exists (select from funds_cardcheck where state = 'asked' and asked_at < %s),
       exists (select from funds_cardcheck where state = 'unknown' and times < %s),
       exists (select from cases_path decided where decided.name = 'recovery' and decided."end" = 'owed'
           and not exists (select from funds_transfer where key = 'recovery:' || decided.id || ':recover')),
       exists (select from cases_path reversing
           where reversing.name = 'appeal' and reversing."end" = 'reversed' and reversing.contested_id is not null
           and not exists (select from funds_transfer where key = 'recovery:' || reversing.contested_id || ':annul')),
       exists (select from delivery_order where state = 'due'),
       exists (select from delivery_order where state = 'due' and due_on <= %s),
       exists (select from funds_payment where state = 'approved' and batch_id is null),
       exists (select from funds_batch where state = 'released'),
       exists (select from funds_batch batch where batch.state = 'sent' and not exists (
           select from funds_payment payment
           where payment.batch_id = batch.id and payment.state in ('approved', 'sending', 'unknown')))
"""


@dataclass(frozen=True)
class Agenda:
    """Which parts of a turn have something to look at."""

    files: bool
    silence: bool
    unknown: bool
    card_silence: bool
    cards_unknown: bool
    owed: bool
    reversed: bool
    orders: bool
    due: bool
    unbatched: bool
    released: bool
    answered: bool


def look(*, today: date, at: datetime) -> Agenda:
    """What there is to do."""
    since = silent_since(at)
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [since, since, limits().times_asked, today])
        return Agenda(*cursor.fetchone())


def silent_since(at: datetime) -> datetime:
    """What was sent before this moment and has no answer has an unknown outcome."""
    return at - timedelta(days=limits().answer_days)
