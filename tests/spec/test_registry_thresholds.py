"""Clerks' decisions say where the thresholds may stand, and how sure one can be of it."""

import random

import polars as pl
import pytest

from huimin.registry.thresholds import FEWEST, Thresholds, estimate, propose

NOW = Thresholds()


def decided(number: int, seed: int = 1, truth: float = 1.0) -> pl.DataFrame:
    """Pairs of the queue whose probability is as good as `truth` says: 1 as computed, 0 pure chance."""
    chance = random.Random(seed)
    scores = [chance.uniform(NOW.grey, NOW.sure) for _each in range(number)]
    same = [chance.random() < (score if truth else 0.5) for score in scores]
    return pl.DataFrame({"score": scores, "same": same})


def test_few_decisions_propose_nothing() -> None:
    assert propose(decided(FEWEST - 1), NOW) is None


def test_pairs_that_are_as_likely_as_computed_leave_the_link_where_it_is() -> None:
    found = propose(decided(2000), NOW)
    assert found is not None
    assert found.thresholds == NOW
    assert found.asked == 1.0


def test_pairs_that_always_are_one_person_are_linked_earlier_within_the_error_allowed() -> None:
    pairs = decided(3000).with_columns(same=pl.col("same") | (pl.col("score") > 0.8))
    found = propose(pairs, NOW)
    assert found is not None
    assert 0.78 < found.thresholds.sure < 0.82
    assert found.linked.high <= 0.01
    assert found.asked < 0.75


def test_pairs_that_never_are_one_person_are_not_asked_any_more() -> None:
    pairs = decided(3000).with_columns(same=pl.col("same") & (pl.col("score") > 0.7))
    found = propose(pairs, NOW)
    assert found is not None
    assert 0.68 < found.thresholds.grey < 0.75
    assert found.unasked.high <= 0.05


def test_what_a_hundred_right_ones_prove_is_not_that_none_is_wrong() -> None:
    right = estimate(pl.DataFrame({"same": [True] * 100}), same=True)
    assert (right.wrong, right.low) == (0, 0.0)
    assert 0.02 < right.high < 0.05


@pytest.mark.parametrize("wrong", [(0.4, 0.5, 0.1), (1.0, 0.5, 0.1), (0.9, 0.5, 0.6)])
def test_thresholds_stand_in_their_order(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="doubt <= grey"):
        Thresholds(*wrong)
