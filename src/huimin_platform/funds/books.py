"""Whether the books agree: what must hold of payments and accounts, asked of the whole database."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import connection

# Invariants of TRUST that no single row can hold. Each query gives the rows that break it.
CHECKS: Mapping[str, str] = {
    "balances_follow_entries": """
        select account.code, account.balance_fen, coalesce(sum(entry.amount_fen), 0) as entries_fen
        from funds_account account left join funds_entry entry on entry.account_id = account.id
        group by account.id having account.balance_fen <> coalesce(sum(entry.amount_fen), 0)
    """,
    "sources_sum_to_zero": """
        select year, source, sum(balance_fen) as sum_fen from funds_account
        group by year, source having sum(balance_fen) <> 0
    """,
    "payments_stand_on_their_accounts": """
        with standing as (
            select line, year, policy as purpose, payer as place, source,
                   case state when 'approved' then 'commit' when 'settled' then 'paid' else 'transit' end leg,
                   sum(amount_fen) as fen
            from (
                select line, year, policy, payer, source, state, amount_fen from funds_payment where state <> 'returned'
                union all
                select line, year, policy, payer, source, 'settled', amount_fen from funds_servicepayment
                where approved_by_id is not null
            ) paid group by 1, 2, 3, 4, 5, 6
        )
        select coalesce(account.code, concat_ws('/', line, year, purpose, leg)) as code, account.balance_fen, coalesce(standing.fen, 0) as payments_fen
        from funds_account account full join standing using (line, year, purpose, place, source, leg)
        where coalesce(account.leg, '') not in ('treasury', 'budget', 'claim', 'owed')
          and coalesce(purpose, '') not like 'project:%'
          and coalesce(account.balance_fen, 0) <> coalesce(standing.fen, 0)
    """,
    "what_is_owed_was_decided": """
        select transfer.key, transfer.case_number from funds_transfer transfer
        where transfer.reason in ('recover', 'annul') and not exists (
            select from cases_path decided join funds_entry entry on entry.transfer_id = transfer.id
            where transfer.key = 'recovery:' || decided.id || ':' || transfer.reason
              and decided.name = 'recovery' and decided.end = 'owed' and entry.amount_fen = decided.amount_fen)
    """,
    "one_live_payment_an_order": """
        select order_id, count(*) as payments from funds_payment where state <> 'returned'
        group by order_id having count(*) > 1
    """,
    "batches_add_up": """
        select batch.number, batch.total_fen, coalesce(sum(payment.amount_fen), 0) as payments_fen
        from funds_batch batch left join funds_payment payment on payment.batch_id = batch.id
        where batch.state in ('sent', 'closed') group by batch.id
        having batch.total_fen <> coalesce(sum(payment.amount_fen), 0)
    """,
}
SHOWN = 20
# Grows with the number of entries; the others with the number of payments or accounts.
SLOW = ("balances_follow_entries",)


class BooksDisagree(Exception):
    """Payments and ledger do not agree; no money moves until a person has looked."""

    def __init__(self, broken: Mapping[str, list[dict[str, Any]]]) -> None:
        super().__init__(f"the books disagree: {dict(broken)}")
        self.broken = broken


def disagreements(*, thorough: bool = True) -> dict[str, list[dict[str, Any]]]:
    """check -> rows that break it; empty when the books agree. One statement, so all of one moment."""
    found: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement(thorough=thorough))
        for name, row in cursor.fetchall():
            found.setdefault(name, []).append(json.loads(row))
    return found


def insist(*, thorough: bool = False) -> None:
    """Raises `BooksDisagree` unless payments and ledger agree."""
    if broken := disagreements(thorough=thorough):
        raise BooksDisagree(broken)


@cache
def statement(*, thorough: bool) -> str:
    """The checks as one statement: name and values of each row that breaks one, twenty of each at most."""
    return " union all ".join(
        f"(select '{name}', to_jsonb(broken)::text from ({sql} limit {SHOWN}) broken)"  # noqa: S608 - the checks are ours
        for name, sql in CHECKS.items()
        if thorough or name not in SLOW
    )
