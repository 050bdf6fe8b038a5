"""Evaluation: incomes a head follow the policies' own definition, so that no second one can drift away."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_policies
from huimin import rules
from huimin.evaluation.incomes import incomes, inequality

ON = date(2026, 7, 1)


@pytest.fixture(scope="module")
def book() -> rules.PolicyBook:
    return rules.load(Path(huimin_policies.__path__[0]))


def population(book: rules.PolicyBook) -> rules.Population:
    """A couple with one wage, a widow whose pension is not known, and a household whose last member died."""
    households = pl.DataFrame({"household": [1, 2, 3], "division": ["330127108201"] * 3})
    persons = pl.DataFrame(
        {
            "household": [1, 1, 2, 3],
            "person": [11, 12, 21, 31],
            "alive": [True, True, True, False],
            "wages": [2_400_000, 0, 0, 900_000],
            "pension": [0, 0, None, 0],
        }
    )
    level = {"household": households, "person": persons}
    for fact in book.facts.values():
        frame = level[fact.level]
        if fact.name not in frame.columns:
            empty = False if fact.type.shape == "condition" else 0
            level[fact.level] = frame.with_columns(pl.lit(empty).alias(fact.name))
    return rules.Population.of(level["household"], level["person"], book.facts)


def test_income_a_head_is_yearly_income_over_members_and_months(book: rules.PolicyBook) -> None:
    found = incomes(book, population(book), ON)
    assert found.select("household", "income_fen", "members").rows() == [(1, 100_000, 2)]


def test_a_household_whose_income_is_not_known_is_left_out(book: rules.PolicyBook) -> None:
    assert 2 not in incomes(book, population(book), ON)["household"]


def test_one_household_alone_is_equal(book: rules.PolicyBook) -> None:
    spread = inequality(incomes(book, population(book), ON))
    assert spread.numerator == 0
    assert spread.denominator > 0
