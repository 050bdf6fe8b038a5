"""What must always hold of public money, asked of the whole database: each invariant with the first row that breaks it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy

from huimin_platform.funds.invariant_checks import GUARDED, INVARIANTS, Told, told

__all__ = ["GUARDED", "INVARIANTS", "SAID", "Everybodys", "Verdict", "everybodys", "verify"]

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
    """An invariant, and the first row that breaks it, with what it says to people; none where it holds."""

    name: str
    row: dict[str, Any] | None
    told: Told | None = None

    @property
    def code(self) -> str:
        """The number of the invariant: I1."""
        return self.name.partition(" ")[0]


def verify() -> Iterator[Verdict]:
    """Every invariant, in order."""
    for name, checks in INVARIANTS.items():
        found = ((check, _first(check.statement())) for check in checks)
        yield next((Verdict(name, row, told(check, row)) for check, row in found if row), Verdict(name, None))


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
