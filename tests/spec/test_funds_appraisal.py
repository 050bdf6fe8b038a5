"""Frames of indicators that keep the rules, scores, and estimates that are right on average over all samples there are."""

import itertools
from datetime import date
from fractions import Fraction
from math import sqrt
from statistics import fmean

import polars as pl
import pytest

from huimin.funds import appraisal
from huimin.funds.allocation import allocate, effect_of, load_all
from huimin.funds.sampling import Stratum, student
from huimin.tables.document import DocumentError

FRAMES = {frame.name: frame for frame in appraisal.load_all()}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_what_people_say_weighs_half_and_results_six_tenths(frame) -> None:
    assert sum(each.weight for each in frame.indicators) == 1
    assert sum(each.weight for each in frame.indicators if each.satisfaction) >= Fraction(1, 2)
    assert sum(each.weight for each in frame.indicators if each.part in ("output", "effect")) >= Fraction(
        6, 10
    )
    assert appraisal.of_told(frame.told()) == frame


TEXT = """
name: x
version: {version}
subject: programme
title: {{zh: 甲, en: a}}
source: {{zh: 甲, en: a}}
indicators:
  content:
    part: effect
    title: {{zh: 甲, en: a}}
    weight: {content}
    satisfaction: yes
    kind: scale
    question: {{zh: 甲, en: a}}
  used:
    part: input
    title: {{zh: 甲, en: a}}
    weight: {used}
    kind: {kind}
"""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"content": "0.4", "used": "0.6"}, "satisfaction weighs 40%; make it 50%"),
        ({"content": "0.55", "used": "0.45"}, "output and effect weigh 55%; make it 60%"),
        ({"content": "0.6", "used": "0.5"}, "the weights come to 1.1; make it 1"),
        ({"content": "x"}, "indicators.content.weight: “x” is no number"),
        ({"kind": "yes_no"}, "indicators.used.question: write a question"),
        ({"version": "soon"}, "version: write the day"),
    ],
)
def test_a_frame_that_breaks_a_rule_is_refused_with_the_cure(values, words, tmp_path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT.format(**{"version": "2026-01-01", "content": "0.7", "used": "0.3", "kind": "used_share"} | values), "utf-8")  # fmt: skip
    with pytest.raises(DocumentError, match=words):
        appraisal.load(path)


def test_the_frame_of_a_day_is_the_latest_that_holds() -> None:
    old = FRAMES["programme"]
    new = appraisal.Frame("programme", "2027-01-01", "programme", old.title, old.source, old.indicators)
    held = [appraisal.in_force([new, old], "programme", day) for day in (date(2024, 1, 1), date(2026, 12, 31), date(2027, 1, 1))]  # fmt: skip
    assert held == [None, old, new]


def test_a_score_by_hand() -> None:
    frame = FRAMES["programme"]
    answers = {"file": "yes", "amount": "partly", "reached": "yes", "needed": "no", "content": "4"}
    # .05 × .8 + .10 + .10 × ½ + .15 + 0 + .50 × ¾
    assert frame.score(answers, {"used_share": 0.8}) == pytest.approx(71.5)


@pytest.mark.parametrize(
    ("score", "grade"), [(100, "excellent"), (90, "excellent"), (89.99, "good"), (80, "good"), (60, "fair"), (59.99, "poor"), (0, "poor")]
)  # fmt: skip
def test_grades_have_their_bounds(score, grade) -> None:
    assert appraisal.grade(score) == grade


def test_estimates_are_right_on_average_over_every_sample_there_is() -> None:
    population = {"a": [10.0, 40.0, 90.0, 100.0], "b": [0.0, 30.0, 70.0]}
    strata = {name: Stratum(len(values), 0.0) for name, values in population.items()}
    samples = [
        appraisal.estimate(strata, {"a": first, "b": second}, 0.95)
        for first in itertools.combinations(population["a"], 2)
        for second in itertools.combinations(population["b"], 2)
    ]
    means = [each.score for each in samples]
    assert fmean(means) == pytest.approx(fmean([*population["a"], *population["b"]]))
    true = fmean((each - fmean(means)) ** 2 for each in means)
    assert fmean((each.error or 0) ** 2 for each in samples) == pytest.approx(true)


def test_an_estimate_by_hand() -> None:
    """Two strata of 60 and 40: weights .6 and .4, variances 100 and 400 of 4 and 5 answers."""
    found = appraisal.estimate(
        {"a": Stratum(60, 0.0), "b": Stratum(40, 0.0)},
        {"a": [60.0, 80.0, 70.0, 80.0], "b": [30.0, 50.0, 70.0, 50.0, 50.0]},
        0.95,
    )
    first, second = 0.36 * (1 - 4 / 60) * (200 / 3 + 25) / 4, 0.16 * (1 - 5 / 40) * 200 / 5
    assert found.score == pytest.approx(0.6 * 72.5 + 0.4 * 50)
    assert (found.error or 0) ** 2 == pytest.approx(first + second)
    freedom = (first + second) ** 2 / (first**2 / 3 + second**2 / 4)
    assert found.margin == pytest.approx(student(0.95, freedom) * sqrt(first + second))


def test_everybody_asked_leaves_no_margin_and_one_answer_of_many_a_wide_one() -> None:
    everybody = appraisal.estimate({"a": Stratum(2, 0.0)}, {"a": [50.0, 70.0]}, 0.95)
    assert (everybody.score, everybody.margin) == (60.0, 0.0)
    one = appraisal.estimate({"a": Stratum(9, 0.0)}, {"a": [100.0]}, 0.95)
    assert one.error == pytest.approx(50 * sqrt(1 - 1 / 9))
    nobody = appraisal.estimate({"a": Stratum(9, 0.0), "b": Stratum(1, 0.0)}, {"b": [80.0]}, 0.95)
    assert (nobody.score, nobody.spoken_for) == (80.0, 0.1)
    assert appraisal.estimate({"a": Stratum(9, 0.0)}, {}, 0.95).margin is None


def test_a_bad_score_takes_the_amount_that_is_stated_and_others_get_it() -> None:
    formula = load_all()["assistance_funds"]
    areas = pl.DataFrame({
        "area": ["a", "b"], "last_fen": [0, 0], "people": [100, 100], "people_in_need": [10, 10], "cost_index": [1.0, 1.0],
        "strain_index": [1.0, 1.0], "performance_score": [0.5, 0.9], "weaker": [False, False],
    })  # fmt: skip
    effects = effect_of("performance_score", formula, areas, 1_000_000)
    # A tenth of the pot goes by performance: 5/14 of it instead of one half.
    assert effects == {"a": -14_286, "b": 14_286}
    amounts = dict(allocate(formula, areas, 1_000_000).areas.select("area", "amount_fen").iter_rows())
    assert amounts == {"a": 500_000 - 14_286, "b": 500_000 + 14_286}
