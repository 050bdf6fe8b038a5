"""A policy may be made for one division: only households inside are asked."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.spec.rules_book import ON, book, policy, told

from huimin import rules

SHANGHAI, PUDONG, ZHEJIANG = "310000000000", "310115000000", "330127000000"
RENT = {"rent": 100}


@pytest.fixture
def city(tmp_path: Path) -> rules.PolicyBook:
    """A national policy, one of Shanghai, and one of the nation that asks after Shanghai's."""
    return book(
        tmp_path,
        policy("national", {"rent": "household.rent > 0"}, "household.rent"),
        policy("shanghai", {"rent": "household.rent > 0"}, "household.rent * 2", division=f'"{SHANGHAI}"'),
        policy("rest", {"no_other": "not entitled(shanghai)"}, "household.rent"),
    )


def homes(of: rules.PolicyBook, *divisions: str | None) -> rules.Population:
    columns = {"household": range(len(divisions)), "division": pl.Series(divisions, dtype=pl.String)}
    persons = pl.DataFrame(schema={"household": pl.Int64, "person": pl.Int64})
    return rules.Population.of(pl.DataFrame({**columns, "rent": [100] * len(divisions)}), persons, of.facts)


def test_a_household_outside_has_no_row(city: rules.PolicyBook) -> None:
    found = rules.batch(city, ["shanghai"], homes(city, SHANGHAI, PUDONG, ZHEJIANG), ON, engine="interpreted")
    assert found["household"].to_list() == [0, 1]
    assert found["amount_fen"].to_list() == [200, 200]


def test_explaining_outside_is_refused_by_name(city: rules.PolicyBook) -> None:
    with pytest.raises(rules.PolicyError) as refusal:
        told(city, "shanghai", RENT, division=ZHEJIANG)
    assert refusal.value.code == "not_here"
    assert SHANGHAI in refusal.value.say("zh")


def test_where_the_division_is_not_known_the_answer_is_not_either(city: rules.PolicyBook) -> None:
    assert told(city, "shanghai", RENT, division=None).missing == ("household.division",)
    assert told(city, "shanghai", {"rent": 0}, division=None).status == "not_entitled"


def test_another_policy_sees_that_nobody_outside_is_entitled(city: rules.PolicyBook) -> None:
    assert told(city, "rest", RENT, division=ZHEJIANG).status == "entitled"
    assert told(city, "rest", RENT, division=PUDONG).status == "not_entitled"
    assert told(city, "rest", RENT, division=None).status == "unknown"


def test_a_parameter_is_needed_only_where_its_policy_holds(tmp_path: Path) -> None:
    line = "\n  line: {title: {zh: 甲, en: a}, unit: fen_per_month, range: [0, 1000], clause: c}"
    local = policy("local", {"rent": "household.rent < line"}, division=f'"{PUDONG}"', parameters=line)
    of = book(tmp_path, local)
    assert rules.missing_parameters(of, ["local"], [PUDONG, ZHEJIANG], ON) == [("line", PUDONG)]
    with pytest.raises(rules.MissingParameter):
        rules.batch(of, ["local"], homes(of, PUDONG), ON, engine="interpreted")
    assert rules.batch(of, ["local"], homes(of, ZHEJIANG), ON, engine="interpreted").is_empty()


def test_the_book_names_what_a_division_is_asked(city: rules.PolicyBook) -> None:
    assert city.asked_in(PUDONG, ON) == ("national", "shanghai", "rest")
    assert city.asked_in(ZHEJIANG, ON) == ("national", "rest")
    assert city.asked_in(None, ON) == ("national", "shanghai", "rest")
    assert city.asked_in(PUDONG, date(2019, 1, 1)) == ()


def test_a_division_that_is_no_code_is_named(tmp_path: Path) -> None:
    with pytest.raises(rules.PolicyError) as refusal:
        book(tmp_path, policy("local", {"rent": "household.rent > 0"}, division="Shanghai"))
    assert refusal.value.code == "division_wrong"


def of_two_places(folder: Path) -> rules.PolicyBook:
    """A book whose national policy asks after one of Shanghai, which rests on a fact that only Shanghai has."""
    shanghai = policy("shanghai", {"level": 'household.residence == "urban"'}, division=f'"{SHANGHAI}"')
    return book(
        folder, shanghai, policy("rest", {"rent": "household.rent > 0", "no_other": "not entitled(shanghai)"})
    )


def test_what_holds_in_other_places_is_asked_of_nobody_from_file_to_file(tmp_path: Path) -> None:
    of = of_two_places(tmp_path / "book")
    homes = pl.DataFrame({"household": range(3), "division": [ZHEJIANG] * 3, "rent": [0, 50, None]})
    people = pl.DataFrame(schema={"household": pl.Int64, "person": pl.Int64})
    asked = rules.batch(of, ["rest"], rules.Population.of(homes, people, of.facts), ON, engine="interpreted")
    homes.write_parquet(tmp_path / "homes.parquet")
    people.write_parquet(tmp_path / "people.parquet")
    to = tmp_path / "told.parquet"
    rules.stream(
        of, ["rest"], tmp_path / "homes.parquet", tmp_path / "people.parquet", to, ON, engine="interpreted"
    )
    assert pl.read_parquet(to)["rest_status"].cast(pl.String).to_list() == asked["status"].to_list()
    assert asked["status"].to_list() == ["not_entitled", "entitled", "unknown"]
    # In Shanghai the fact is needed, and its want is told by name.
    homes.with_columns(division=pl.lit(PUDONG)).write_parquet(tmp_path / "homes.parquet")
    with pytest.raises(rules.PolicyError, match="residence"):
        rules.stream(
            of,
            ["rest"],
            tmp_path / "homes.parquet",
            tmp_path / "people.parquet",
            to,
            ON,
            engine="interpreted",
        )
