"""Every policy answers its worked cases as they were computed by hand."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

import huimin_policies
from huimin import rules
from huimin.rules.policy import Case, Policy

BOOK = rules.load(Path(huimin_policies.__path__[0]))
CASES = [case for policy in BOOK.policies for case in policy.cases]
FEWEST = 5


@cache
def wrong() -> dict[tuple[str, int], rules.PolicyError]:
    """The cases whose answer differs, by their place."""
    return {(error.file, error.line): error for error in rules.check_cases(BOOK)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.policy}: {case.name.en}")
def test_the_policy_answers_as_computed_by_hand(case: Case) -> None:
    assert (case.file, case.line) not in wrong(), str(wrong()[case.file, case.line])


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda policy: policy.version)
def test_every_policy_has_cases_of_every_kind(policy: Policy) -> None:
    assert len(policy.cases) >= FEWEST
    assert {"entitled", "not_entitled"} <= {case.status for case in policy.cases}
    assert all(case.working for case in policy.cases), "how it was computed is written down"


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda policy: policy.version)
def test_what_a_place_sets_is_marked_as_an_example(policy: Policy) -> None:
    for value in BOOK.values:
        assert value.illustrative or "条" in value.source.zh or "上限" in value.source.zh, value.name
    assert policy.clauses


def test_the_book_holds_twenty_policies() -> None:
    assert len(BOOK.names) >= 20


@pytest.mark.parametrize("name", ["work_injury_lump_sum", "work_injury_pension"])
def test_every_grade_of_injury_has_its_case(name: str) -> None:
    told = {
        member.get("injury_grade")
        for case in BOOK.policy(name, date(2026, 7, 1)).cases
        for member in case.members
    }
    assert {f"grade_{number}" for number in range(1, 11)} <= told


def test_every_parameter_is_cited_with_its_article() -> None:
    """A number without a clause that is quoted in the book could be anybody's."""
    for declared in BOOK.parameters.values():
        assert declared.clause.article.startswith("第"), declared.name
        assert declared.clause.text, declared.name


def test_a_policy_of_one_place_is_asked_there_only() -> None:
    names = {
        place: set(BOOK.asked_in(place, date(2026, 7, 1)))
        for place in ("310115000000", "330127000000", "500101000000")
    }
    assert "shanghai_expense_relief" in names["310115000000"]
    assert "shanghai_expense_relief" not in names["330127000000"]
    assert "zhejiang_temporary_aid" in names["330127000000"]
    assert "chongqing_subsistence_allowance" in names["500101000000"]


def test_the_law_of_the_day_counts() -> None:
    titles = {day: BOOK.policy("shanghai_edge", day).title.zh for day in (date(2020, 1, 1), date(2025, 6, 1))}
    assert titles == {date(2020, 1, 1): "低收入困难家庭", date(2025, 6, 1): "最低生活保障边缘家庭"}


NUMERALS = "〇一二三四五六七八九十"


@pytest.mark.parametrize(
    "policy", [each for each in BOOK.policies if each.posting], ids=lambda policy: policy.version
)
def test_the_days_of_a_posting_stand_in_the_law_they_are_ascribed_to(policy: Policy) -> None:
    rule = policy.posting
    assert rule is not None
    assert "公示" in rule.clause.text
    if rule.days_clause is not None:
        assert f"公示{NUMERALS[rule.days]}日" in rule.days_clause.text
