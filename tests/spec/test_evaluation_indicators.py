"""Evaluation: each target of the plan is defined once, as data that a reader can check."""

from pathlib import Path

import pytest

from huimin.evaluation import indicators
from huimin.evaluation.indicators import DefinitionFault, judge

GOOD = """
coverage:
  title: {zh: 覆盖, en: Coverage}
  meaning: {zh: 多少, en: How many}
  numerator: {zh: 甲, en: a}
  denominator: {zh: 乙, en: b}
  unit: share
  direction: up
  targets: {1: 0.9}
  source: {zh: 规划, en: service coverage}
"""


def load(tmp_path: Path, text: str) -> dict[str, indicators.Indicator]:
    file = tmp_path / "some.yaml"
    file.write_text(text, "utf-8")
    return dict(indicators.load_all(file))


def test_at_least_twelve_targets_can_be_measured() -> None:
    known = indicators.load_all()
    assert sum(one.measurable for one in known.values()) >= 12


def test_what_cannot_be_measured_says_what_it_needs() -> None:
    for one in indicators.load_all().values():
        if one.measurable:
            assert one.numerator is not None
            assert one.denominator is not None
        else:
            assert one.needs is not None
            assert one.needs.say("zh-hans")
            assert one.needs.say("en")


def test_the_plans_targets_are_kept_to_the_digit() -> None:
    known = indicators.load_all()
    assert known["service_coverage"].target(1) == 0.90
    assert (known["support_precision"].now, known["support_precision"].target(1)) == (0.70, 0.85)
    assert [known["need_identification"].target(phase) for phase in (1, 2, 3)] == [0.85, 0.90, 0.95]
    assert (known["decision_days"].now, known["decision_days"].target(1)) == (45, 7)
    assert [known["departments_sharing"].target(phase) for phase in (1, 2)] == [12, 20]
    assert (known["income_gini"].now, known["income_gini"].target(2)) == (0.46, 0.42)


def test_a_phase_without_its_own_target_keeps_the_last_one() -> None:
    satisfaction = indicators.load_all()["satisfaction"]
    assert [satisfaction.target(phase) for phase in (1, 2, 3)] == [0.85, 0.85, 0.95]
    assert indicators.load_all()["income_gini"].target(1) is None


@pytest.mark.parametrize(
    ("name", "numerator", "denominator", "status"),
    [
        ("service_coverage", 90, 100, "reached"),
        ("service_coverage", 85, 100, "near"),
        ("service_coverage", 60, 100, "missed"),
        ("decision_days", 70, 10, "reached"),
        ("decision_days", 75, 10, "near"),
        ("decision_days", 450, 10, "missed"),
        ("service_coverage", 0, 0, "not_measured"),
        ("service_coverage", None, None, "not_measured"),
        ("answer_rate", 1, 2, "no_target"),
    ],
)
def test_a_figure_is_judged_in_the_direction_of_its_target(
    name: str, numerator: int | None, denominator: int | None, status: str
) -> None:
    assert judge(indicators.load_all()[name], numerator, denominator, 1).status == status


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("unit: share", "unit: shares", "unit"),
        ("direction: up", "direction: higher", "direction"),
        ("  source: {zh: 规划, en: service coverage}", "", "source"),
        ("{zh: 覆盖, en: Coverage}", "{zh: 覆盖}", "title"),
        ("targets: {1: 0.9}", "targets: {7: 0.9}", "targets"),
        ("targets: {1: 0.9}", "targets: {1: ninety}", "targets 1"),
        ("unit: share", "unit: share\n  colour: red", "colour"),
        ("  numerator: {zh: 甲, en: a}\n", "", "needs"),
    ],
)
def test_a_wrong_definition_names_file_indicator_and_key(
    tmp_path: Path, before: str, after: str, named: str
) -> None:
    assert before in GOOD
    with pytest.raises(DefinitionFault) as fault:
        load(tmp_path, GOOD.replace(before, after))
    assert "some.yaml" in str(fault.value)
    assert "coverage" in str(fault.value)
    assert named in str(fault.value)


def test_a_right_definition_loads(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD)["coverage"].title.say("en") == "Coverage"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionFault):
        load(tmp_path, "")
