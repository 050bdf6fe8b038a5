"""Writes transfers to the ledger: two entries each, many at once, under keys that can stand once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from huimin.funds import ledger
from huimin_platform.base.models import AuditLine
from huimin_platform.base.prepared import prepared
from huimin_platform.funds.models import Account

# Transfers and both entries of each in one statement, so that a handful costs one round trip and thousands too.
POST = """
with given as (
    select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
        as given (key, reason, payment_id, case_number, policy_version, document, debit, credit, fen)
), written as (
    insert into funds_transfer (key, reason, payment_id, case_number, policy_version, document, audit_id, entry_count, at)
    select key, reason, payment_id, case_number, policy_version, document, %s, 2, %s from given
    returning id, key
)
insert into funds_entry (transfer_id, account_id, amount_fen)
select written.id, account.id, leg.fen
from written join given on given.key = written.key
cross join lateral (values (given.debit, -given.fen), (given.credit, given.fen)) leg (code, fen)
join funds_account account on account.code = leg.code
"""


@dataclass(frozen=True)
class Posting:
    """A transfer of the library with what it is for."""

    transfer: ledger.Transfer
    payment: str | None = None
    case_number: str = ""
    policy_version: str = ""
    document: str = ""


def post(postings: Sequence[Posting], *, audit: AuditLine, at: datetime) -> int:
    """The number of transfers written. A key that stands already is an IntegrityError, and nothing is
    written.

    A fund that would go below zero is one too: the caller has locked the account and looked before.
    """
    if not postings:
        return 0
    given = [
        (item.transfer.key, item.transfer.reason, item.payment, item.case_number, item.policy_version, item.document,
         item.transfer.debit, item.transfer.credit, item.transfer.amount_fen)
        for item in postings
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(POST, [*map(list, zip(*given, strict=True)), audit.pk, at])
        entries = cursor.rowcount
    assert entries == 2 * len(postings), "an account of a transfer is not open"
    return len(postings)


def open_accounts(fund: ledger.Fund) -> None:
    """Makes the accounts of a fund where they are missing, and keeps others from committing from it until the
    transaction ends.
    """
    if _of_code.first(fund.account("budget")) is not None:
        return
    Account.objects.bulk_create(
        [
            Account(
                code=fund.account(leg),
                line=fund.line,
                year=fund.year,
                purpose=fund.purpose,
                place=fund.place,
                source=fund.source,
                leg=leg,
            )
            for leg in ledger.LEGS
        ],
        ignore_conflicts=True,
    )
    budget_left(fund)


def budget_left(fund: ledger.Fund) -> int:
    """What a fund has left to commit, in fen; nobody else commits from it until the transaction ends."""
    account = _of_code.first(fund.account("budget"))
    return account.balance_fen if account else 0


@prepared
def _of_code(code: Any) -> QuerySet[Account]:
    return Account.objects.select_for_update().filter(code=code)
