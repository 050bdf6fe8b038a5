"""Bad input about money: each kind gives a named error or an entry on the exception desk, and moves nothing it should not.

One row a kind: what came, what became of it. After every one the books agree and the ten invariants hold.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.stages.funds_world import (
    AT,
    Bank,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
    set_house_rules,
)

from huimin.funds.ledger import ImpossibleAmount
from huimin_platform.base.models import User
from huimin_platform.delivery.models import Order
from huimin_platform.funds import actions, books, exchange, invariants, steps
from huimin_platform.funds.models import BankMessage, Batch, Difference, Hold, Payment

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=2)
MALFORMED = "malformed"


@dataclass
class Desk:
    """A finance office with one payment of 100 yuan at the bank, and the bank."""

    finance: User
    bank: Bank
    payment: str

    def advance(self, at: Any = AT) -> dict[str, int]:
        """One run of the stage."""
        return steps.advance(today=at.date(), at=at, progress=lambda text: None)

    def state(self) -> str:
        """Where the payment is."""
        return Payment.objects.get(pk=self.payment).state

    def arrives(self, name: str, data: bytes) -> None:
        """A file lies in the bank's folder, and we look."""
        self.bank.into.mkdir(parents=True, exist_ok=True)
        # Also under a name in the bank's own encoding.
        with open(os.path.join(os.fsencode(self.bank.into), os.fsencode(name)), "wb") as stream:
            stream.write(data)
        self.advance()

    def says(self, cells: bytes, name: str = "a.csv") -> None:
        """A file of the CSV profile arrives, with a line about the payment."""
        head = b"payment,outcome,reason,amount_yuan,on\n"
        self.arrives(name, head + self.payment.encode() + cells)

    def report(self, **changes: str) -> bytes:
        """A status report as the bank writes it, some of its words replaced."""
        name = self.bank.report({self.payment: ("ACSC", "")})
        text = self.bank.said[name].decode()
        (self.bank.into / name).unlink()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        return text.encode()


@pytest.fixture
def desk(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    set_house_rules(monkeypatch, two_persons_yuan=10**9)
    finance = make_finance("finance-a")
    world = make_world()
    person = make_person(world, 1)
    make_order(make_grant(world, make_household(world, person)))
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=1_000_000, key="1", at=AT, by=finance)
    made = Desk(finance, Bank(settings.HUIMIN_EXCHANGE), "")
    made.advance()
    actions.approve_batch(batch=Batch.objects.get().number, at=AT, by=finance)
    made.advance()
    [made.payment] = made.bank.collect()
    return made


def statement(desk: Desk, *lines: tuple[str, int, bool]) -> None:
    desk.bank.statement([(*line, "AC04" if line[2] else "") for line in lines])
    desk.advance(LATER)


def half_a_file(desk: Desk) -> None:
    desk.arrives("half.xml", desk.report()[:-40])


def two_files_one_name(desk: Desk) -> None:
    desk.arrives("same.xml", desk.report())
    desk.arrives("same.xml", desk.report(ACSC="RJCT"))


def told_late(desk: Desk) -> None:
    desk.advance(AT + timedelta(days=9))
    assert desk.state() == "unknown"
    desk.bank.report({desk.payment: ("ACSC", "")})
    desk.advance(AT + timedelta(days=30))


def told_backwards(desk: Desk) -> None:
    """The return arrives before the payment it is about."""
    statement(desk, (desk.payment, 10_000, True))
    desk.bank.report({desk.payment: ("ACSC", "")})
    desk.advance(LATER)


def told_twice(desk: Desk) -> None:
    name = desk.bank.report({desk.payment: ("ACSC", "")})
    desk.advance()
    desk.bank.again(name)
    desk.bank.report({desk.payment: ("ACSC", "")})
    desk.advance()


def clock_set_back(desk: Desk) -> None:
    desk.advance(AT - timedelta(days=30))
    desk.bank.report({desk.payment: ("ACSC", "")})
    desk.advance(AT - timedelta(days=30))


def contradicted(desk: Desk) -> None:
    desk.bank.report({desk.payment: ("RJCT", "AC04")})
    desk.advance()
    desk.bank.report({desk.payment: ("ACSC", "")})
    desk.advance()


