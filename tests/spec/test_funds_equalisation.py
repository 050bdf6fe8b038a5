"""Equalisation: as even as wanted, with the least money moved; held against a hand-solved case, all whole answers, and a linear programme."""

from fractions import Fraction
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from huimin.funds.equalisation import coefficient_of_variation, equalise, frontier, proportional
from huimin.funds.problems import AllocationError


def areas(people: list[int], base: list[int], last: list[int] | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "area": [f"area {n}" for n in range(len(people))],
            "people": people,
            "base_fen": base,
            "last_fen": last if last is not None else [0] * len(people),
        }
    )


def test_a_case_solved_by_hand() -> None:
    # 10,000 people each; 12,000, 7,000 and 5,000 yuan a head. The mean is 8,000, the squared distances are 16, 1 and 9
    # million: CV = sqrt(26/3)/8 = 0.368. For 0.25 they may sum up to 3 x (0.25 x 8,000)^2 = 12 million. The richest
    # comes down by d and the poorest goes up by d: (4,000-d)^2 + 1,000^2 + (3,000-d)^2 = 12 million has the root
    # d = (14,000 - sqrt(14,000^2 - 8 x 14 million)) / 4 = 1,208.7 yuan.
    found = equalise(areas([10_000] * 3, [12_000 * 10**6, 7_000 * 10**6, 5_000 * 10**6]), 0.25)
    moved = (14_000 - (14_000**2 - 8 * 14_000_000) ** 0.5) / 4 * 10**6
    assert found.before == pytest.approx((26 / 3) ** 0.5 / 8)
    assert found.areas["amount_fen"].to_list() == pytest.approx([12e9 - moved, 7e9, 5e9 + moved], abs=20)
    assert found.areas["reason"].to_list() == ["lowered", "kept", "lifted"]
    assert found.shift_fen == pytest.approx(moved, abs=20)
    assert found.after <= 0.25


def test_what_is_even_enough_stays_as_it_is() -> None:
    found = equalise(areas([3, 5], [300, 600]), 0.2)
    assert found.areas["amount_fen"].to_list() == [300, 600]
    assert found.shift_fen == 0


def test_who_cannot_come_down_is_not_brought_down() -> None:
    given = areas([1000] * 3, [900_000, 500_000, 400_000], [800_000, 500_000, 400_000])
    found = equalise(given, 0.3)
    assert found.areas["amount_fen"][0] >= Fraction(95, 100) * 800_000
    assert found.areas["amount_fen"].sum() == 1_800_000


