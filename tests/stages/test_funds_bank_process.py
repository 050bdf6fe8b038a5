"""Against the make-believe bank that is a process of its own: the fake of our tests answers as it does, and
with every profile the bank's own book equals the ledger.
"""

# ruff: noqa: F401, F811 - fixtures are imported by name

import shutil
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from tests.stages.funds_world import AT, TODAY, Bank
from tests.stages.test_funds_payments import advance, finance, money, order, release_all, rules, world

from huimin.funds import iso20022
from huimin_county.bank import PROFILES, book, run
from huimin_platform.funds import actions, books
from huimin_platform.funds.models import Account, Batch, Difference, Payment

pytestmark = pytest.mark.django_db


def bank_process(folder, today) -> None:
    """One round of the real bank."""
    command = [sys.executable, "-m", "huimin_county.bank", "--folder", str(folder), "--once"]
    result = subprocess.run(
        [*command, "--today", today.isoformat()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr


def said(folder) -> list:
    """What the files of a folder say, statements last."""
    replies = [iso20022.read(path.read_bytes()) for path in sorted((folder / "in").glob("*.xml"))]
    return [sorted((a.id, a.outcome, a.reason) for a in reply.answers) for reply in replies]


def test_the_fake_says_what_the_real_bank_says(world, finance, money, settings, tmp_path) -> None:
    for number in range(3):
        order(world, number)
    advance()
    release_all(finance)
    advance()
    real, fake = tmp_path / "real", tmp_path / "fake"
    for folder in (real, fake):
        shutil.copytree(settings.HUIMIN_EXCHANGE / "out", folder / "out")
    bank_process(real, TODAY)
    bank_process(real, TODAY + timedelta(days=1))
    bank = Bank(fake)
    payments = bank.collect()
    for payment in payments:
        bank.pay(payment)
    bank.report(dict.fromkeys(payments, ("ACSC", "")))
    bank.statement([(payment, fen, False, "") for payment, fen in bank.debited.items()])
    assert said(fake) == said(real)
    assert {line.end_to_end_id: line.debited_fen for line in book(real)} == bank.debited
    assert list((real / "out").iterdir()) == list((fake / "out").iterdir()) == []


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_banks_book_equals_the_ledger(world, finance, money, settings, rules, profile) -> None:
    rules(two_persons_yuan=10**9, batch_payments=4, bank_removes_repeats=PROFILES[profile].remembers)
    for number in range(10):
        order(world, number)
    for day in range(10):
        at = AT + timedelta(days=day)
        advance(at)
        release_all(finance, at)
        advance(at)
        run(settings.HUIMIN_EXCHANGE, profile=PROFILES[profile], seed=3, once=True, today=at.date)
        if PROFILES[profile].remembers:
            for batch in Batch.objects.filter(payments__state="unknown").distinct():
                actions.resend(batch=batch.number, reason="银行未答复", at=at, by=finance)
    advance(AT + timedelta(days=11))
    lines = book(settings.HUIMIN_EXCHANGE)
    states = Counter(Payment.objects.values_list("state", flat=True))
    assert max(line.debits for line in lines) == 1
    assert books.disagreements() == {}
    if profile == "silent":
        assert set(states) <= {"sending", "unknown"}
        return
    assert set(states) <= {"settled", "returned"}
    paid = sum(Account.objects.filter(leg="paid").values_list("balance_fen", flat=True))
    assert paid == sum(line.debited_fen - line.returned_fen for line in lines)
    assert set(Difference.objects.filter(state="open").values_list("kind", flat=True)) <= {"returned"}
