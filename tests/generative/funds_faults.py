"""Faults for the real code of public money, each planted alone, with a story in which it does harm and who finds it.

`found` runs a story over the machine of `funds_machine`: after every step its promises are asked and the ten invariants of
`huimin funds verify`; the database speaks for itself. The first to object is the finder.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from traceback import walk_tb
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from tests.generative import funds_machine
from tests.generative.funds_bank import HABITS, Habits
from tests.generative.funds_machine import Funds

from huimin_platform.base import audit
from huimin_platform.funds import books, invariants
from huimin_platform.funds.models import Payment
from huimin_platform.funds.moving import move

Plant = Callable[[pytest.MonkeyPatch], None]
Story = Callable[[Funds], Iterator[None]]


@dataclass(frozen=True)
class Fault:
    """What is wrong with the code, planted by `plant`; what happens then; who says so."""

    what: str
    plant: Plant
    story: Story
    finders: tuple[str, ...]
    habits: Habits = HABITS["honest"]


def found(funds: Funds, story: Story) -> tuple[str, ...]:
    """Everybody who objects at the first step that somebody objects to; empty when the story ends well."""
    try:
        for _ in story(funds):
            if objections := tuple(_promises_broken(funds)):
                return objections
    except (AssertionError, DatabaseError, books.BooksDisagree) as objection:
        return _who(objection)
    return ()


def _promises_broken(funds: Funds) -> Iterator[str]:
    for promise in funds.invariants:
        try:
            promise.function(funds)
        except AssertionError:
            yield f"machine: {promise.function.__name__}"
    for verdict in invariants.verify():
        if verdict.row is not None:
            yield f"verify: {verdict.name.partition(' ')[0]}"


def _who(objection: BaseException) -> tuple[str, ...]:
    if isinstance(objection, books.BooksDisagree):
        return tuple(f"books: {name}" for name in objection.broken)
    if isinstance(objection, DatabaseError):
        return (f"database: {_rule(objection)}",)
    code = [frame.f_code for frame, _ in walk_tb(objection.__traceback__)][-1]
    place = "machine" if code.co_filename == funds_machine.__file__ else "code"
    return (f"{place}: {code.co_name}",)


def _rule(objection: DatabaseError) -> str:
    """The constraint, or the function of the trigger, that refused."""
    said: Any = getattr(objection.__cause__, "diag", None)
    assert said is not None, objection
    if said.constraint_name:
        return said.constraint_name
    words = (said.context or "").split()
    assert "function" in words, objection
    return words[words.index("function") + 1].partition("(")[0]


# Stories


def cards_confirmed(funds: Funds) -> Iterator[None]:
    """The bank has confirmed everybody's card; nothing more has happened yet."""
    funds.advance(point=None)
    yield
    funds.bank_is_asked_about_cards()
    yield


def asked(funds: Funds) -> Iterator[None]:
    """Four people are owed money, and four payments wait for two persons."""
    funds.start()
    yield
    yield from cards_confirmed(funds)
    funds.advance(point=None)
    yield


def released(funds: Funds) -> Iterator[None]:
    """Two persons have approved."""
    yield from asked(funds)
    funds.approve(whom=[0, 1])
    yield


def sent(funds: Funds) -> Iterator[None]:
    """The files are with the bank, which has read them."""
    yield from released(funds)
    funds.advance(point=None)
    yield
    funds.bank_takes_in(lose=False)
    yield


def answered(*outcomes: str, say: bool = True, then: int = 0) -> Story:
    """The bank does as told with each payment, says so or not; so many days later we look."""

    def story(funds: Funds) -> Iterator[None]:
        yield from sent(funds)
        for request, outcome in zip(funds.bank.open(), outcomes, strict=False):
            funds.bank.decide(request, outcome)
            if say:
                funds.bank.say(
                    request.payment, *("settled", "") if outcome == "paid" else ("returned", "AC06")
                )
        if then:
            funds.time_passes(days=then)
        yield
        funds.advance(point=None)
        yield

    return story


