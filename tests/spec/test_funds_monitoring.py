"""How fast money reaches people, how long it lies idle, and which projects are put up for ending."""

from datetime import date

import pytest

from huimin.funds.monitoring import BAR, to_end, use

JULY = date(2026, 7, 2)
MONEY = {"received_fen": 1_000_00, "year": 2026, "received_on": date(2026, 1, 5)}


@pytest.mark.parametrize(("paid", "slow"), [(500_00, False), (351_00, False), (345_00, True), (0, True)])
def test_a_fund_behind_seven_tenths_of_its_plan_is_named(paid: int, slow: bool) -> None:
    found = use(paid_fen=paid, left_fen=1_000_00 - paid, last_paid_on=JULY, today=JULY, **MONEY)
    assert found.planned == pytest.approx(0.5, abs=0.005)
    assert bool(found.warnings) is slow
    assert (found.speed < BAR) is slow


def test_money_that_was_all_given_is_neither_slow_nor_idle() -> None:
    found = use(paid_fen=0, left_fen=0, last_paid_on=None, today=date(2026, 12, 31), **MONEY)
    assert found.warnings == ()
    assert found.idle_days == 0


@pytest.mark.parametrize(("last", "days"), [(date(2026, 1, 20), 163), (None, 178)])
def test_idle_days_count_from_the_last_payment_or_from_when_money_came(last: date | None, days: int) -> None:
    assert use(paid_fen=900_00, left_fen=100_00, last_paid_on=last, today=JULY, **MONEY).idle_days == days


def test_money_idle_for_half_a_year_is_named_with_its_sum() -> None:
    found = use(
        paid_fen=900_00, left_fen=100_00, last_paid_on=date(2026, 1, 1), today=date(2026, 8, 1), **MONEY
    )
    (words,) = found.warnings
    assert "212" in words.en
    assert "100.00" in words.en


@pytest.mark.parametrize(
    ("shares", "ends"),
    [
        ([(2024, 0.5), (2025, 0.6)], True),
        ([(2025, 0.6), (2024, 0.5)], True),
        ([(2024, 0.5), (2025, 0.7)], False),
        ([(2023, 0.5), (2025, 0.6)], False),
        ([(2025, 0.1), (2026, 0.1)], False),
        ([(2025, 0.1)], False),
        ([], False),
    ],
)
def test_two_full_years_below_the_bar_put_a_project_up_for_ending(
    shares: list[tuple[int, float]], ends: bool
) -> None:
    assert (to_end(shares, JULY) is not None) is ends


def test_the_plan_begins_when_the_money_comes() -> None:
    late = {"received_fen": 1_000_00, "year": 2026, "received_on": date(2026, 7, 1)}
    found = use(paid_fen=0, left_fen=1_000_00, last_paid_on=None, today=JULY, **late)
    assert found.planned == pytest.approx(2 / 184)
