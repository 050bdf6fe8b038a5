"""Portraits and needs: what each definition measures and raises, worked by hand; what is not known stays so."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.spec.rules_book import population

import huimin_policies
from huimin import needs, rules
from huimin.rules.casework import household_of
from huimin.units.words import Words

ON = date(2026, 7, 1)
PLACE = "510181000000"
SETS = (
    rules.ParameterSet(
        "510181000000", date(2025, 7, 1),
        {
            "subsistence_standard": {"urban": 100000, "rural": 85000}, "edge_multiple": 1.5, "medical_share": 0.3,
            "vehicle_limit": 0, "home_limit": 1,
        },
        Words("测试", "test"),
    ),
)  # fmt: skip
KNOWN = {
    "alive": True, "born_on": date(1980, 1, 1), "wages": 3_000_000, "business_income": 0, "wages_before": 3_000_000,
    "business_income_before": 0, "pension": 0, "pension_months": 0, "pension_at_end": False, "unemployment_benefit": 0,
    "unemployment_benefit_at_end": False, "injury_benefit": 0, "farm_subsidy": 0, "medical_own_expense": 0,
    "medical_total": 0, "vehicles": 0, "homes": 1, "disability_level": 0, "in_school": False, "was_in_school": False,
    "insured": True, "was_insured": True, "account_on_file": True, "self_care": "able",
}  # fmt: skip
CHILD = {
    "born_on": date(2013, 9, 1),
    "wages": 0,
    "wages_before": 0,
    "homes": 0,
    "in_school": True,
    "was_in_school": True,
}
ELDER = {"born_on": date(1944, 3, 1), "wages": 0, "wages_before": 0, "homes": 0, "pension": 1_500_000, "pension_months": 12, "pension_at_end": True}  # fmt: skip


@cache
def book() -> needs.NeedBook:
    return needs.load(rules.load(Path(huimin_policies.__file__).parent))


def home(*members: dict[str, Any], **household: Any) -> rules.Household:
    about = {"residence": "rural", "allowance_on_roll": 0, "housing_area": 90, **household}
    return household_of(book().book.facts, PLACE, about, [{**KNOWN, **each} for each in members])


def raised(*members: dict[str, Any], **household: Any) -> set[str]:
    people = population(book().book, PLACE, home(*members, **household))
    return set(needs.identify(book(), people, ON, SETS)["kind"])


def measured(*members: dict[str, Any], **household: Any) -> dict[tuple[str, Any], needs.Measured]:
    found = needs.portrait(book(), home(*members, **household), ON, SETS)
    return {(each.indicator.name, each.person): each for each in found}


def test_a_household_that_lacks_nothing_has_no_need() -> None:
    assert raised({}, {}, CHILD) == set()


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("income_below_standard", [{"wages": 500_000}]),
        # 30,000 a year is 2,500 a month; 25,000 of medical bills leave 417, below the standard of 850.
        ("spending_driven_poverty", [{"medical_own_expense": 2_500_000}]),
        ("income_at_edge", [{"wages": 1_200_000}]),
        ("earned_income_fell", [{"wages": 1_200_000, "wages_before": 3_000_000}]),
        ("medical_burden", [{"medical_own_expense": 900_001}]),
        ("no_home_of_poor", [{"wages": 500_000, "homes": 0}]),
        ("no_worker_employed", [{"wages": 0}, ELDER]),
        ("elders_only", [ELDER, ELDER]),
        ("several_disabled", [{"disability_level": 3}, {"disability_level": 4}]),
        ("children_with_elders_only", [ELDER, CHILD]),
        ("children_without_adult", [CHILD]),
        ("one_adult_with_children", [{"wages": 1_500_000}, CHILD]),
        ("severe_disability", [{"disability_level": 2}]),
        ("disabled_elder", [{**ELDER, "disability_level": 1}]),
        ("care_unable", [{"self_care": "unable"}]),
        ("disabled_child", [{}, {**CHILD, "disability_level": 4}]),
        ("disabled_without_work", [{"disability_level": 3, "wages": 0}]),
        ("out_of_work", [{"wages": 0}, ELDER]),
        ("child_out_of_school", [{}, {**CHILD, "in_school": False}]),
        ("dropped_out", [{}, {**CHILD, "in_school": False}]),
        ("between_stages", [{}, {**CHILD, "in_school": False}]),
        ("elder_alone", [ELDER]),
        ("disabled_alone", [{"disability_level": 1}]),
        ("eighty_and_poor", [{**ELDER, "pension": 500_000}]),
        (
            "elder_without_pension",
            [{}, {**ELDER, "pension": 0, "pension_months": 0, "pension_at_end": False}],
        ),
        ("pension_stopped", [{}, {**ELDER, "pension_months": 5, "pension_at_end": False}]),
        ("unemployment_benefit_ended", [{"unemployment_benefit": 600_000}]),
        ("not_insured", [{"wages": 500_000, "insured": False}]),
        ("insurance_lapsed", [{"insured": False}]),
        ("large_bills", [{"medical_own_expense": 2_000_000, "medical_total": 3_000_000}]),
    ],
)
def test_each_need_is_raised_where_its_definition_holds(kind: str, members: list[dict[str, Any]]) -> None:
    assert kind in raised(*members)
    assert kind not in raised({}, {})


def test_every_need_has_a_worked_example() -> None:
    shown = {row[0] for row in test_each_need_is_raised_where_its_definition_holds.pytestmark[0].args[1]}
    # The area lived in is in no register, and has an example of its own.
    assert shown | {"crowded_home"} == {need.name for need in book().needs}
    assert "crowded_home" in raised({"wages": 500_000}, housing_area=7)


def test_the_dead_need_nothing_and_leave_nobody_alone() -> None:
    dead = {**ELDER, "alive": False, "disability_level": 1}
    assert raised(dead) == set()
    assert "elder_alone" in raised(ELDER, dead)


def test_a_portrait_measures_and_says_how() -> None:
    found = measured({"medical_own_expense": 750_000}, CHILD)
    share = found["medical_share", None]
    assert (share.value.en, share.missing) == ("25%", ())
    assert "medical" in share.formula.en
    assert found["income_per_head", None].value.en == "1,250.00 yuan a month"
    assert found["minors", None].value.en == "1"
    assert found["age", 2].value.en == "12 years"
    # How large a share is, not four digits of it; what the need rests on is the exact one.
    assert measured({"medical_own_expense": 400_123}, CHILD)["medical_share", None].value.zh == "13.3%"


def test_what_is_not_known_says_what_is_missing_and_raises_nothing() -> None:
    found = measured({"medical_own_expense": None})
    assert not found["medical_share", None].known
    assert [each.en for each in found["medical_share", None].missing] == ["medical spending out of pocket"]
    assert "medical_burden" not in raised({"medical_own_expense": None})
    bare = needs.portrait(book(), home({}), ON)
    lacking = {each.indicator.name: [one.en for one in each.missing] for each in bare if not each.known}
    assert lacking == {"income_of_standard": ["subsistence standard"]}


def test_the_portrait_covers_what_it_must() -> None:
    assert len(book().indicators) >= 25
    assert {each.topic for each in book().indicators} == set(needs.TOPICS)


def test_a_definition_holds_only_in_its_days(tmp_path: Path) -> None:
    text = (Path(needs.__file__).parent / "portrait.yaml").read_text(encoding="utf-8")
    marked = text.replace("    level: social\n    department: civil_affairs\n    is: person.elder", "    in_force: {ended_on: 2026-07-01}\n    level: social\n    department: civil_affairs\n    is: person.elder")  # fmt: skip
    assert marked != text
    (tmp_path / "portrait.yaml").write_text(marked, encoding="utf-8")
    dated = needs.load(rules.load(Path(huimin_policies.__file__).parent), tmp_path / "portrait.yaml")
    people = population(dated.book, PLACE, home(ELDER))
    kinds = [set(needs.identify(dated, people, day, SETS)["kind"]) for day in (date(2026, 6, 30), ON)]
    assert ["elder_alone" in each for each in kinds] == [True, False]


def test_a_wrong_unit_names_file_line_and_term(tmp_path: Path) -> None:
    text = (Path(needs.__file__).parent / "portrait.yaml").read_text(encoding="utf-8")
    wrong = text.replace(
        "is: household_earned - household_earned_before", "is: household_earned - members_count"
    )
    (tmp_path / "portrait.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(rules.PolicyError) as caught:
        needs.load(rules.load(Path(huimin_policies.__file__).parent), tmp_path / "portrait.yaml")
    assert caught.value.file == "portrait.yaml"
    assert wrong.splitlines()[caught.value.line - 1].strip() == "is: household_earned - members_count"


def test_the_portrait_covers_what_the_plan_names() -> None:
    names = {each.name for each in book().indicators}
    assert len(names) >= 25
    assert {
        "medical_share", "income_per_head", "earned_change", "disability_level", "self_care", "lives_alone",
        "lost_between_stages", "uninsured", "insurance_lapsed", "homes", "housing_area_per_head", "payment_broke_off",
        "medical_above_income",
    } <= names  # fmt: skip
    assert {each.level for each in book().needs} == set(needs.NEED_LEVELS)
    assert {each.topic for each in book().indicators} == set(needs.TOPICS)


def test_living_alone_broken_payments_and_bills_above_income_are_measured() -> None:
    alone = measured(
        {
            **ELDER,
            "pension_months": 7,
            "pension_at_end": False,
            "pension": 700_000,
            "medical_own_expense": 900_000,
        }
    )
    assert alone["lives_alone", 1].value.en == "yes"
    assert alone["payment_broke_off", 1].value.en == "yes"
    assert alone["medical_above_income", None].value.zh == "2,000.00 元"
    both = measured({}, {**CHILD, "in_school": False})
    assert both["lives_alone", 1].value.en == "no"
    assert both["payment_broke_off", 1].value.en == "no"
    assert both["lost_between_stages", 2].value.en == "yes"
    assert measured({}, CHILD)["lost_between_stages", 2].value.en == "no"
