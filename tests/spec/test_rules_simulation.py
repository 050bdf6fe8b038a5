"""Trying other numbers, worked by hand on four households."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_policies
from huimin import rules
from huimin.rules.simulation import Point, Simulation, budget_line, cliffs
from huimin.units.words import Words

BOOK = rules.load(Path(huimin_policies.__path__[0]))
TODAY, PLACE = date(2026, 7, 1), "330127201000"
NAMES = ("subsistence_allowance",)
NONE = dict.fromkeys(
    [
        "business_income",
        "pension",
        "unemployment_benefit",
        "injury_benefit",
        "farm_subsidy",
        "vehicles",
        "homes",
    ],
    0,
)
# Yearly wages of one person living alone, in fen; the standard is 1,000 yuan a month, so 12,000 a year.
WAGES = [0, 1_080_000, 1_200_000, 9_600_000]


def numbers(rural: int) -> rules.ParameterSet:
    values = {
        "subsistence_standard": {"urban": rural, "rural": rural}, "vehicle_limit": 0, "home_limit": 1,
        "edge_multiple": "1.5", "medical_share": "0.3",
    }  # fmt: skip
    return rules.ParameterSet(PLACE, date(2026, 1, 1), values, Words("试", "try"))


def population() -> rules.Population:
    homes = pl.DataFrame({"household": range(4), "division": [PLACE] * 4, "residence": ["rural"] * 4})
    persons = pl.DataFrame(
        {"household": range(4), "person": range(4), "wages": WAGES, "alive": [True] * 4}
    ).with_columns(**{name: pl.lit(value) for name, value in NONE.items()})
    return rules.Population.of(homes, persons, BOOK.facts)


def simulated(before: int, after: int) -> Simulation:
    return rules.simulate(BOOK, NAMES, population(), TODAY, [numbers(before)], [numbers(after)], seed=1)


def test_a_higher_standard_by_hand() -> None:
    # Before: 1,000 - 0 = 1,000 and 1,000 - 900 = 100 a month. After: 1,100, 200 and 1,100 - 1,000 = 100.
    found = simulated(100_000, 110_000)
    assert found.before_fen == (100_000 + 10_000) * 12
    assert found.after_fen == (110_000 + 20_000 + 10_000) * 12
    assert (found.gain.height, found.lose.height) == (3, 0)
    assert found.households["newly"].to_list() == [False, False, True, False]


def test_a_lower_standard_takes_away() -> None:
    found = simulated(100_000, 80_000)
    assert (found.gain.height, found.lose.height) == (0, 2)
    assert found.households["no_longer"].to_list() == [False, True, False, False]


def test_the_same_numbers_change_nothing_and_have_no_interval() -> None:
    found = simulated(100_000, 100_000)
    assert found.interval_fen() == (0, 0)
    assert found.before_fen == found.after_fen


def test_the_interval_holds_the_change_and_is_the_same_again() -> None:
    found = simulated(100_000, 110_000)
    low, high = found.interval_fen()
    assert low <= found.after_fen - found.before_fen <= high
    assert simulated(100_000, 110_000).interval_fen() == (low, high)


def test_tenths_go_from_the_poorest() -> None:
    groups = simulated(100_000, 110_000).by("decile")
    assert groups["decile"].is_sorted()
    assert groups["change_fen"].to_list()[-1] == 0
    assert groups["households"].sum() == 4


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ([0, 10, 20, 30], []),
        ([0, 10, 8, 12], [(1, 2)]),
        ([0, 10, 8, 5, 12, 11], [(1, 3), (4, 5)]),
    ],
)
def test_cliffs_are_where_more_leaves_less(net: list[int], expected: list[tuple[int, int]]) -> None:
    points = [Point(place, left - place) for place, left in enumerate(net)]
    assert [(cliff.first.earned_fen, cliff.last.earned_fen) for cliff in cliffs(points)] == expected


def test_the_allowance_takes_every_earned_yuan_but_never_more() -> None:
    household, member = {"residence": "rural"}, {**NONE, "alive": True}
    points = budget_line(
        BOOK,
        NAMES,
        household,
        [member],
        PLACE,
        TODAY,
        [numbers(100_000)],
        earned=range(0, 2_400_001, 120_000),
    )
    assert {point.net_fen for point in points if point.earned_fen < 1_200_000} == {1_200_000}
    assert cliffs(points) == []


def test_poverty_before_and_after_by_hand() -> None:
    # Own yearly incomes 0, 10,800, 12,000 and 96,000 yuan; with 12,000 and 1,200 due they are 12,000, 12,000, 12,000 and
    # 96,000: the line is 7,200 and nobody is below, before and after.
    found = simulated(100_000, 110_000).welfare()
    assert (found.people, found.line_fen) == (4, 720_000)
    assert (found.before.poverty_rate, found.after.poverty_rate) == (0, 0)
    # After: 13,200 three times and 96,000.
    assert found.after.gini < found.before.gini
    assert found.after.progressivity > found.after.gini


def test_without_known_incomes_nothing_is_said_of_poverty() -> None:
    homes, persons = (
        population().households,
        population().persons.with_columns(wages=pl.lit(None, dtype=pl.Int64)),
    )
    trial = rules.simulate(
        BOOK, NAMES, rules.Population.of(homes, persons, BOOK.facts), TODAY, [numbers(1)], [numbers(2)]
    )
    assert trial.welfare().people == 0