# What came -> (what the desk says, what became of the payment).
FROM_THE_BANK: dict[str, tuple[Callable[[Desk], object], set[str], str]] = {
    "an answer for a payment that is not ours": (
        lambda desk: (desk.bank.report({"F" * 32: ("ACSC", "")}), desk.advance()), {"unknown_payment"}, "sending",
    ),
    "the same answer twice": (told_twice, set(), "settled"),
    "answers in reverse order": (told_backwards, {"returned"}, "returned"),
    "an answer a month late": (told_late, set(), "settled"),
    "paid after it was refused": (contradicted, {"returned", "contradiction"}, "returned"),
    "a statement with a line too many": (
        lambda desk: statement(desk, (desk.payment, 10_000, False), ("E" * 32, 5_000, False)),
        {"unknown_payment"}, "settled",
    ),
    "a statement as CSV with a line too many": (
        lambda desk: desk.arrives(
            "statement-2026-07-01.1.csv",
            b"statement,2026-07-01,2026-07-01\nreference,payment,direction,amount_yuan,booked_on,reason\n"
            b"1,%s,debit,100.00,2026-07-01,\n2,,debit,7.00,2026-07-01,\n" % desk.payment.encode(),
        ),
        {"unknown_payment"}, "settled",
    ),
    "a statement that debits twice": (
        lambda desk: statement(desk, (desk.payment, 10_000, False), (desk.payment, 10_000, False)),
        {"debited_twice"}, "settled",
    ),
    "a statement with another amount": (lambda desk: statement(desk, (desk.payment, 9_999, False)), {"amount"}, "sending"),
    "a file cut short": (half_a_file, {MALFORMED}, "sending"),
    "two files under one name": (two_files_one_name, {"returned"}, "returned"),
    "an unknown status": (lambda desk: desk.arrives("a.xml", desk.report(ACSC="XXXX")), {MALFORMED}, "sending"),
    "an entity that would read our files": (
        lambda desk: desk.arrives(
            "a.xml", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'
        ),
        {MALFORMED}, "sending",
    ),
    "an amount below zero": (
        lambda desk: desk.arrives("a.csv", b"payment,outcome,reason,amount_yuan,on\n%s,settled,,-1.00,\n" % desk.payment.encode()),
        {MALFORMED}, "sending",
    ),
    "an amount of 10^18": (
        lambda desk: statement(desk, (desk.payment, 10**20, False)), {MALFORMED}, "sending",
    ),
    "a part of a fen": (
        lambda desk: desk.arrives("a.csv", b"payment,outcome,reason,amount_yuan,on\n%s,settled,,1.005,\n" % desk.payment.encode()),
        {MALFORMED}, "sending",
    ),
    "a sign that no text has": (lambda desk: desk.says(b",returned,a\0b,100.00,\n"), {MALFORMED}, "sending"),
    "an amount of 4,000 digits": (
        lambda desk: desk.says(b",settled,," + b"9" * 4_000 + b".00,\n"), {MALFORMED}, "sending",
    ),
    "a day that is none": (lambda desk: desk.says(b",settled,,100.00,2026-02-30\n"), {MALFORMED}, "sending"),
    "a cell too few": (lambda desk: desk.says(b",settled,100.00,\n"), {MALFORMED}, "sending"),
    "a reason as long as a letter": (lambda desk: desk.says(b",returned," + b"x" * 5_000 + b",100.00,\n"), {"returned"}, "returned"),
    "a file in GBK, under a name in GBK": (
        lambda desk: desk.says(",returned,户名不符,100.00,\n".encode("gbk"), os.fsdecode("回单.csv".encode("gbk"))),
        {"returned"}, "returned",
    ),
    "a name of 200 letters in capitals": (
        lambda desk: desk.says(b",settled,,100.00,\n\n", "X" * 196 + ".CSV"), set(), "settled",
    ),
    "XML in GB18030": (
        lambda desk: desk.arrives("a.xml", b'<?xml version="1.0" encoding="GB18030"?>' + desk.report()), set(), "settled",
    ),
    "a file that is no bank file": (lambda desk: desk.arrives("a.pdf", b"%PDF-1.7"), {MALFORMED}, "sending"),
    "an empty file": (lambda desk: desk.arrives("a.xml", b""), {MALFORMED}, "sending"),
    "a clock set back by a month": (clock_set_back, set(), "settled"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FROM_THE_BANK)
def test_what_the_bank_should_not_say_is_on_the_desk_and_moves_nothing(desk: Desk, kind: str) -> None:
    happen, on_the_desk, state = FROM_THE_BANK[kind]
    happen(desk)
    assert (set(Difference.objects.filter(state="open").values_list("kind", flat=True)), desk.state()) == (
        on_the_desk,
        state,
    )
    for found in BankMessage.objects.filter(state="refused"):
        assert found.problem["zh"]
        assert found.problem["en"]
    # What the bank did wrong stays wrong until it gives one back, and is said so.
    assert_the_books_hold(but="I5" if "debited_twice" in on_the_desk else "")


# What comes -> what the desk says of it, in both languages: the file, the place in it, and what should stand there.
SAID: dict[str, tuple[Callable[[Desk], object], str, str]] = {
    "half": (half_a_file, "half.xml · 文件从第 1 行第", ", the file is not complete XML. Nothing of the file was used"),
    "status": (
        lambda desk: desk.arrives("a.xml", desk.report(ACSC="XXXX")),
        "第 1 条付款结果（{id}）：付款状态为“XXXX”，应为 ACSC、", "Result 1 ({id}): The status “XXXX” should be one of ACSC, ",
    ),
    "amount": (
        lambda desk: desk.says(b",settled,,1.005,\n"),
        "第 2 行“amount_yuan”列为“1.005”，应为如 1250.00 的金额。整个文件未采用，请让银行改正后重新发送。",
        "Line 2, column amount_yuan: “1.005” should be an amount like 1250.00. Nothing of the file was used; ask the bank",
    ),
    "another amount": (
        lambda desk: statement(desk, (desk.payment, 9_999, False)),
        "100.00 元 · 银行称 99.99 元 · 文件 ", "100.00 yuan · the bank says 99.99 yuan · file ",
    ),
    "not ours": (
        lambda desk: desk.arrives("b.csv", b"payment,outcome,reason,amount_yuan,on\nEEE,settled,,7.00,\n"),
        "银行称 7.00 元 · 编号 EEE · 文件 b.csv", "the bank says 7.00 yuan · id EEE · file b.csv",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAID)
def test_the_desk_says_which_file_which_place_in_it_and_what_to_do(
    desk: Desk, client: Client, kind: str
) -> None:
    happen, zh, en = SAID[kind]
    happen(desk)
    client.force_login(desk.finance)
    for language, words in (("zh-hans", zh), ("en", en)):
        client.cookies["huimin_language"] = language
        page = client.get(reverse("funds:payments")).content.decode()
        assert words.format(id=desk.payment) in page


# What people ask for -> the error that names what is wrong.


@pytest.mark.parametrize("amount_fen", [0, -1, 10**18])
def test_an_amount_that_cannot_be_is_refused_in_words(desk: Desk, amount_fen: int) -> None:
    with pytest.raises(ImpossibleAmount) as refused:
        actions.appropriate(
            year=2026, purpose="medical_aid", amount_fen=amount_fen, key="2", at=AT, by=desk.finance
        )
    assert "元" in refused.value.words().zh
    assert_the_books_hold()


def test_an_order_of_an_impossible_amount_waits_and_says_why(desk: Desk) -> None:
    order = another_order(10**12)
    desk.advance()
    assert Hold.objects.get(order=order, lifted_at=None).reason == "amount"
    assert_the_books_hold()


def test_an_order_of_a_closed_year_waits_and_says_why(desk: Desk) -> None:
    from huimin_platform.funds.models import budget_models

    order = another_order(5_000)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    budget_models.ClosedYear.objects.create(year=2026, closed_at=AT, closed_by=desk.finance, left_fen=0)
    desk.advance()
    assert Hold.objects.get(order=order, lifted_at=None).reason == "year_closed"
    with pytest.raises(actions.NotNow):
        actions.appropriate(year=2026, purpose="medical_aid", amount_fen=1, key="3", at=AT, by=desk.finance)
    assert_the_books_hold()


def test_two_officers_who_decide_at_once_decide_once(desk: Desk) -> None:
    another_order(5_000)
    desk.advance()
    batch = Batch.objects.get(state="prepared").number
    actions.approve_batch(batch=batch, at=AT, by=desk.finance)
    with pytest.raises(actions.NotNow):
        actions.approve_batch(batch=batch, at=AT, by=make_finance("finance-b"))
    assert Batch.objects.get(number=batch).approvals.count() == 1
    assert_the_books_hold()


def test_a_batch_file_changed_by_hand_is_found_when_the_bank_answers_for_another_amount(desk: Desk) -> None:
    """What we keep is sealed and cannot be changed; a bank that paid what the changed file asked for says so."""
    report = desk.report(
        **{"</TxSts>": '</TxSts><OrgnlTxRef><Amt><InstdAmt Ccy="CNY">999.00</InstdAmt></Amt></OrgnlTxRef>'}
    )
    desk.arrives("a.xml", report)
    assert Difference.objects.get().kind == "amount"
    assert desk.state() == "sending"
    kept = BankMessage.objects.get(outgoing=True)
    assert b"100.00" in exchange.batches.content(kept)
    assert_the_books_hold()


def another_order(amount_fen: int) -> Order:
    first = Order.objects.get()
    order: Order = make_order(first.grant, "p2", amount_fen)
    return order


def assert_the_books_hold(but: str = "") -> None:
    assert books.disagreements() == {}
    assert [each.name.partition(" ")[0] for each in invariants.verify() if each.row] == ([but] if but else [])
