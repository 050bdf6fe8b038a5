"""A rating of few answers is drawn to what is usual, and says how far it may be off."""

import numpy as np
import polars as pl
import pytest

from huimin.feedback import rating

DIVISION = "330127"


def rated(scores: dict[str, list[tuple[int, int]]], division: str = DIVISION) -> dict[str, dict[str, float]]:
    """The ratings of providers by name; `scores` are person and score."""
    rows = [(name, person, score) for name, said in scores.items() for person, score in said]
    answers = pl.DataFrame(
        rows, schema={"provider": pl.String, "person": pl.Int64, "score": pl.Int16}, orient="row"
    )
    providers = pl.DataFrame({"provider": list(scores), "division": [division] * len(scores)})
    return {row["provider"]: row for row in rating.ratings(answers, providers).to_dicts()}


def test_one_answer_says_little_and_many_say_much() -> None:
    few, many = rated({"A": [(1, 5)]})["A"], rated({"A": [(number, 5) for number in range(500)]})["A"]
    assert few["mean"] == many["mean"] == 5
    assert few["estimate"] == pytest.approx(3.347, abs=0.001)  # (5 + 10 * (5 + 30) / 11) / 11
    assert many["estimate"] > 4.9
    assert few["high"] - few["low"] > 4 * (many["high"] - many["low"])


def test_one_delighted_person_does_not_pass_a_provider_whom_forty_praise() -> None:
    found = rated({"new": [(1, 5)], "known": [(number, 5 - number % 2) for number in range(2, 42)]})
    assert found["new"]["mean"] > found["known"]["mean"]
    assert found["new"]["estimate"] < found["known"]["estimate"]


def test_who_answers_often_counts_once() -> None:
    once, often = rated({"A": [(1, 1), (2, 5)]})["A"], rated({"A": [(1, 1), *[(2, 5)] * 30]})["A"]
    assert (often["persons"], often["answers"]) == (2, 31)
    assert often["estimate"] == once["estimate"]


def test_who_has_no_answer_yet_starts_with_what_is_usual_in_the_division() -> None:
    found = rated({"new": [], "known": [(number, 4) for number in range(90)]})["new"]
    assert (found["persons"], found["answers"], found["mean"]) == (0, 0, None)
    assert found["estimate"] == found["division_estimate"] == pytest.approx(3.9)


def test_where_nobody_has_answered_nothing_is_said() -> None:
    assert rated({"A": [], "B": []}) == {}


def test_another_division_does_not_count() -> None:
    answers = pl.DataFrame({"provider": ["A", "B"], "person": [1, 2], "score": [5, 1]})
    providers = pl.DataFrame({"provider": ["A", "B"], "division": ["330127", "330182"]})
    first, second = rating.ratings(answers, providers)["division_estimate"]
    assert first > rating.NEUTRAL > second


def world(spread: float, most: int) -> tuple[dict[str, float], dict[str, list[tuple[int, int]]]]:
    """What 400 make-believe providers are worth to all they serve, and what 1 to `most` of these have said."""
    chance = np.random.default_rng(27)
    truth, scores = {}, {}
    for number in range(400):
        name, level = f"P{number}", chance.normal(3.9, spread)
        said = np.clip(np.round(chance.normal(level, 1.0, 4000)), 1, 5).astype(int)
        truth[name] = float(said.mean())
        scores[name] = list(enumerate(said[: chance.integers(1, most + 1)].tolist()))
    return truth, scores


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.45])
@pytest.mark.parametrize("most", [5, 30])
def test_among_many_providers_the_estimate_is_nearer_the_truth_than_the_mean(
    most: int, spread: float
) -> None:
    truth, scores = world(spread, most)
    found = rated(scores)
    off = {
        key: np.mean([(row[key] - truth[name]) ** 2 for name, row in found.items()])
        for key in ("mean", "estimate")
    }
    assert off["estimate"] < 0.8 * off["mean"]


@pytest.mark.parametrize("most", [5, 30])
def test_nine_of_ten_likely_ranges_hold_the_truth_where_providers_differ_as_is_supposed(most: int) -> None:
    truth, scores = world(0.3, most)
    within = np.mean([row["low"] <= truth[name] <= row["high"] for name, row in rated(scores).items()])
    assert 0.85 <= within <= 0.97
