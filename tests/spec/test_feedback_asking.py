"""A resident is asked about a service seldom: at the start, then once a month, and never while a question waits."""

import itertools
from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from huimin.delivery.schedule import add_months
from huimin.feedback import asking

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
SERVED = {"order": pl.Int64, "contract": pl.String, "month": pl.Date}
ASKED = {**SERVED, "open": pl.Boolean}
Asked = tuple[int, str, date, bool]


def due(months: list[date], asked: list[Asked], today: date, contract: str = "A") -> list[date]:
    served = pl.DataFrame([(1, contract, month) for month in months], schema=SERVED, orient="row")
    found = asking.due(served, pl.DataFrame(asked, schema=ASKED, orient="row"), today=today)
    return found["month"].to_list()


def test_the_first_visit_is_asked_about_at_once() -> None:
    assert due([JULY], [], date(2026, 7, 3)) == [JULY]


def test_the_rest_of_the_first_month_is_not_asked_about_again() -> None:
    asked = [(1, "A", JULY, False)]
    assert due([JULY], asked, date(2026, 7, 31)) == []
    assert due([JULY, AUGUST], asked, date(2026, 8, 31)) == []


def test_a_later_month_is_asked_about_when_it_is_over() -> None:
    assert due([JULY, AUGUST], [(1, "A", JULY, False)], SEPTEMBER) == [AUGUST]


def test_a_month_without_a_visit_is_not_asked_about() -> None:
    assert due([JULY], [(1, "A", JULY, False)], SEPTEMBER) == []


def test_while_a_question_waits_no_other_is_asked() -> None:
    assert due([JULY, AUGUST], [(1, "A", JULY, True)], SEPTEMBER) == []


def test_another_provider_is_asked_about_in_its_own_right() -> None:
    assert due([JULY], [(1, "A", JULY, True)], date(2026, 7, 20), contract="B") == [JULY]


def test_of_several_months_that_nobody_asked_about_the_latest_is_enough() -> None:
    assert due([date(2026, 6, 1), JULY, AUGUST], [], SEPTEMBER) == [AUGUST]


def test_what_is_long_ago_is_not_asked_about() -> None:
    assert due([date(2026, 6, 1)], [], SEPTEMBER) == [date(2026, 6, 1)]
    assert due([date(2026, 5, 1)], [], SEPTEMBER) == []


@given(st.sets(st.integers(0, 250)), st.sets(st.integers(0, 250)))
def test_whoever_answers_and_whenever_nobody_is_asked_twice_in_a_month(
    visited: set[int], answers: set[int]
) -> None:
    """A year of days: visits on some, the waiting question answered on others, the platform asks every day."""
    started, asked, asked_on = date(2026, 1, 1), dict[date, bool](), list[date]()
    for number in range(250):
        today = started + timedelta(days=number)
        months = sorted(
            {(started + timedelta(days=each)).replace(day=1) for each in visited if each <= number}
        )
        found = due(months, [(1, "A", month, waits) for month, waits in asked.items()], today)
        assert len(found) <= 1
        for month in found:
            assert month not in asked
            assert not any(asked.values())
            asked[month] = True
            asked_on.append(today)
        if number in answers:
            asked = dict.fromkeys(asked, False)
    gaps = itertools.pairwise(asked_on)
    assert all(add_months(one, 1) <= other for one, other in gaps)