def ended(story: Story) -> Story:
    """A story to its end: the bank says all it owes, and both books are compared."""

    def whole(funds: Funds) -> Iterator[None]:
        yield from story(funds)
        funds.teardown()
        yield

    return whole


def asked_again(*outcomes: str, then: str = "paid", states: bool = True) -> Story:
    """The bank does as told and says nothing; we ask again, and it decides what it has not decided."""

    def story(funds: Funds) -> Iterator[None]:
        yield from answered(*outcomes, say=False, then=4)(funds)
        if states:
            funds.bank.state()
            funds.advance(point=None)
            yield
        funds.send_again()
        yield
        funds.advance(point=None)
        funds.bank_takes_in(lose=False)
        yield
        for request in funds.bank.open():
            funds.bank.day = max(funds.bank.day, request.execute_on)
            funds.bank.decide(request, then)
        yield

    return story


def lost_and_asked_again(funds: Funds) -> Iterator[None]:
    """The bank loses the files; a payee dies; then its statement closes the day and we ask again."""
    yield from released(funds)
    funds.advance(point=None)
    funds.bank.take_in(lose=True)
    yield
    funds.somebody_dies(who=0)
    yield
    funds.time_passes(days=4)
    funds.bank.state()
    funds.advance(point=None)
    yield


def died_before(funds: Funds) -> Iterator[None]:
    """A payee dies between order and run."""
    funds.start()
    yield from cards_confirmed(funds)
    funds.somebody_dies(who=1)
    yield
    funds.advance(point=None)
    funds.approve(whom=[0, 1])
    funds.advance(point=None)
    yield


def died_after_the_release(funds: Funds) -> Iterator[None]:
    """A payee dies between release and sending."""
    yield from released(funds)
    funds.somebody_dies(who=1)
    funds.something_is_found(who=2, state="open")
    yield
    funds.advance(point=None)
    yield


def cut(kind: str, nth: int) -> Story:
    """The process dies at a point while it sends; the bank takes in what lies there; the next one goes on."""

    def story(funds: Funds) -> Iterator[None]:
        yield from released(funds)
        funds.advance(point=(kind, nth))
        yield
        funds.bank_takes_in(lose=False)
        for request in list(funds.bank.open()):
            funds.bank.decide(request, "paid")
        yield
        funds.advance(point=None)
        yield
        funds.bank_takes_in(lose=False)
        for request in list(funds.bank.open()):
            funds.bank.decide(request, "paid")
        yield

    return story


def more_than_there_is(funds: Funds) -> Iterator[None]:
    """Orders for more than the fund holds."""
    funds.start()
    yield from cards_confirmed(funds)
    for _ in range(12):
        funds.order(who=0, fen=20_000)
    yield
    funds.advance(point=None)
    yield


def came_back(funds: Funds) -> Iterator[None]:
    """Money arrives and bounces; the statement tells of both."""
    yield from answered("paid", "paid", "paid", "paid")(funds)
    funds.bank.bounce(funds.bank.kept()[0])
    yield
    funds.time_passes(days=2)
    funds.bank.state()
    funds.advance(point=None)
    yield


def paid_anew(funds: Funds) -> Iterator[None]:
    """Everything is refused, and paid anew."""
    yield from answered("rejected", "rejected", "rejected", "rejected")(funds)
    funds.pay_anew()
    yield
    funds.advance(point=None)
    yield


def told_again(funds: Funds) -> Iterator[None]:
    """The bank says the same twice, in files of two names and times."""
    yield from answered("paid", "paid", "paid", "paid")(funds)
    for request in funds.bank.requests:
        funds.bank.say(request.payment, "settled")
    yield
    funds.advance(point=None)
    yield


def two_workers(outcome: str) -> Story:
    """Two workers take up the bank's word at the same moment: the second still holds what it read before the first."""

    def story(funds: Funds) -> Iterator[None]:
        yield from sent(funds)
        stale = list(Payment.objects.filter(state="sending").order_by("pk"))
        for request in funds.bank.open():
            funds._decide(request, outcome, silent=False)
        funds.advance(point=None)
        yield
        with suppress(AssertionError), transaction.atomic():
            line = audit.write(by="bank", action="answers", kind="payment", object_id="x", at=funds.at)
            move(stale, "settle", at=funds.at, line=line)
        yield

    return story


