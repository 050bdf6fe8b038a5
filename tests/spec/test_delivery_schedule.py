"""What a grant owes, from when, under which key, and to whom."""

from datetime import date

import pytest

from huimin.delivery.payee import Member, payee
from huimin.delivery.schedule import Terms, due, order_key, span

MONTHLY = Terms("cash", "month", months=12)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (Terms("cash", "month"), (date(2027, 1, 1), None)),
        (Terms("cash", "month", months=12), (date(2027, 1, 1), date(2028, 1, 1))),
        (Terms("cash", "month", starts="this_month"), (date(2026, 12, 1), None)),
        (Terms("cash", "once", starts="at_once"), (date(2026, 12, 31), None)),
        (Terms("status", "none", months=12), (date(2027, 1, 1), date(2028, 1, 1))),
    ],
)
def test_a_grant_starts_as_its_policy_says(terms: Terms, expected: tuple) -> None:
    assert span(terms, date(2026, 12, 31)) == expected


def test_nothing_is_due_before_the_grant_starts() -> None:
    assert due(MONTHLY, 100, date(2026, 8, 1), date(2027, 8, 1), date(2026, 7, 31)) == []


def test_every_month_up_to_today_is_due_and_none_after_the_end() -> None:
    periods = [
        item.period for item in due(MONTHLY, 100, date(2026, 8, 1), date(2026, 11, 1), date(2027, 5, 5))
    ]
    assert periods == ["2026-08", "2026-09", "2026-10"]


def test_what_is_given_once_is_due_once() -> None:
    once = Terms("cash", "once", starts="at_once")
    assert [
        (item.period, item.amount_fen) for item in due(once, 500, date(2026, 7, 1), None, date(2028, 1, 1))
    ] == [("once", 500)]


def test_a_standing_and_a_grant_of_nothing_owe_no_money() -> None:
    assert due(Terms("status", "none"), 0, date(2026, 7, 1), None, date(2026, 9, 1)) == []
    assert due(MONTHLY, 0, date(2026, 7, 1), None, date(2026, 9, 1)) == []


def test_grant_and_period_make_the_key() -> None:
    assert order_key(7, "2026-08") != order_key(7, "2026-09")
    assert order_key(7, "2026-08") == order_key(7, "2026-08")


def member(
    person: int, relation: str = "other", born: str = "1980-01-01", *, alive: bool = True, card: bool = True
) -> Member:
    return Member(person, relation, date.fromisoformat(born), alive, card)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([member(1), member(2, "head")], 2),
        ([member(1, "spouse"), member(2, "head", card=False)], 1),
        ([member(1, "spouse"), member(2, "head", alive=False)], 1),
        ([member(1, "child", "2015-01-01"), member(2, "parent", "1950-01-01")], 2),
        ([member(1, "child", "2015-01-01"), member(2, "head", card=False)], 1),
        ([member(1, card=False), member(2, "head", card=False)], 2),
        ([member(1, "head", alive=False)], None),
        ([], None),
    ],
)
def test_the_money_goes_to_a_living_member_with_a_card(members: list, expected: int | None) -> None:
    assert payee(members, date(2026, 7, 1)) == expected