@pytest.mark.parametrize(
    ("given", "target", "code"),
    [
        (areas([], []), 0.3, "no_area"),
        (areas([0], [5]), 0.3, "no_people"),
        (areas([5], [-1]), 0.3, "below_zero"),
        (pl.concat([areas([5], [1])] * 2), 0.3, "twice"),
        (areas([5, 5], [10, 20]), 0, "target_wrong"),
        (areas([5, 5], [10, 20], [100, 20]), 0.3, "floors_above_pot"),
        (areas([10, 10], [1900, 100], [2000, 0]), 0.3, "not_reachable"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_a_cure(given: pl.DataFrame, target: float, code: str) -> None:
    with pytest.raises(AllocationError) as told:
        equalise(given, target)
    assert told.value.code == code
    assert "{" not in told.value.say("zh") + told.value.say("en")


def test_the_pot_that_would_do_is_the_smallest() -> None:
    given = areas([10, 10], [1900, 100], [2000, 0])
    with pytest.raises(AllocationError) as told:
        equalise(given, 0.3)
    enough = told.value.params["smallest_pot"]
    assert equalise(given, 0.3, pot_fen=enough).after <= 0.3
    with pytest.raises(AllocationError):
        equalise(given, 0.3, pot_fen=enough - 10)


@pytest.mark.parametrize(
    ("people", "base", "target"), [([7, 7], [3, 9], 0.5), ([7, 7], [6, 9], 0.2), ([9, 9], [1, 3], 0.5)]
)
def test_a_target_that_is_met_but_for_the_last_digit_of_a_float_is_reached(
    people: list[int], base: list[int], target: float
) -> None:
    fen = [each * 100 for each in base]
    found = equalise(areas(people, fen, fen), target)
    assert found.after <= target
    assert found.shift_fen <= 2


SMALL = st.integers(2, 4).flatmap(
    lambda size: st.tuples(*(st.lists(st.integers(1, 9), min_size=size, max_size=size) for _ in range(2)))
)


@settings(max_examples=60, deadline=None)
@given(SMALL, st.sampled_from([0.1, 0.2, 0.3, 0.5]))
def test_no_whole_answer_moves_less(sizes: tuple[list[int], list[int]], target: float) -> None:
    people, base = sizes
    floors = [-(-each * 95 // 100) for each in base]
    whole = [
        sum(abs(a - b) for a, b in zip(amounts, base, strict=True))
        for amounts in product(*(range(low, sum(base) + 1) for low in floors))
        if sum(amounts) == sum(base) and coefficient_of_variation(amounts, people) <= target
    ]
    try:
        # A hundred times as fine, so that the rounding to whole fen is small beside what whole yuan cost.
        found = equalise(areas(people, [each * 100 for each in base], [each * 100 for each in base]), target)
    except AllocationError:
        assert not whole
        return
    if whole:
        assert found.shift_fen * 2 <= min(whole) * 100 + len(base)


SIZES = st.integers(2, 12).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(100, 100_000), min_size=size, max_size=size),
        st.lists(st.integers(100, 20_000), min_size=size, max_size=size),
        st.lists(st.integers(50, 104), min_size=size, max_size=size),
    )
)


def made(sizes: tuple[list[int], list[int], list[int]]) -> pl.DataFrame:
    """Areas with people, fen a head, and last year's amount as a share of the base in hundredths."""
    people, heads, shares = sizes
    base = [count * head for count, head in zip(people, heads, strict=True)]
    return areas(people, base, [amount * share // 100 for amount, share in zip(base, shares, strict=True)])


@settings(max_examples=150, deadline=None)
@given(SIZES, st.floats(0.05, 0.6))
def test_the_promises_hold_and_proportional_cuts_move_more(sizes, target: float) -> None:
    given_areas = made(sizes)
    try:
        found = equalise(given_areas, target)
    except AllocationError as error:
        assert error.code in ("not_reachable", "floors_above_pot")
        return
    amounts = found.areas["amount_fen"]
    assert amounts.sum() == given_areas["base_fen"].sum()
    assert (amounts >= found.areas["floor_fen"]).all()
    assert found.after <= target
    usual = proportional(given_areas, target)
    assert usual.areas["amount_fen"].sum() == amounts.sum()
    assert found.shift_fen <= usual.shift_fen + len(amounts)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.sampled_from([0.15, 0.3]))
def test_a_linear_programme_with_cutting_planes_finds_no_better(sizes, target: float) -> None:
    given_areas = made(sizes)
    try:
        found = equalise(given_areas, target)
    except AllocationError:
        assume(False)
        return
    least = by_cutting_planes(given_areas, target)
    # The planes lie outside the round set, so their answer is never above the least there is.
    assert found.shift_fen * 2 >= least * (1 - 1e-5) - 5
    assert found.shift_fen * 2 <= least * (1 + 1e-3) + 2 * len(given_areas) + 5


def by_cutting_planes(given_areas: pl.DataFrame, target: float) -> float:
    """The least sum of differences by HiGHS: each turn cuts off an answer that is too uneven by a tangent plane."""
    people, base, last = (
        given_areas[name].to_numpy().astype(float) for name in ("people", "base_fen", "last_fen")
    )
    total, heads, floors = base.sum(), people.sum(), np.ceil(last * 0.95)
    mean, size = total / heads, len(people)
    cuts, bounds = [], []
    for _turn in range(400):
        answer = linprog(
            np.ones(2 * size),
            A_ub=np.array(cuts) if cuts else None, b_ub=np.array(bounds) if bounds else None,
            A_eq=np.concatenate([np.ones(size), -np.ones(size)])[None], b_eq=[0.0],
            bounds=[(max(low - b, 0), None) for low, b in zip(floors, base, strict=True)]
            + [(0, max(b - low, 0)) for low, b in zip(floors, base, strict=True)],
            method="highs",
        )  # fmt: skip
        assert answer.success
        amounts = base + answer.x[:size] - answer.x[size:]
        away = amounts / people - mean
        spread = np.sqrt(people @ away**2)
        allowed = target * mean * np.sqrt(heads)
        if spread <= allowed * (1 + 1e-6):
            break
        # The distance is convex: its tangent at the answer lies below it everywhere.
        slope = away / spread
        cuts.append(np.concatenate([slope, -slope]) / mean)
        bounds.append((allowed - spread + slope @ (amounts - base)) / mean)
    return float(answer.fun)


def test_the_frontier_grows_as_it_gets_more_even() -> None:
    points = frontier(areas([10_000] * 3, [12_000_000, 7_000_000, 5_000_000]))
    spreads, shifts = [cv for cv, _ in points], [fen for _, fen in points]
    assert spreads == sorted(spreads, reverse=True)
    assert shifts == sorted(shifts)
    assert shifts[0] <= 1
    assert spreads[-1] < 0.01


def test_a_pot_of_a_few_fen_that_rounding_leaves_uneven_is_told() -> None:
    with pytest.raises(AllocationError) as told:
        equalise(areas([1, 1], [1, 2]), 0.1)
    assert told.value.code == "not_reachable"
    assert told.value.params["target"] == 0.1
