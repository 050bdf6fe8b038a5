"""One household explained: what is held, what is said later, and what is kept from one household to the next."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from tests.spec.rules_book import ON, WORDS, book, policy, told

from huimin import rules
from huimin.rules.casework import household_of
from huimin.rules.reference import Unknown
from huimin.units.words import Words

NATION, COUNTY, OTHER = "000000000000", "330127000000", "330110000000"
LIMITED = f"""parameters:
  limit: {{title: {{zh: 限额, en: limit}}, unit: fen_per_month, range: [0, 100000000], clause: c}}
  term: {{title: {WORDS}, unit: months, range: [0, 600], clause: c}}
definitions:
  lasting: {{title: {{zh: 期限, en: term}}, is: term}}
gives: [lasting]
"""


def sets(*placed: tuple[str, str, dict[str, int]]) -> list[rules.ParameterSet]:
    return [
        rules.ParameterSet(place, date.fromisoformat(since), values, Words("文件", "paper"))
        for place, since, values in placed
    ]


@pytest.fixture
def limited(tmp_path: Path) -> rules.PolicyBook:
    return book(
        tmp_path,
        policy("aid", {"cheap": "household.rent <= limit"}, "limit - household.rent") + LIMITED,
    )


def rents(of: rules.PolicyBook, rent: int | None, division: str | None = COUNTY) -> rules.Household:
    given = {} if rent is None else {"rent": rent}
    return household_of(of.facts, division, given, ())


def answer(of: rules.PolicyBook, rent: int, given: Iterable[rules.ParameterSet], on: date = ON, at: str = COUNTY) -> tuple[str, int | None]:  # fmt: skip
    found = rules.explain_household(of, "aid", rents(of, rent, at), on, given)
    return found.status, found.amount_fen


def test_what_is_kept_for_one_place_and_day_is_not_said_of_another(limited: rules.PolicyBook) -> None:
    given = sets(
        (NATION, "2020-01-01", {"limit": 100, "term": 12}), (COUNTY, "2026-01-01", {"limit": 300, "term": 12})
    )
    more = sets((NATION, "2020-01-01", {"limit": 1000, "term": 12}))
    for _ in range(2):
        assert answer(limited, 200, given) == ("entitled", 100)
        assert answer(limited, 200, given, at=OTHER) == ("not_entitled", 0)
        assert answer(limited, 200, given, on=date(2025, 1, 1)) == ("not_entitled", 0)
        assert answer(limited, 200, more) == ("entitled", 800)


def test_a_step_says_what_it_holds_whenever_it_is_read(limited: rules.PolicyBook) -> None:
    given = sets((NATION, "2020-01-01", {"limit": 100, "term": 12}))
    first, second, third = (
        rules.explain_household(limited, "aid", rents(limited, rent), ON, given) for rent in (400, 50, None)
    )
    reasons = [found.conditions[0] for found in (first, second, third)]
    assert [each.status for each in reasons] == ["not_met", "met", "unknown"]
    assert [each.value for each in reasons[:2]] == [False, True]
    assert isinstance(reasons[2].value, Unknown)
    assert [each.values[0][1].en for each in reasons] == [
        "4.00 yuan a month",
        "0.50 yuan a month",
        "not known",
    ]
    assert reasons[0].values[1][1].en == "1.00 yuan a month (paper, from 2020-01-01)"
    change = reasons[0].change
    assert change is not None
    assert change.en.endswith("at most 1.00 yuan a month; it is 4.00 yuan a month, 3.00 yuan a month away.")
    assert reasons[1].change is None
    assert [each.zh for each in reasons[2].missing] == ["房租"]


def test_what_is_given_besides_needs_its_parameter_only_for_who_is_entitled(
    limited: rules.PolicyBook,
) -> None:
    given = sets((NATION, "2020-01-01", {"limit": 100}))
    assert answer(limited, 200, given) == ("not_entitled", 0)
    with pytest.raises(rules.MissingParameter, match="term"):
        answer(limited, 50, given)


def test_what_is_not_known_is_neither_true_nor_false() -> None:
    unknown = Unknown(frozenset({"household.rent"}))
    with pytest.raises(TypeError):
        bool(unknown)
    both = unknown + Unknown(frozenset({"person.age"}))
    assert sorted((3 - both < 5).missing) == ["household.rent", "person.age"]


def test_members_of_whom_nothing_is_asked_are_counted(tmp_path: Path) -> None:
    of = book(tmp_path, policy("large", {"three": "count(m for m in members) >= 3"}))
    assert told(of, "large", {}, {}, {}, {}).status == "entitled"
    assert told(of, "large", {}, {}, {}).status == "not_entitled"
    assert told(of, "large", {}).status == "not_entitled"
