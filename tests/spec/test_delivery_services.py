"""Services: what a grant buys, what proven units are paid, and which visit is set aside."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huimin.delivery import proofs, services
from huimin.delivery.services import Price, payable

DAY = date(2026, 8, 10)
NINE = datetime(2026, 8, 10, 1, tzinfo=UTC)
VISIT = proofs.Visit(
    order=1, person=7, worker="P/12", started_at=NINE, ended_at=NINE + timedelta(hours=2), units=2
)
TERMS = proofs.Terms(
    contract_from=date(2026, 8, 1), contract_until=date(2027, 1, 1), order_from=date(2026, 8, 1), order_until=None,
    late_days=3, units_left=20,
)  # fmt: skip

prices = st.builds(Price, st.integers(1, 10**7), st.integers(1, 10**7), st.integers(0, 99))
units = st.integers(0, 5_000)
worths = st.integers(0, 10**9)


@given(prices, units, worths)
def test_what_is_payable_is_never_above_the_order_the_ceiling_or_what_was_accepted(
    price, accepted, worth
) -> None:
    owed = payable(price, accepted=accepted, worth_fen=worth)
    assert owed.public_fen <= worth
    assert 0 <= owed.units <= accepted
    assert owed.own_fen + owed.public_fen == owed.units * min(price.price_fen, price.ceiling_fen)
    assert owed.own_fen * 100 <= owed.units * price.unit_fen * price.own_percent


@given(prices, units, worths)
def test_one_more_unit_would_be_too_much(price, accepted, worth) -> None:
    owed = payable(price, accepted=accepted, worth_fen=worth)
    assert owed.units == accepted or price.public_fen(owed.units + 1) > worth


@given(prices, units, units, worths)
def test_in_two_parts_as_at_once(price, first, more, worth) -> None:
    """A settlement for what was accepted later makes the month what it would have been."""
    whole, part = (payable(price, accepted=number, worth_fen=worth) for number in (first + more, first))
    assert whole.units >= part.units
    assert whole.public_fen >= part.public_fen
    assert payable(price, accepted=first + more, worth_fen=worth) == whole


def test_a_price_above_the_ceiling_is_paid_at_the_ceiling() -> None:
    assert payable(Price(5_000, 3_500), accepted=2, worth_fen=100_000).public_fen == 7_000


@pytest.mark.parametrize(
    ("change", "terms", "name"),
    [
        ({}, {"died_on": date(2026, 8, 9)}, "dead"),
        ({}, {"lives_here": False}, "moved"),
        ({}, {"contract_until": DAY}, "outside_contract"),
        ({}, {"contract_from": date(2026, 8, 11)}, "outside_contract"),
        ({}, {"order_from": date(2026, 8, 11)}, "outside_order"),
        ({}, {"order_until": DAY}, "outside_order"),
        ({}, {"units_left": 1}, "beyond_order"),
        ({"units": 0}, {}, "too_short"),
    ],
)
def test_what_speaks_against_a_visit_has_a_name(change, terms, name) -> None:
    found = proofs.faults(replace(VISIT, **change), replace(TERMS, **terms), [], on=DAY, entered_on=DAY)
    assert found == (name,)
    assert not proofs.excusable(found)


def test_on_the_day_of_death_and_on_the_last_day_a_visit_counts() -> None:
    terms = replace(TERMS, died_on=DAY, contract_until=DAY + timedelta(days=1))
    assert proofs.faults(VISIT, terms, [], on=DAY, entered_on=DAY + timedelta(days=3)) == ()


def test_what_comes_late_can_be_excused_alone() -> None:
    late = proofs.faults(VISIT, TERMS, [], on=DAY, entered_on=DAY + timedelta(days=4))
    assert late == ("late",)
    assert proofs.excusable(late)
    assert not proofs.excusable(("late", "dead"))


@given(st.integers(-300, 300), st.integers(1, 300))
@example(120, 30)
@example(-30, 30)
def test_a_worker_is_in_one_place_at_a_time(shift, minutes) -> None:
    began = NINE + timedelta(minutes=shift)
    other = proofs.Visit(2, 8, "P/12", began, began + timedelta(minutes=minutes), 1)
    together = shift < 120 and shift + minutes > 0
    found = proofs.faults(VISIT, TERMS, [other], on=DAY, entered_on=DAY)
    assert found == (("worker_elsewhere",) if together else ())
    assert VISIT.overlaps(other) == other.overlaps(VISIT)


def test_a_person_is_served_once_at_a_time_by_whomever() -> None:
    other = replace(VISIT, order=2, worker="Q/12")
    assert proofs.faults(VISIT, TERMS, [other], on=DAY, entered_on=DAY) == ("person_served",)


def test_every_state_and_move_is_known_and_nothing_leaves_what_is_paid() -> None:
    for moves, states in ((services.MOVES, services.STATES), (proofs.MOVES, proofs.STATES)):
        assert {state for state, _ in moves} | set(moves.values()) <= set(states)
    assert not [move for move in proofs.MOVES if move[0] in ("paid", "refused")]
    # Money is reached through acceptance only.
    assert {state for (state, _), after in proofs.MOVES.items() if after == "settled"} == {"accepted"}
    assert {state for (state, _), after in proofs.MOVES.items() if after == "paid"} == {"settled"}
