"""What is not known is asked for: only what would decide, the most telling first, and never taken for nothing."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import huimin_policies
from huimin import rules
from huimin.rules.casework import household_of
from huimin.rules.parameters import ParameterSet
from huimin.units.words import Words

BOOK = rules.load(Path(huimin_policies.__path__[0]))
ON = date(2026, 7, 1)
HERE = "330127201000"
NOTHING = dict.fromkeys(
    ["wages", "business_income", "pension", "unemployment_benefit", "injury_benefit", "farm_subsidy", "vehicles",
     "homes", "medical_own_expense", "disability_level"], 0
)  # fmt: skip
STANDARDS = [
    ParameterSet(
        "330127000000", date.min,
        {"subsistence_standard": {"urban": 100000, "rural": 85000}, "edge_multiple": "1.5", "vehicle_limit": 0,
         "home_limit": 1, "medical_share": "0.3", "medical_aid_rate": "0.7", "medical_aid_limit": 6000000},
        Words("示例", "example"),
    )
]  # fmt: skip
ADULT = {**NOTHING, "alive": True, "born_on": "1980-05-01", "wages": 9_000_000}
CHILD = {**NOTHING, "alive": True, "born_on": "2020-01-01"}


def home(*members: dict[str, Any], **household: Any) -> rules.Household:
    known = {"residence": "rural", "allowance_on_roll": 0} | household
    return household_of(BOOK.facts, HERE, known, members)


def asked(found: rules.Household, *names: str, left_open: Any = ()) -> list[rules.Inquiry]:
    return rules.inquiries(BOOK, names, found, ON, STANDARDS, left_open=left_open)


def status(found: rules.Household, name: str) -> str:
    return rules.explain_household(BOOK, name, found, ON, STANDARDS).status


def test_nothing_is_asked_where_the_answer_is_known() -> None:
    assert asked(home(ADULT, CHILD), "subsistence_allowance") == []
    assert status(home(ADULT, CHILD), "subsistence_allowance") == "not_entitled"


def test_what_would_not_change_the_answer_is_not_asked() -> None:
    """A vehicle too many settles it, whatever is earned."""
    assert asked(home({**ADULT, "vehicles": 1, "wages": "unknown"}), "subsistence_allowance") == []
    [wages] = asked(home({**ADULT, "wages": "unknown"}), "subsistence_allowance")
    assert (wages.fact, wages.members, wages.policies) == ("person.wages", (0,), ("subsistence_allowance",))


def test_missing_is_not_nothing() -> None:
    """aides-jeunes 1038: who has not told the income is neither refused nor entitled, and is asked."""
    found = home({**ADULT, "wages": "unknown"})
    assert status(found, "subsistence_allowance") == "unknown"
    none = rules.told(BOOK, found, {("person.wages", 0): "0"})
    assert status(none, "subsistence_allowance") == "entitled"


def test_the_most_telling_comes_first_and_a_yes_or_no_before_a_number() -> None:
    first = asked(home(ADULT), "work_injury_lump_sum", "work_injury_pension", "work_injury_care")[0]
    assert first.fact == "person.injury_grade"
    assert set(first.settles) == {"work_injury_lump_sum", "work_injury_pension", "work_injury_care"}
    assert asked(home(ADULT), "unemployment_insurance")[0].fact == "person.left_unwillingly"


def test_only_those_are_asked_about_for_whom_it_could_matter() -> None:
    """An orphan is a child; of the adult it is not asked, whatever else is open."""
    [orphan] = asked(home(ADULT, CHILD), "orphan_living")
    assert orphan.members == (1,)
    dead = {**ADULT, "alive": False}
    assert asked(home(dead, ADULT), "unemployment_insurance")[0].members == (1,)


def test_what_somebody_was_graded_is_followed_up_for_that_one_only() -> None:
    graded = rules.told(
        BOOK, home(ADULT, ADULT), {("person.injury_grade", 0): "none", ("person.injury_grade", 1): "grade_5"}
    )
    [wage] = asked(graded, "work_injury_lump_sum")
    assert (wage.fact, wage.members) == ("person.own_wage", (1,))


def test_what_nobody_knows_is_left_open() -> None:
    left = ["person.injury_grade", "person.own_wage"]
    assert asked(home(ADULT), "work_injury_lump_sum", left_open=left) == []
    assert status(home(ADULT), "work_injury_lump_sum") == "unknown"


def test_what_departments_know_cannot_be_told_otherwise() -> None:
    found = rules.told(BOOK, home(ADULT), {("person.wages", 0): "0"})
    assert found.members[0]["wages"] == 9_000_000


@pytest.mark.parametrize(
    ("key", "value"),
    [("person.no_such_thing", "1"), ("person.injury_grade", "grade_11"), ("person.paid_months", "-1"),
     ("person.paid_months", "601"), ("household.emergency", "true")],
)  # fmt: skip
def test_what_cannot_be_is_refused(key: str, value: str) -> None:
    place = 0 if key.startswith("person.") else None
    with pytest.raises(rules.PolicyError):
        rules.told(BOOK, home(ADULT), {(key, place): value})


def test_a_talk_ends_with_an_answer_of_every_policy() -> None:
    """Whoever says that there is none of it needs fewer questions than there are policies, and nothing is left unknown."""
    names = BOOK.asked_in(HERE, ON)
    found, turns, left = home(ADULT, CHILD), 0, set[str]()
    while waiting := asked(found, *names, left_open=left):
        turns += 1
        fact = BOOK.facts[waiting[0].fact]
        none = rules.nothing(fact) or fact.type.values[0]
        found = rules.told(
            BOOK, found, {(waiting[0].fact, place): none for place in waiting[0].members or (None,)}
        )
    assert turns < len(names)
    assert not [name for name in names if status(found, name) == "unknown"]


def test_every_fact_that_no_department_sends_has_a_question_in_plain_words() -> None:
    used = {key for policy in BOOK.policies for key in policy.facts}
    assert [key for key in sorted(used) if not BOOK.facts[key].question] == []