def stated(funds: Funds) -> Iterator[None]:
    """The bank pays, and only its statement says so."""
    yield from answered("paid", "paid", "paid", "paid", say=False, then=1)(funds)
    funds.bank.state()
    funds.advance(point=None)
    yield


def by_hand(sql: str, after: str = "") -> Story:
    """Somebody with a database client puts a row right by hand."""

    def story(funds: Funds) -> Iterator[None]:
        yield from answered("paid", "paid")(funds)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(after or "select 1")

    return story


def alike(funds: Funds) -> Iterator[None]:
    """Two people are owed the same amount; the bank pays one and refuses the other, and states it."""
    funds.start()
    funds.order(who=0, fen=9_000)
    funds.order(who=1, fen=9_000)
    yield from cards_confirmed(funds)
    funds.advance(point=None)
    funds.approve(whom=[0, 1])
    funds.advance(point=None)
    funds.bank_takes_in(lose=False)
    yield
    same = [each for each in funds.bank.open() if each.fen == 9_000]
    funds.bank.decide(max(same, key=lambda each: each.payment), "paid")
    funds.time_passes(days=1)
    funds.bank.state()
    yield
    funds.advance(point=None)
    yield


def misstated(funds: Funds) -> Iterator[None]:
    """A statement names another amount than was asked for."""
    yield from sent(funds)
    request = funds.bank.open()[0]
    funds.bank.statement([(request.payment, request.fen + 1, False, "")])
    yield
    funds.advance(point=None)
    yield


def answered_twice_over(funds: Funds) -> Iterator[None]:
    """The bank pays, its answer is lost, we ask again, and it says that it has seen the payment before."""
    yield from asked_again("paid", "paid", "paid", "paid", states=False)(funds)
    for request in funds.bank.requests:
        funds.bank.say(request.payment, "returned", "AM05")
    funds.advance(point=None)
    yield


def silent(funds: Funds) -> Iterator[None]:
    """The bank refuses, and never says anything."""
    yield from answered("rejected", "rejected", "rejected", "rejected", say=False, then=4)(funds)


def one_person(funds: Funds) -> Iterator[None]:
    """One person approves, and once more."""
    yield from asked(funds)
    funds.approve(whom=[0, 0])
    yield
    funds.advance(point=None)
    yield


def another_card(kind: str) -> Story:
    """Somebody brings a card; the bank says what is so, and pays what it is asked to pay."""

    def story(funds: Funds) -> Iterator[None]:
        funds.start()
        funds.somebody_brings_a_card(who=1, kind=kind)
        yield from cards_confirmed(funds)
        funds.advance(point=None)
        funds.approve(whom=[0, 1])
        funds.advance(point=None)
        yield
        funds.bank_takes_in(lose=False)
        for request in list(funds.bank.open()):
            funds.bank.decide(request, "paid")
        yield

    return story


def not_asked(funds: Funds) -> Iterator[None]:
    """The bank has not said anything of the cards yet."""
    funds.start()
    funds.advance(point=None)
    yield
    funds.approve(whom=[0, 1])
    funds.advance(point=None)
    yield
    funds.bank_takes_in(lose=False)
    yield


def altered(funds: Funds) -> Iterator[None]:
    """Somebody alters an amount in a file that lies there for the bank; the bank takes it a run later."""
    yield from released(funds)
    funds.advance(point=None)
    yield
    path = next(path for path in sorted(funds.bank.out.iterdir()) if path.name.startswith("B"))
    path.write_bytes(path.read_bytes().replace(b">50.0", b">90.0", 1))
    funds.advance(point=None)
    yield
    funds.bank_takes_in(lose=False)
    for request in list(funds.bank.open()):
        funds.bank.decide(request, "paid")
    yield
