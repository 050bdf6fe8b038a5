"""Where a policy of the place stands in for the general one, everything that asks after the general one asks the place's."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.spec.rules_book import ON, book, policy, told
from tests.spec.test_rules_divisions import homes

from huimin import rules

PROVINCE, CITY, COUNTY, TOWN = "330000000000", "330106000000", "330127000000", "330127201000"
ELSEWHERE = "410185000000"


def general() -> str:
    return policy("general", {"rent": "household.rent > yuan_per_month(0.5)"}, "household.rent")


def local(name: str, division: str, of: str, times: int, **more: str) -> str:
    return policy(
        name, {"rent": "household.rent > yuan_per_month(0.1)"}, f"household.rent * {times}", division=f'"{division}"',
        instead_of=f"[{of}]", **more,
    )  # fmt: skip


@pytest.fixture
def nested(tmp_path: Path) -> rules.PolicyBook:
    """A general policy, a province's and a county's in its stead, and what asks after the general one."""
    return book(
        tmp_path,
        general(),
        local("provincial", PROVINCE, "general", 2),
        local("county", COUNTY, "provincial", 3),
        policy("others", {"none": "not entitled(general)"}, "household.rent"),
        policy("twice", {"some": "entitled(general)"}, "due(general) * 2"),
    )


@pytest.mark.parametrize(
    ("division", "name", "amount"),
    [(ELSEWHERE, "general", 60), (CITY, "provincial", 120), (TOWN, "county", 180), (None, "general", 60)],
)
def test_one_of_them_is_asked_in_each_place(
    nested: rules.PolicyBook, division: str | None, name: str, amount: int
) -> None:
    assert told(nested, name, {"rent": 60}, division=division).amount_fen == amount
    others = {"general", "provincial", "county"} - {name}
    if division is not None:
        assert others.isdisjoint(nested.asked_in(division, ON))
        rows = rules.batch(nested, sorted(others), homes(nested, division), ON, engine="interpreted")
        assert rows.is_empty()


@pytest.mark.parametrize(("division", "amount"), [(ELSEWHERE, 120), (CITY, 240), (TOWN, 360)])
def test_who_asks_after_the_general_one_asks_the_one_of_the_place(
    nested: rules.PolicyBook, division: str, amount: int
) -> None:
    assert told(nested, "twice", {"rent": 60}, division=division).amount_fen == amount
    assert told(nested, "others", {"rent": 60}, division=division).status == "not_entitled"
    # Only the policies of the place reach down to so low a rent.
    expected = "entitled" if division == ELSEWHERE else "not_entitled"
    assert told(nested, "others", {"rent": 20}, division=division).status == expected


def test_an_explanation_speaks_of_the_policy_of_the_place_only(tmp_path: Path) -> None:
    of = book(
        tmp_path,
        general(),
        local("county", COUNTY, "general", 3, title="{zh: 县办法, en: county rules}"),
        policy("twice", {"some": "entitled(general)"}, "due(general) * 2"),
    )
    here, there = (told(of, "twice", {"rent": 60}, division=place) for place in (TOWN, ELSEWHERE))
    assert "county rules" in str(here.as_data())
    assert "county rules" not in str(there.as_data())


def test_the_one_that_is_not_asked_says_which_is(nested: rules.PolicyBook) -> None:
    with pytest.raises(rules.PolicyError) as refusal:
        told(nested, "general", {"rent": 60}, division=COUNTY)
    assert refusal.value.code == "stood_in_for"
    assert "provincial" in refusal.value.say("en")


def test_it_stands_in_from_its_day_on(tmp_path: Path) -> None:
    of = book(
        tmp_path,
        general(),
        local("county", COUNTY, "general", 3, in_force="{started_on: 2026-08-01}"),
        policy("twice", {"some": "entitled(general)"}, "due(general) * 2"),
    )
    before, after = date(2026, 7, 31), date(2026, 8, 1)
    assert told(of, "twice", {"rent": 60}, division=COUNTY, on=before).amount_fen == 120
    assert told(of, "twice", {"rent": 60}, division=COUNTY, on=after).amount_fen == 360
    assert [of.asked_in(COUNTY, on)[0] for on in (before, after)] == ["general", "county"]


def test_a_book_is_asked_without_what_holds_elsewhere(nested: rules.PolicyBook) -> None:
    near = nested.around([ELSEWHERE], ["twice"])
    assert near.names == ("general", "others", "twice")
    assert nested.around([TOWN], ["twice"]) is nested
    people = homes(nested, ELSEWHERE, COUNTY)
    both = rules.batch(nested, ["twice"], people, ON, engine="interpreted")
    alone = rules.batch(nested, ["twice"], homes(nested, ELSEWHERE), ON, engine="interpreted")
    assert alone["amount_fen"].to_list() == both.filter(pl.col("household") == 0)["amount_fen"].to_list()


def test_what_stands_in_must_be_alike(tmp_path: Path) -> None:
    own = {"division": f'"{COUNTY}"', "instead_of": "[general]"}
    once = "{is: household.rent * months(1), unit: fen, rounding: down, clause: c}"
    for at, text in enumerate(
        (
            policy("county", {"old": "person.wages > 0"}, "person.wages", of="person", **own),
            policy("county", {"rent": "household.rent > 0"}, once, **own),
            policy("county", {"rent": "household.rent > 0"}, **own),
        )
    ):
        with pytest.raises(rules.PolicyError) as refusal:
            book(tmp_path / str(at), general(), text)
        assert refusal.value.code == "stand_in_differs"
