"""Incomes a head as the policies define them, and how unequal they are."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from huimin.rules import ParameterSet, PolicyBook, Population, checking
from huimin.rules.batch import answer
from huimin.rules.extending import asked, scope_of
from huimin.rules.located import read
from huimin.rules.questions import Asked, Question
from huimin.rules.spread import Spread, gini

FILE = Path(__file__).with_name("incomes.yaml")
NAME = "income_per_head"
KNOWN = 1


def question(book: PolicyBook, on: date, path: Path = FILE) -> Asked:
    """The question of a household's income a head and month, checked against the book."""
    document = read(path).only("uses", "known", NAME)
    scope = scope_of(book, document)
    condition, income = (
        checking.check(place.text(), scope, "household", place.file, place.line)
        for place in (document.at("known"), document.at(NAME))
    )
    return asked(book, (Question(NAME, "household", (condition,), income),), on)


def incomes(
    book: PolicyBook,
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    cache_folder: Path | None = None,
) -> pl.DataFrame:
    """The households whose income is known: household, division, income_fen a head and month, members."""
    found = answer(question(book, on), population, on, parameters, cache_folder=cache_folder)[NAME]
    members = population.persons.filter(pl.col("alive")).group_by("household").agg(members=pl.len())
    return (
        population.households.select("household", "division")
        .with_columns(status=pl.Series(found.status), income_fen=pl.Series(found.amount))
        .filter(pl.col("status") == KNOWN)
        .drop("status")
        .join(members, on="household")
        .with_columns(pl.col("members").cast(pl.Int64))
    )


def inequality(households: pl.DataFrame) -> Spread:
    """The Gini coefficient of incomes a head, each household counted by its members."""
    return gini(households["income_fen"].to_numpy(), households["members"].to_numpy())
