"""Where the fen of a letter went 资金去向: down from the county to townships, programmes, and people's payments.

The other direction of `origins`, by the same rule: on one account, money that came first leaves first. Money that a
payment did not deliver comes back to its fund and goes on from there, so what a letter brought is what stands on live
payments and vouchers and what is left. One query, whatever the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from huimin_platform.funds import reach
from huimin_platform.funds.models import Entry, Transfer

WALK = """
with recursive walk as (
    select entry.transfer_id, entry.account_id, entry.amount_fen as fen, (
        select coalesce(sum(before.amount_fen), 0)::bigint from funds_entry before
        where before.account_id = entry.account_id and before.amount_fen > 0 and before.id < entry.id
    ) as first_fen
    from funds_entry entry where entry.transfer_id = %s and entry.amount_fen > 0
    union all
    select going.id, taker.account_id,
        (least(walk.first_fen + walk.fen, went.first_fen + went.fen) - greatest(walk.first_fen, went.first_fen))::bigint,
        coalesce(taker.first_fen, 0) + (greatest(walk.first_fen, went.first_fen) - went.first_fen)::bigint
    from walk
    join lateral (
        select entry.transfer_id, -entry.amount_fen as fen,
               sum(-entry.amount_fen) over (order by entry.id) + entry.amount_fen as first_fen
        from funds_entry entry where entry.account_id = walk.account_id and entry.amount_fen < 0
    ) went on went.first_fen < walk.first_fen + walk.fen and went.first_fen + went.fen > walk.first_fen
    join funds_transfer going on going.id = went.transfer_id
    join lateral (
        select null::bigint as account_id, null::bigint as first_fen where going.reason not in ('allocate', 'assign', 'take_back')
        union all
        select entry.account_id, (
            select coalesce(sum(before.amount_fen), 0)::bigint from funds_entry before
            where before.account_id = entry.account_id and before.amount_fen > 0 and before.id < entry.id)
        from funds_transfer coming join funds_entry entry on entry.transfer_id = coming.id and entry.amount_fen > 0
        where coming.id = going.id and going.reason in ('allocate', 'assign', 'take_back')
           or going.reason = 'commit' and coming.payment_id = going.payment_id and coming.reason in ('return', 'return_late')
    ) taker on true
)
select transfer.reason, coalesce(transfer.payment_id, ''), coalesce(payment.state, ''), transfer.document, taker.place,
       taker.purpose, transfer.at, coalesce(payment.division, taker.place), sum(walk.fen)::bigint
from walk
join funds_transfer transfer on transfer.id = walk.transfer_id
join funds_entry entry on entry.transfer_id = transfer.id and entry.amount_fen > 0
join funds_account taker on taker.id = entry.account_id
left join funds_payment payment on payment.id = transfer.payment_id
where walk.transfer_id <> %s and (walk.account_id is null or transfer.payment_id is null)
group by transfer.id, payment.id, taker.id order by transfer.id
"""


@dataclass(frozen=True)
class Step:
    """Some fen of a letter on one step of their way: which step, to whom, by which document, and how far a payment is.

    `division` is where the payee lives, or the place that the money came to.
    """

    reason: str
    payment: str
    state: str
    document: str
    place: str
    purpose: str
    at: datetime
    division: str
    fen: int

    @property
    def ends(self) -> bool:
        """Whether the fen stand here: on a payment that did not come back, or spent by a voucher."""
        return self.reason == "spend" or (bool(self.payment) and self.state != "returned")


def of(letter: int) -> list[Step]:
    """The steps of a letter's fen in the order of the ledger; those that end and what is left add up to the letter."""
    with connection.cursor() as cursor:
        cursor.execute(WALK, [letter, letter])
        return [Step(*row) for row in cursor.fetchall()]


def ended_fen(steps: Sequence[Step]) -> int:
    """What of a letter stands on payments and vouchers."""
    return sum(step.fen for step in steps if step.ends)


def letters(actor: Any, year: int) -> list[Entry]:
    """What brought money in to the actor's division: each appropriation with the fund it came to and who made it, the latest first."""
    found = reach.letters(actor, Entry.objects.filter(account__year=year))
    return list(found.select_related("transfer__audit__by_user", "account").order_by("-transfer_id"))


def letter(actor: Any, number: int) -> Entry | None:
    """One appropriation to the actor's division; None where there is none."""
    found = reach.letters(actor, Entry.objects.filter(transfer=number))
    return found.select_related("transfer__audit__by_user", "account").first()


def letter_of(key: str) -> int | None:
    """The number of the appropriation that has a key in the ledger."""
    return Transfer.objects.filter(key=key, reason="appropriate").values_list("pk", flat=True).first()
