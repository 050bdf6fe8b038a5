"""Faults planted into the real code of public money: each is found, and by whom is known.

The table of `docs/money.md` is these faults with their finders, and this test holds it to that.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet
from tests.generative import funds_faults as faults
from tests.generative.funds_bank import Habits
from tests.generative.funds_faults import Fault, answered, asked_again, by_hand, cut, ended
from tests.generative.funds_machine import Funds
from tests.generative.test_funds_machine import ready, set_rules
from tests.stages.funds_world import make_world

from huimin.funds import bank, checks, iso20022, ledger, payment
from huimin_platform.base.prepared import prepared
from huimin_platform.funds import (
    actions,
    answers,
    asking,
    batches,
    card_answers,
    drawing,
    exchange,
    moving,
    outbox,
    paying,
    posting,
    statements,
)
from huimin_platform.funds.models import BankMessage, Batch

PAYS_REPEATS = Habits(remembers=False, loses_requests=True)
DOCUMENT = Path(__file__).parents[2] / "docs" / "money.md"


def setting(where: Any, name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """Puts another value in the place of a name of the code."""
    return lambda monkeypatch: monkeypatch.setattr(where, name, value)


def source(where: Any, name: str, before: str, after: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Puts other words into the source of a function of the code."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        text = inspect.getsource(getattr(where, name))
        assert text.count(before) == 1, (name, before)
        made = dict(vars(where))
        exec(text.replace(before, after), made)
        monkeypatch.setattr(where, name, made[name])

    return plant


def saying(where: Any, name: str, before: str, after: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Puts other words into a statement of the code."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        statement = getattr(where, name)
        assert statement.count(before) == 1, (name, before)
        monkeypatch.setattr(where, name, statement.replace(before, after))

    return plant


def table(where: Any, name: str, **changes: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """Changes rows of a table of the code; None takes one out. A row is written `state_move`."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        rows = dict(getattr(where, name))
        for words, value in changes.items():
            key = tuple(words.split("__")) if "__" in words else words
            rows[key] = value
        monkeypatch.setattr(where, name, {key: value for key, value in rows.items() if value is not None})

    return plant


