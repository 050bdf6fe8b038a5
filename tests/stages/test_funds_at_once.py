"""Two officers decide about the same money in the same moment: one of them does it, the other is told why not."""

import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import translation
from tests.stages.funds_world import (
    AT,
    make_finance,
    make_grant,
    make_household,
    make_order,
    make_person,
    make_world,
    set_house_rules,
)

from huimin_platform.base.models import User
from huimin_platform.funds import actions, books, invariants, steps
from huimin_platform.funds.models import Batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def prepared(finance: User) -> Batch:
    """A batch of one payment that waits for its release."""
    world = make_world()
    make_order(make_grant(world, make_household(world, make_person(world, 1))))
    actions.appropriate(year=2026, purpose="medical_aid", amount_fen=1_000_000, key="1", at=AT, by=finance)
    steps.advance(today=AT.date(), at=AT, progress=lambda text: None)
    return Batch.objects.get()


def at_once(*acts: Any) -> list[str]:
    """What each act ended with, all begun in the same moment: nothing, or the words that refused it."""
    gate, said = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Any) -> None:
        gate.wait()
        try:
            with translation.override("en"):
                act()
        except actions.NotNow as problem:
            said[number] = str(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


@pytest.mark.parametrize("persons", [1, 2])
def test_two_officers_approve_a_batch_at_once(monkeypatch: pytest.MonkeyPatch, persons: int) -> None:
    set_house_rules(monkeypatch, two_persons_yuan=10**9 if persons == 1 else 1)
    first, second = make_finance("finance-a"), make_finance("finance-b")
    batch = prepared(first).number
    said = at_once(
        lambda: actions.approve_batch(batch=batch, at=AT, by=first),
        lambda: actions.approve_batch(batch=batch, at=AT, by=second),
    )
    found = Batch.objects.get(number=batch)
    assert (found.state, found.approvals.count()) == ("released", persons)
    assert (said[0], bool(said[1])) == ("", persons == 1)
    assert_all_holds()


def test_one_officer_who_clicks_twice_approves_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_house_rules(monkeypatch, two_persons_yuan=1)
    officer = make_finance("finance-a")
    batch = prepared(officer).number
    at_once(*[lambda: actions.approve_batch(batch=batch, at=AT, by=officer)] * 2)
    found = Batch.objects.get(number=batch)
    assert (found.state, found.approvals.count()) == ("prepared", 1)
    assert_all_holds()


def assert_all_holds() -> None:
    assert books.disagreements() == {}
    assert [each.name for each in invariants.verify() if each.row] == []
