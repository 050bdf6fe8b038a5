"""What must always hold of public money, asked of the whole database: each invariant with the first row that breaks it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy

from huimin_platform.funds import books, guards

GUARDED = "I2 no entry is changed or removed"
INVARIANTS: dict[str, tuple[str, ...]] = {
    "I1 every transfer sums to zero": (
        """
        select transfer.key, coalesce(sum(entry.amount_fen), 0) as sum_fen, count(entry.id) as entries
        from funds_transfer transfer left join funds_entry entry on entry.transfer_id = transfer.id
        group by transfer.id
        having coalesce(sum(entry.amount_fen), 0) <> 0 or count(entry.id) <> transfer.entry_count
        """,
    ),
    # With it goes that no guard of the database is missing or asleep.
    GUARDED: (books.CHECKS["balances_follow_entries"],),
    "I3 no fund below zero, and none pays for another": (
        "select code, balance_fen from funds_account where balance_fen < 0 and leg not in ('treasury', 'claim')",
        """
        select transfer.key, account.code, payment.line, payment.year, payment.policy
        from funds_transfer transfer join funds_payment payment on payment.id = transfer.payment_id
        join funds_entry entry on entry.transfer_id = transfer.id
        join funds_account account on account.id = entry.account_id
        where (account.line, account.year, account.purpose, account.place, account.source)
              <> (payment.line, payment.year, payment.policy, payment.payer, payment.source)
        """,
        "select id, payer, division from funds_payment where not starts_with(division, payer)",
        """
        select transfer.key, account.code, paid.settlement_id
        from funds_transfer transfer join funds_entry entry on entry.transfer_id = transfer.id
        join funds_account account on account.id = entry.account_id
        left join funds_servicepayment paid on transfer.key = 'spend:service:' || paid.settlement_id
        where transfer.reason = 'spend' and account.purpose not like 'project:%'
          and (paid.line, paid.year, paid.policy, paid.payer, paid.source, paid.amount_fen)
              is distinct from (account.line, account.year, account.purpose, account.place, account.source, abs(entry.amount_fen))
        """,
    ),
    "I4 the payments of a state add up to its account": (books.CHECKS["payments_stand_on_their_accounts"],),
    "I5 the bank debits a payment once at most": (
        """
        select payment_id, count(*) as debits from funds_statementline
        where not credit and payment_id is not null group by payment_id having count(*) > 1
        """,
    ),
    "I6 one live payment for each grant and period, under the id of its order": (
        books.CHECKS["one_live_payment_an_order"],
        """
        select payment.id, orders.key, payment.component
        from funds_payment payment join delivery_order orders on orders.id = payment.order_id
        where payment.id <> upper(left(encode(sha256(convert_to(
            orders.grant_id || '|' || orders.period || '|' || payment.component, 'UTF8')), 'hex'), 32))
        """,
    ),
    "I7 as many persons approve a batch as it needs, never who prepared it": (
        """
        select batch.number, batch.approvals_needed, count(approval.id) as approvals
        from funds_batch batch
        left join funds_batchapproval approval
            on approval.batch_id = batch.id and approval.by_id is distinct from batch.prepared_by_id
        where batch.state <> 'prepared' group by batch.id
        having count(approval.id) < batch.approvals_needed
        """,
        books.CHECKS["batches_add_up"],
    ),
    "I8 settled, returned and open are what was approved": (
        """
        select payment.id, payment.state, last.state_after as last_move
        from funds_payment payment
        left join lateral (
            select state_after from funds_paymentmove move where move.payment_id = payment.id
            order by move.id desc limit 1
        ) last on true
        where last.state_after is distinct from payment.state
        """,
        """
        select payment.id, payment.amount_fen, moved.fen as committed_fen
        from funds_payment payment
        left join (
            select transfer.payment_id, sum(entry.amount_fen) as fen
            from funds_transfer transfer join funds_entry entry on entry.transfer_id = transfer.id
            where transfer.reason = 'commit' and entry.amount_fen > 0 group by transfer.payment_id
        ) moved on moved.payment_id = payment.id
        where moved.fen is distinct from payment.amount_fen
        """,
        # A provider was paid what a signed settlement of proven visits says.
        """
        select paid.settlement_id, paid.amount_fen, settlement.public_fen, coalesce(lines.fen, 0) as lines_fen
        from funds_servicepayment paid join delivery_settlement settlement on settlement.id = paid.settlement_id
        join supply_servicecontract contract on contract.number = settlement.contract_id
        left join (
            select settlement_id, sum(public_fen) as fen from delivery_settlementline group by settlement_id
        ) lines on lines.settlement_id = settlement.id
        where settlement.signed_by_id is null or paid.policy <> contract.policy
           or paid.amount_fen <> settlement.public_fen or coalesce(lines.fen, 0) <> settlement.public_fen
        """,
        """
        select line.settlement_id, line.order_id, line.units, coalesce(proven.units, 0) as proven
        from delivery_settlementline line
        left join (
            select settlement_id, order_id, sum(units) as units from delivery_visit where state in ('settled', 'paid') group by 1, 2
        ) proven on proven.settlement_id = line.settlement_id and proven.order_id = line.order_id
        where coalesce(proven.units, 0) < line.units
        """,
    ),
    "I9 money in is paid, left, committed or in transit": (books.CHECKS["sources_sum_to_zero"],),
    "I10 every entry names its case, policy version and audit line": (
        """
        select transfer.key, transfer.case_number, transfer.policy_version, transfer.audit_id
        from funds_transfer transfer left join base_auditline line on line.id = transfer.audit_id
        where line.id is null or transfer.reason not in ('appropriate', 'allocate', 'assign', 'take_back', 'spend')
            and (transfer.case_number = '' or transfer.policy_version = '')
        """,
    ),
}


# Each invariant in words, by its number.
SAID = {
    "I1": gettext_lazy("Every transfer sums to zero."),
    "I2": gettext_lazy("No entry is changed or removed, and the guards that see to it are awake."),
    "I3": gettext_lazy("No fund is below zero, and none pays for another."),
    "I4": gettext_lazy("The payments of each state add up to the account they stand on."),
    "I5": gettext_lazy("The bank debits a payment once at most."),
    "I6": gettext_lazy("Each grant and period has one live payment, under the id of its order."),
    "I7": gettext_lazy("As many persons approve a batch as it needs, never who prepared it."),
    "I8": gettext_lazy("Settled, returned and open payments are what was approved."),
    "I9": gettext_lazy("Money that came in is paid, left, committed or with the bank."),
    "I10": gettext_lazy("Every entry names its case, policy version and audit line."),
}


@dataclass(frozen=True)
class Verdict:
    """An invariant, and the first row that breaks it; none where it holds."""

    name: str
    row: dict[str, Any] | None

    @property
    def code(self) -> str:
        """The number of the invariant: I1."""
        return self.name.partition(" ")[0]


def verify() -> Iterator[Verdict]:
    """Every invariant, in order."""
    for name, statements in INVARIANTS.items():
        asked = (guards.missing(), *statements) if name == GUARDED else statements
        yield Verdict(name, next(filter(None, map(_first, asked)), None))


@dataclass(frozen=True)
class Everybodys:
    """A fund that is no place's own, with what stands on it and from where its money was brought."""

    fund: str
    fen: int
    brought_by: list[str]