def both(*plants: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    """A fault that shows in two places."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        for each in plants:
            each(monkeypatch)

    return plant


def around(where: Any, name: str, change: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Wraps a function: `change(original, *arguments)`."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(where, name)
        monkeypatch.setattr(where, name, lambda *given, **named: change(original, *given, **named))

    return plant


def BY_HAND(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault is what the story does."""


def _fresh_ids(write: Any, order: bank.Order) -> bytes:
    if "-2" not in order.id.removeprefix("B")[8:].partition("-")[2]:
        return write(order)
    return write(
        replace(order, instructions=tuple(replace(each, id=f"N{each.id[1:]}") for each in order.instructions))
    )


def _in_fen(write: Any, order: bank.Order) -> bytes:
    many = tuple(replace(each, amount_fen=each.amount_fen * 100) for each in order.instructions)
    return write(replace(order, instructions=many))


def _by_amount(read: Any, data: bytes) -> bank.Reply:
    from huimin_platform.funds.models import Payment

    reply = read(data)
    if not isinstance(reply, bank.Reply) or reply.batch:
        return reply
    open_ones = Payment.objects.filter(state__in=["sending", "unknown"]).order_by("pk")
    mine = {each.amount_fen: each.pk for each in reversed(open_ones)}
    return replace(
        reply,
        answers=tuple(replace(each, id=mine.get(each.amount_fen or 0, each.id)) for each in reply.answers),
        lines=(),
    )


def _released_by_one(approve: Any, **given: Any) -> Batch:
    found = approve(**given)
    if found.state == "prepared":
        batches.release(found, at=given["at"])
    return found


def _file_before_commit(message: Any, batch: Batch, *rest: Any) -> Any:
    made = message(batch, *rest)
    exchange._write_whole(exchange.folder() / "out" / made.name, batches.content(made))
    return made


def _of_another_fund(build: Any, move: str, fund: ledger.Fund, *rest: Any) -> ledger.Transfer:
    if move == "return":
        other = {"medical_aid": "subsistence_allowance"}.get(fund.purpose, "medical_aid")
        right, wrong = (
            build(move, fund, *rest),
            build(move, ledger.fund_of(other, fund.year, fund.place), *rest),
        )
        return replace(right, credit=wrong.credit)
    return build(move, fund, *rest)


def _questions_alone() -> QuerySet[BankMessage]:
    return BankMessage.objects.filter(outgoing=True, state="pending", kind="card_check").order_by("pk")


def _twice(post: Any, postings: Any, **named: Any) -> int:
    return post([each for each in postings for _ in range(2)], **named)


def _without_case(post: Any, postings: Any, **named: Any) -> int:
    return post([replace(each, case_number="") for each in postings], **named)


def _without_version(post: Any, postings: Any, **named: Any) -> int:
    return post([replace(each, policy_version="") for each in postings], **named)


FAULTS = (
    Fault("A retry gets a fresh id", around(iso20022, "write_pain001", _fresh_ids), asked_again(),
        ("machine: the_bank_is_asked_for_our_payments_alone",)),
    Fault("A time-out counts as a failure", both(
        table(moving, "MOVES", sending__lose="returned"), table(moving, "POSTING_OF", sending__lose="return"),
    ), answered("paid", "paid", say=False, then=4),
        ("machine: we_say_nothing_the_bank_did_not_do",)),
    Fault("An answer is applied as often as it comes", both(
        table(moving, "MOVES", settled__settle="settled"), table(moving, "POSTING_OF", settled__settle="settle"),
        around(answers, "moved", lambda moved, state, move: moved(state, move) or state),
    ), faults.told_again,
        ("database: funds_transfer_key_key",)),
    Fault("A payment is moved without looking what state it is in", saying(
        moving, "MOVE", " and payment.state = %(before)s", ""
    ), faults.two_workers("rejected"),
        ("database: funds_payment_guard",)),
    Fault("What one worker has posted another posts again", saying(
        moving, "MOVE", " and payment.state = %(before)s", ""
    ), faults.two_workers("paid"),
        ("database: funds_transfer_key_key",)),
    Fault("A transfer loses its second leg", both(
        saying(posting, "POST", ", (given.credit, given.fen))", ")"),
        source(posting, "post", "2 * len(postings)", "len(postings)"),
    ), faults.asked,
        ("database: funds_transfer_whole",)),
    Fault("A transfer is posted twice", around(posting, "post", _twice), faults.asked,
        ("database: entry_once_an_account",)),
    Fault("A payment settles without a posting", table(moving, "POSTING_OF", sending__settle=None), answered("paid"),
        ("database: funds_payment_posted",)),
    Fault("A payment comes back without a posting", table(moving, "POSTING_OF", sending__return=None), answered("rejected"),
        ("database: funds_payment_posted",)),
    Fault("A return is posted to another fund", around(ledger, "posting", _of_another_fund), answered("rejected"),
        ("database: funds_transfer_within",)),
    Fault("A late return is posted as an early one", table(moving, "POSTING_OF", settled__return="return"), faults.came_back,
        ("database: account_not_below_zero",)),
    Fault("Sending posts nothing", table(moving, "POSTING_OF", approved__send=None), faults.sent,
        ("database: funds_payment_posted",)),
    Fault("A move leaves no history", saying(
        moving, "MOVE", "reason from changed\n", "reason from changed limit 0"
    ), faults.sent,
        ("code: move",)),
    Fault("A posting names no case", around(posting, "post", _without_case), faults.asked,
        ("database: transfer_names_its_case",)),
    Fault("A posting names no version of its policy", around(posting, "post", _without_version), faults.asked,
        ("database: transfer_names_its_version",)),
    Fault("What a fund has left is not looked at", source(
        drawing, "draw", "left[each] >= order.amount_fen", "True"
    ), faults.more_than_there_is,
        ("database: account_not_below_zero",)),
    Fault("The rule asks for nobody's approval", source(
        batches, "_batch", "limits().approvals(total_fen)", "(0, limits().approvals(total_fen)[1])"
    ), faults.asked,
        ("machine: as_many_persons_approved_as_the_rule_asks",)),
    Fault("One of two approvals releases a batch", source(
        actions, "approve_batch", "len(given) + 1 >= found.approvals_needed", "given is not None"
    ), faults.one_person,
        ("database: funds_batch_guard",)),
    Fault("The dead are paid", setting(checks, "hold", lambda facts, largest: None), faults.died_before,
        ("machine: nothing_is_sent_to_the_dead_or_to_whom_a_finding_stops",)),
    Fault("What becomes known after the release stops nothing", setting(
        paying, "held_in_batch", lambda batch, at: []
    ), faults.died_after_the_release,
        ("machine: nothing_is_sent_to_the_dead_or_to_whom_a_finding_stops",)),
    Fault("The dead are asked for again", setting(asking, "that_may_go", list), faults.lost_and_asked_again,
        ("machine: nothing_is_sent_to_the_dead_or_to_whom_a_finding_stops",)),
    Fault("A card that belongs to another is paid", source(
        card_answers, "_sorted", '"confirm" if answer.confirmed else "refuse"', '"confirm"'
    ), faults.another_card("of another"),
        ("machine: no_card_of_another_is_paid",)),
    Fault("The first payment does not wait for the card", setting(paying.Due, "_card", "verified"), faults.not_asked,
        ("machine: the_first_payment_waits_for_the_banks_word",)),
    Fault("An altered file goes out", setting(outbox, "look", lambda at: 0), faults.altered,
        ("machine: the_bank_pays_what_we_owe",)),
    Fault("Amounts go out in fen where the bank reads yuan", around(iso20022, "write_pain001", _in_fen), answered("paid"),
        ("machine: the_bank_pays_what_we_owe",)),
    Fault("Amounts come in as yuan where the bank says fen", setting(
        iso20022, "_fen", lambda element: int(float(element.text or 0))
    ), ended(faults.stated),
        ("machine: the_banks_book_equals_the_ledger",)),
    Fault("The amount of an answer is not looked at", setting(
        answers, "_difference", lambda answer, found, state: None
    ), faults.misstated,
        ("machine: we_say_nothing_the_bank_did_not_do",)),
    Fault("The period is left out of a payment's id", setting(
        paying, "payment_id", lambda grant, period, component: payment.payment_id(grant, "once", component)
    ), faults.asked,
        ("database: funds_payment_named",)),
    Fault("A line of a statement is matched by its amount", around(iso20022, "read", _by_amount), faults.alike,
        ("machine: we_say_nothing_the_bank_did_not_do",)),
    Fault("“Seen before” counts as a refusal", setting(answers, "REPEATED", ()), faults.answered_twice_over,
        ("machine: we_say_nothing_the_bank_did_not_do",)),
    Fault("A bank that pays repeats is asked before its statement closes the day", setting(
        statements, "closed_without", list
    ), asked_again("paid", states=False),
        ("machine: the_bank_pays_a_payment_once_at_most",), PAYS_REPEATS),
    Fault("The attempt is not counted before the file is written", source(
        exchange, "write_pending", "message.attempts + 1", "message.attempts"
    ), cut("after file", 0),
        ("machine: the_bank_pays_a_payment_once_at_most",), PAYS_REPEATS),
    Fault("The file is written before its transaction is", around(batches, "_message", _file_before_commit), cut("before commit", 0),
        ("machine: we_say_nothing_the_bank_did_not_do",)),
    Fault("The outbox is not written", setting(exchange, "pending", prepared(_questions_alone)), ended(faults.released),
        ("machine: every_outcome_is_known_that_the_bank_tells",)),
    Fault("Nobody notices that the bank is silent", setting(answers, "give_up", lambda at: 0), ended(faults.silent),
        ("machine: what_is_unknown_is_on_the_desk",), Habits(reports=False)),
    Fault("What is unknown is on nobody's desk", setting(
        answers.differences, "open_many", lambda *given, **named: None
    ), ended(faults.silent),
        ("machine: what_is_unknown_is_on_the_desk",), Habits(reports=False)),
    Fault("A return is paid anew under the same id", around(
        paying, "payment_id", lambda build, grant, period, component: build(grant, period, "1")
    ), faults.paid_anew,
        ("database: funds_payment_named",)),
    Fault("A balance is put right by hand", BY_HAND, by_hand(
        "update funds_account set balance_fen = balance_fen + 1 where leg = 'budget'"
    ),
        ("database: funds_account_guard",)),
    Fault("An entry is put right by hand", BY_HAND, by_hand(
        "update funds_entry set amount_fen = amount_fen + 1"
    ),
        ("database: huimin_append_only",)),
    Fault("A payment's amount is put right by hand", BY_HAND, by_hand(
        "update funds_payment set amount_fen = amount_fen + 1"
    ),
        ("database: funds_payment_guard",)),
    Fault("A guard is switched off and an amount put right by hand", BY_HAND, by_hand(
        "alter table funds_payment disable trigger payment_guard; update funds_payment set amount_fen = amount_fen + 1",
        after="alter table funds_payment enable trigger payment_guard",
    ),
        ("machine: the_books_agree", "verify: I2", "verify: I4", "verify: I7", "verify: I8")),
)  # fmt: skip


@pytest.fixture
def machine(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Funds]]:
    with ready(Funds, make_world(), settings.HUIMIN_EXCHANGE, monkeypatch) as made:
        yield made


