"""Where the fen of a payment came from 资金溯源: back from township to county to the letters that brought it.

On one account, money that came first leaves first. What left before a posting, and the posting itself, are a stretch on
the line of all that ever came onto the account; the postings that came in over that stretch are where it is from. Money
that came back goes on from where its first payment stood. One query, whatever the way.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from huimin.funds.levels import STEPS
from huimin.units.divisions import padded
from huimin.units.words import Words
from huimin_platform.base.places import division_names

WALK = """
with recursive walk as (
    select 0 as depth, spent.transfer_id, spent.account_id, -spent.amount_fen as fen, (
        select coalesce(sum(-before.amount_fen), 0)::bigint from funds_entry before
        where before.account_id = spent.account_id and before.amount_fen < 0 and before.id < spent.id
    ) as first_fen
    from funds_entry spent join funds_transfer transfer on transfer.id = spent.transfer_id
    where transfer.key = %s and spent.amount_fen < 0
    union all
    select walk.depth + 1, giver.transfer_id, giver.account_id,
        (least(walk.first_fen + walk.fen, came.first_fen + came.fen) - greatest(walk.first_fen, came.first_fen))::bigint, (
        select coalesce(sum(-before.amount_fen), 0)::bigint from funds_entry before
        where before.account_id = giver.account_id and before.amount_fen < 0 and before.id < giver.id
    ) + (greatest(walk.first_fen, came.first_fen) - came.first_fen)::bigint
    from walk
    join lateral (
        select entry.transfer_id, entry.amount_fen as fen,
               sum(entry.amount_fen) over (order by entry.id) - entry.amount_fen as first_fen
        from funds_entry entry where entry.account_id = walk.account_id and entry.amount_fen > 0
    ) came on came.first_fen < walk.first_fen + walk.fen and came.first_fen + came.fen > walk.first_fen
    join funds_transfer coming on coming.id = came.transfer_id
    join funds_transfer given on given.key = case
        when coming.reason in ('return', 'return_late') then coming.payment_id || ':commit' else coming.key end
    join funds_entry giver on giver.transfer_id = given.id and giver.amount_fen < 0
)
select walk.depth, transfer.reason, transfer.key, transfer.document, transfer.at, walk.fen,
       taker.place, taker.purpose, taker.source, coalesce(source.title, ''), coalesce(source.kind, 'budget'), transfer.id
from walk
join funds_transfer transfer on transfer.id = walk.transfer_id
join funds_entry entry on entry.transfer_id = transfer.id and entry.amount_fen > 0
join funds_account taker on taker.id = entry.account_id
left join funds_source source on source.code = taker.source
where walk.depth > 0 order by walk.depth desc, transfer.id
"""


@dataclass(frozen=True)
class Hop:
    """Some fen of a payment on one step of their way: what step, by which document, when, and where they came to."""

    depth: int
    reason: str
    key: str
    document: str
    at: datetime
    fen: int
    place: str
    purpose: str
    source: str
    source_title: str
    source_kind: str
    transfer_id: int

    @property
    def words(self) -> Words:
        """The step in words; money that came back from another payment says so."""
        return STEPS.get(self.reason, CAME_BACK)


CAME_BACK = Words("曾付给他人，被退回", "Was paid before and came back")


def of(payment: str) -> list[Hop]:
    """The way of a payment's fen, from the letters that brought them down to its fund; each step adds up to the payment."""
    with connection.cursor() as cursor:
        cursor.execute(WALK, [f"{payment}:commit"])
        return [Hop(*row) for row in cursor.fetchall()]


def told(payment: str) -> list[tuple[Hop, str]]:
    """The way of a payment's fen, each step with the name of the place it came to; empty where it is everybody's."""
    hops = of(payment)
    names = division_names(padded(hop.place) for hop in hops if hop.place)
    return [(hop, names.get(padded(hop.place), hop.place) if hop.place else "") for hop in hops]