# What officers of the whole country bring.
EVERYBODYS = """
select rtrim(account.line || '/' || account.year || '/' || account.purpose || '+' || account.source, '+'),
       sum(account.balance_fen) filter (where account.leg in ('budget', 'commit', 'transit', 'paid'))::bigint,
       (select coalesce(array_agg(distinct coalesce(officer.division, '')), array[]::text[])
        from funds_account same
        join funds_entry entry on entry.account_id = same.id and entry.amount_fen > 0
        join funds_transfer transfer on transfer.id = entry.transfer_id and transfer.reason = 'appropriate'
        join base_auditline line on line.id = transfer.audit_id
        left join base_user officer on officer.id = line.by_user_id
        where (same.year, same.source, same.place) = (account.year, account.source, '')
          and (same.purpose = account.purpose or same.purpose = 'pool'))
from funds_account account where account.place = ''
group by account.line, account.year, account.purpose, account.source
having bool_or(account.balance_fen <> 0) order by 1
"""


def everybodys() -> Iterator[Everybodys]:
    """The funds that are no place's own and have or had money, in the order of their codes."""
    with connection.cursor() as cursor:
        cursor.execute(EVERYBODYS)
        for row in cursor.fetchall():
            yield Everybodys(*row)


def _first(sql: str) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select to_jsonb(broken)::text from ({sql} limit 1) broken")  # noqa: S608 - ours
        row = cursor.fetchone()
    return json.loads(row[0]) if row else None
