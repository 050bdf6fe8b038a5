"""A refusal says what would have to change, and by how much; once it has changed so, the condition is met."""

import random
import re
from fractions import Fraction
from pathlib import Path

import pytest
from tests.spec.rules_book import book, policy, told

from huimin.units.rounding import divide_fen


@pytest.mark.parametrize(
    ("condition", "rent", "words", "enough"),
    [
        (
            "household.rent <= yuan_per_month(100)",
            15_000,
            "at most 100.00 yuan a month; it is 150.00",
            10_000,
        ),
        ("household.rent < yuan_per_month(100)", 10_000, "below 100.00 yuan a month; it is 100.00", 9_999),
        ("household.rent >= yuan_per_month(100)", 2_550, "74.50 yuan a month away", 10_000),
        ("not household.rent > yuan_per_month(100)", 10_001, "at most 100.00 yuan a month", 10_000),
        ("household.rent * 2 == yuan_per_month(100)", 0, "equal to 100.00 yuan a month", 5_000),
    ],
)
def test_a_number_says_the_bound_and_the_distance(
    tmp_path: Path, condition: str, rent: int, words: str, enough: int
) -> None:
    of = book(tmp_path, policy("a", {"one": condition}))
    refused = told(of, "a", {"rent": rent})
    assert [words in change.en for change in refused.changes] == [True]
    assert refused.as_data()["changes"] == [{"zh": each.zh, "en": each.en} for each in refused.changes]
    assert told(of, "a", {"rent": enough}).status == "entitled"
    assert told(of, "a", {"rent": enough}).changes == ()


def test_of_several_parts_one_or_all_must_change(tmp_path: Path) -> None:
    low, town = "household.rent < yuan_per_month(1)", 'household.residence == "urban"'
    household = {"rent": 500, "residence": "rural"}
    one = told(book(tmp_path / "or", policy("a", {"x": f"{low} or {town}"})), "a", household)
    both = told(book(tmp_path / "and", policy("a", {"x": f"{low} and {town}"})), "a", household)
    neither = told(
        book(tmp_path / "not", policy("a", {"x": f"not ({low} or {town})"})), "a", {**household, "rent": 0}
    )
    assert one.changes[0].en.startswith("One of these would do: It would be met")
    assert both.changes[0].en.count("It would be met if") == 2
    assert "One of" not in both.changes[0].en
    assert neither.changes[0].en.count("It would be met if") == 1


def test_each_condition_that_is_not_met_has_its_own(tmp_path: Path) -> None:
    conditions = {
        "low": "household.rent < yuan_per_month(1)",
        "some": "household.rent > 0",
        "no": "household.rent > yuan_per_month(9)",
    }
    found = told(book(tmp_path, policy("a", conditions)), "a", {"rent": 500})
    assert len(found.changes) == 2


def test_a_person_and_another_policy_can_stand_in_the_way(tmp_path: Path) -> None:
    of = book(
        tmp_path,
        policy(
            "old", {"alive": "person.alive", "level": "person.level > 0"}, "yuan_per_month(5)", of="person"
        ),
        policy("rest", {"none": "not entitled(old)"}),
    )
    refused = told(of, "old", {}, {"alive": False, "level": 0})
    assert refused.changes[0].en.startswith(
        "It would be met if a were yes; it is no. It would be met if a were above 0"
    )
    other = told(of, "rest", {}, {"alive": True, "level": 1})
    assert other.changes[0].en == "It would be met if a came out otherwise; it is entitled."


def test_the_distance_is_to_the_bound(tmp_path: Path) -> None:
    chance = random.Random(5)
    of = book(tmp_path, policy("a", {"one": "household.rent * 3 / 7 >= yuan_per_month(250.37)"}))
    told_apart = {"entitled": 0, "not_entitled": 0}
    for _ in range(60):
        rent = chance.randint(0, 110_000)
        found = told(of, "a", {"rent": rent})
        told_apart[found.status] += 1
        if found.status == "not_entitled":
            away = re.search(r"([0-9.,]+) yuan a month away", found.changes[0].en)
            assert away is not None
            exact = 25_037 - Fraction(rent * 3, 7)
            assert round(float(away[1]) * 100) == divide_fen(exact.numerator, exact.denominator, "half_up")
    assert min(told_apart.values()) > 10
