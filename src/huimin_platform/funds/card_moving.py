"""Moves questions about cards from state to state: compare and set, with history, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from huimin.funds.cards import MOVES
from huimin_platform.base.models import AuditLine
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.models import BankMessage

MOVE = """
with given as (
    select * from unnest(%(ids)s::text[], %(reasons)s::text[]) as given (id, reason)
), changed as (
    update funds_cardcheck checked
    set state = %(after)s,
        reason = case when %(after)s in ('verified', 'refused') then given.reason else checked.reason end,
        answered_at = case when %(after)s in ('verified', 'refused') then %(at)s else answered_at end,
        asked_at = case when %(after)s = 'asked' then %(at)s else asked_at end,
        times = checked.times + case when %(after)s = 'asked' then 1 else 0 end
    from given where checked.id = given.id and checked.state = %(before)s
    returning checked.id, given.reason
)
insert into funds_cardmove (card_check_id, move, state_before, state_after, at, audit_id, message_id, reason)
select id, %(move)s, %(before)s, %(after)s, %(at)s, %(audit)s, %(message)s::bigint, reason from changed
"""


def move(
    rows: Sequence[tuple[CardCheck, str]],
    before: str,
    name: str,
    *,
    at: datetime,
    line: AuditLine,
    message: BankMessage | None = None,
) -> None:
    """Compare and set, with history. The rows are locked by the caller; one that changed meanwhile is an assertion."""
    given = {
        "ids": [check.pk for check, _ in rows], "reasons": [code[:35] for _, code in rows], "before": before,
        "after": MOVES[before, name], "move": name, "at": at, "audit": line.pk,
        "message": message.pk if message else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MOVE, given)
        assert cursor.rowcount == len(rows), f"{len(rows) - cursor.rowcount} checks were no longer {before}"
