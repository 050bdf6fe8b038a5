"""Writes transfers to the ledger: two entries each, many at once, under keys that can stand once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from django.db import connection

from huimin.funds import ledger
from huimin_platform.base.bulk import copy_in
from huimin_platform.base.models import AuditLine
from huimin_platform.funds.models import Account, Entry, Transfer


@dataclass(frozen=True)
class Posting:
    """A transfer of the library with what it is for."""

    transfer: ledger.Transfer
    payment: str | None = None
    case_number: str = ""
    policy_version: str = ""


def post(postings: Sequence[Posting], *, audit: AuditLine, at: datetime) -> int:
    """The number of transfers written. A key that stands already is an IntegrityError, and nothing is
    written.

    A fund that would go below zero is one too: the caller has locked the account and looked before.
    """
    if not postings:
        return 0
    accounts = _account_ids({code for item in postings for code, _ in item.transfer.entries()})
    ids = _next_ids(len(postings))
    transfers = pl.DataFrame(
        {
            "id": ids,
            "key": [item.transfer.key for item in postings],
            "reason": [item.transfer.reason for item in postings],
            "payment_id": [item.payment for item in postings],
            "case_number": [item.case_number for item in postings],
            "policy_version": [item.policy_version for item in postings],
            "audit_id": [audit.pk] * len(postings),
            "entry_count": [2] * len(postings),
            "at": [at] * len(postings),
        },
        schema_overrides={"payment_id": pl.String},
    )
    entries = pl.DataFrame(
        [
            (transfer, accounts[code], amount_fen)
            for transfer, item in zip(ids, postings, strict=True)
            for code, amount_fen in item.transfer.entries()
        ],
        schema={"transfer_id": pl.Int64, "account_id": pl.Int64, "amount_fen": pl.Int64},
        orient="row",
    )
    with connection.wrap_database_errors:
        copy_in(Transfer, transfers)
        copy_in(Entry, entries)
    return len(postings)


def open_accounts(fund: ledger.Fund) -> None:
    """Makes the accounts of a fund where they are missing; empty accounts change nothing."""
    Account.objects.bulk_create(
        [
            Account(code=fund.account(leg), line=fund.line, year=fund.year, purpose=fund.purpose, leg=leg)
            for leg in ledger.LEGS
        ],
        ignore_conflicts=True,
    )


def budget_left(fund: ledger.Fund) -> int:
    """What a fund has left to commit, in fen; nobody else commits from it until the transaction ends."""
    account = Account.objects.select_for_update().filter(code=fund.account("budget")).first()
    return account.balance_fen if account else 0


def _account_ids(codes: set[str]) -> dict[str, int]:
    found = dict(Account.objects.filter(code__in=codes).values_list("code", "id"))
    assert len(found) == len(codes), f"accounts {sorted(codes - found.keys())} are not open"
    return found


def _next_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('funds_transfer', 'id')) from generate_series(1, %s)",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]
