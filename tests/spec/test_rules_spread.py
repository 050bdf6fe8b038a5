"""Evaluation: Gini and the coefficient of variation, against their textbook definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huimin.rules.spread import gini, variation


def plain_gini(people: list[int]) -> float:
    """The definition itself: the mean difference of all pairs over twice the mean."""
    count = len(people)
    difference = sum(abs(a - b) for a in people for b in people) / count**2
    return difference / (2 * sum(people) / count)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 6)), min_size=1, max_size=25))
def test_gini_of_households_is_that_of_their_members(households: list[tuple[int, int]]) -> None:
    people = [income for income, members in households for _ in range(members)]
    found = gini(np.array([h[0] for h in households]), np.array([h[1] for h in households]))
    if sum(people) == 0:
        assert found.denominator == 0
    else:
        assert found.numerator / found.denominator == pytest.approx(plain_gini(people), abs=1e-9)


def test_an_income_below_zero_counts_as_zero() -> None:
    below = gini(np.array([-500, 100]), np.array([1, 1]))
    zero = gini(np.array([0, 100]), np.array([1, 1]))
    assert below == zero


def test_nobody_has_no_gini_and_no_variation() -> None:
    empty = np.array([], dtype=np.int64)
    assert gini(empty, empty).denominator == 0
    assert variation(np.array([], dtype=np.float64)).denominator == 0


def test_equal_towns_do_not_vary() -> None:
    assert variation(np.array([3.0, 3.0, 3.0])).numerator == 0