def seen(
    machine: type[Funds], fault: Fault, monkeypatch: pytest.MonkeyPatch, *, planted: bool
) -> tuple[str, ...]:
    """Who objects to a fault's story, with the fault or without it."""
    machine.habits = fault.habits
    with monkeypatch.context() as within:
        set_rules(machine, within)
        if planted:
            fault.plant(within)
        return faults.found(machine(), fault.story)


@pytest.mark.django_db(transaction=True)
def test_each_fault_is_found_and_the_right_code_is_not_blamed(
    machine: type[Funds], monkeypatch: pytest.MonkeyPatch
) -> None:
    finders = {fault.what: seen(machine, fault, monkeypatch, planted=True) for fault in FAULTS}
    stories = {(fault.story, fault.habits): fault for fault in FAULTS if fault.plant is not BY_HAND}
    blamed = {fault.what: seen(machine, fault, monkeypatch, planted=False) for fault in stories.values()}
    assert len(finders) == len(FAULTS) >= 20
    assert finders == {fault.what: fault.finders for fault in FAULTS}
    assert blamed == dict.fromkeys(blamed, ())


def test_the_document_lists_each_fault_with_its_finders() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    for fault in FAULTS:
        assert f"| {fault.what} | {', '.join(f'`{each}`' for each in fault.finders)} |" in rows, fault.what
    finders = ("`database:", "`machine:", "`verify:", "`code:", "`books:")
    assert sum(any(each in row for each in finders) for row in rows) == len(FAULTS)
