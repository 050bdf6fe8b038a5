"""Feedback: five steps in plain words; two and below reopens the need; no answer is not a bad answer."""

import pytest

from huimin.feedback import scale


def test_the_scale_has_five_steps_in_both_languages() -> None:
    assert [step.score for step in scale.SCALE] == [1, 2, 3, 4, 5]
    for step in scale.SCALE:
        assert step.words.say("zh-hans")
        assert step.words.say("en")


@pytest.mark.parametrize(("score", "low"), [(1, True), (2, True), (3, False), (4, False), (5, False)])
def test_a_score_of_two_or_less_is_low(score: int, low: bool) -> None:
    assert scale.is_low(score) is low


def test_four_and_five_are_satisfied() -> None:
    found = scale.satisfaction({1: 1, 2: 1, 3: 2, 4: 3, 5: 3})
    assert (found.satisfied, found.answered, found.share) == (6, 10, 0.6)


def test_without_answers_nothing_is_said() -> None:
    assert scale.satisfaction({}).share is None


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_outside_the_scale_is_a_fault_of_the_code(score: int) -> None:
    with pytest.raises(AssertionError):
        scale.step(score)
    with pytest.raises(AssertionError):
        scale.satisfaction({score: 1})
