"""A million postings through the stage's own write path into PostgreSQL, and how fast balances are told among them.

    python bench/ledger.py [--postings 1000000] [--quick] [--json]

Orders, grants and people are put there by SQL; from then on everything is the product's: `paying.take_up` commits, batches
are prepared, approved and sent with their files, a bank's status reports settle. Each payment makes three postings of two
entries. A tenth of the postings come about so: `*_per_s` are payments, `whole_per_s` postings a second, with sealing, audit and
files. The others are written by `posting.post` alone, in parts of 5,000: `alone_per_s`. `balance_*` are milliseconds among all those postings: one account, all funds, a
person's payments, and the checks of the books that run before money moves.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from huimin_platform.command import session

TODAY, AT = date(2026, 7, 1), datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
COUNTY, POLICY = "330127000000", "medical_aid"
PEOPLE, POSTINGS_A_PAYMENT, AMOUNT_FEN = 1_000, 3, 1_000
ASKED, PART = 200, 5_000

ORDERS = """
insert into delivery_order (key, grant_id, period, due_on, amount_fen, payee_id, division, state)
select grants.id || ':' || period, grants.id, 'p' || period, %s, grants.amount_fen, grants.payee_id, grants.division, 'due'
from delivery_grant grants cross join generate_series(1, %s) period
"""


# What is measured is money; what a bank says of cards is asked before it.
os.environ.setdefault("HUIMIN_FUNDS_CARD_CHECK", "false")


def world(payments: int) -> Any:
    """So many orders that are due, the money for them, and two finance officers."""
    from django.db import connection

    from huimin_platform.base.models import User
    from huimin_platform.command import drilling
    from huimin_platform.funds import actions

    people = min(PEOPLE, payments)
    drilling.orders(people)
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, [TODAY, -(-payments // people) - 1])
        cursor.execute("vacuum analyze")
    officers: Any = [
        User.objects.create_user(name, role="finance", division=COUNTY, department="finance")
        for name in ("bench-a", "bench-b")
    ]
    actions.appropriate(
        year=TODAY.year, purpose=POLICY, amount_fen=10**12, key="bench", at=AT, by=officers[0]
    )
    return officers


def paid(officers: Any) -> dict[str, Any]:
    """Postings a second of committing, of sending and of settling everything."""
    from django.conf import settings

    from huimin_platform.funds import actions, answers, batches, exchange, paying
    from huimin_platform.funds.models import Batch, Payment, Transfer

    commit_s = timed(lambda: paying.take_up(today=TODAY, at=AT))
    prepare_s = timed(lambda: batches.prepare(at=AT))
    for number in Batch.objects.filter(state="prepared").values_list("number", flat=True):
        for officer in officers:
            with suppress(actions.NotNow):  # One approval is enough for a small batch.
                actions.approve_batch(batch=number, at=AT, by=officer)
    send_s = timed(lambda: batches.send_released(at=AT))
    write_s = timed(lambda: exchange.write_pending(at=AT))
    answer(settings.HUIMIN_EXCHANGE)
    settle_s = timed(lambda: answers.read_all(at=AT))
    payments = Payment.objects.filter(state="settled").count()
    assert payments == Payment.objects.count(), "not all payments have settled"
    whole_s = commit_s + prepare_s + send_s + write_s + settle_s
    postings = Transfer.objects.exclude(payment=None).count()
    return {
        "payments": payments,
        "postings": postings,
        "commit_per_s": round(payments / commit_s),
        "send_per_s": round(payments / (prepare_s + send_s + write_s)),
        "settle_per_s": round(payments / settle_s),
        "whole_s": round(whole_s, 1),
        "whole_per_s": round(postings / whole_s),
    }


def answer(exchange: Path) -> None:
    """The bank has paid everything it was asked for, and says so batch by batch."""
    subprocess.run(
        [sys.executable, "-m", "huimin_county.bank", "--folder", str(exchange), "--once", "--today", TODAY.isoformat()],
        check=True,
        capture_output=True,
    )  # fmt: skip


def posted_alone(postings: int) -> float:
    """Postings a second of `posting.post` in parts, on a fund of its own, each part a transaction."""
    from django.db import transaction

    from huimin.funds import ledger
    from huimin_platform.base import audit
    from huimin_platform.funds import posting

    fund = ledger.fund_of("bench", TODAY.year)
    with transaction.atomic():
        posting.open_accounts(fund)
    made = [
        posting.Posting(ledger.appropriation(fund, AMOUNT_FEN, f"bench-{number}"), document="bench")
        for number in range(postings)
    ]
    started = time.perf_counter()
    for start in range(0, postings, PART):
        with transaction.atomic():
            line = audit.write(by=audit.SYSTEM, action="appropriates", kind="fund", object_id="bench", at=AT)
            posting.post(made[start : start + PART], audit=line, at=AT)
    return postings / (time.perf_counter() - started)


def balances() -> dict[str, float]:
    """Milliseconds of what is asked of the books, median and 95th of a hundred."""
    from huimin_platform.funds import books, queries
    from huimin_platform.funds.models import Account, Payment

    person = Payment.objects.values_list("payee_id", flat=True)[0]
    questions: dict[str, Callable[[], Any]] = {
        "one_account": lambda: Account.objects.values_list("balance_fen").get(
            code__endswith=f"{POLICY}@{COUNTY[:6]}/paid"
        ),
        "all_funds": lambda: queries.flows(None),
        "of_a_person": lambda: list(queries.payments_of(person_id=person)[:50]),
    }
    found: dict[str, float] = {}
    for name, ask in questions.items():
        spent = [timed(ask) * 1000 for _ in range(ASKED)]
        found[f"balance_{name}_ms_median"] = round(statistics.median(spent), 2)
        found[f"balance_{name}_ms_p95"] = round(statistics.quantiles(spent, n=20)[-1], 2)
    found["books_checked_s"] = round(timed(books.insist), 2)
    found["books_checked_thoroughly_s"] = round(timed(lambda: books.insist(thorough=True)), 2)
    return found


def timed(act: Callable[[], Any]) -> float:
    """The seconds an act takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postings", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="30,000 postings")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    postings = 30_000 if chosen.quick else chosen.postings
    with tempfile.TemporaryDirectory() as folder:
        session.choose_home(Path(folder))
        session.OPTIONS.as_json = chosen.json
        with session.opened():
            from django.db import connection

            result = paid(world(postings // 10 // POSTINGS_A_PAYMENT))
            left = postings - result["postings"]
            result["alone_per_s"] = round(posted_alone(left))
            result["postings"] = postings
            with connection.cursor() as cursor:
                cursor.execute("vacuum analyze")
            result |= balances()
    print(
        json.dumps(result) if chosen.json else "\n".join(f"{name}: {value}" for name, value in result.items())
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
