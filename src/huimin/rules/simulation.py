"""What a change of numbers would do: who gains, who loses, by how much, what it costs, and where it makes cliffs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from huimin.rules import welfare
from huimin.rules.batch import batch
from huimin.rules.book import PolicyBook
from huimin.rules.casework import household_of
from huimin.rules.explaining import explain_policies
from huimin.rules.parameters import ParameterSet
from huimin.rules.persons import values
from huimin.rules.population import Household, Population

MONTHS_A_YEAR = 12
DECILES = 10
DRAWS = 400
Group = Literal["town", "residence", "decile", "members"]
TOWN_DIGITS = 9
HOUSEHOLD_INCOME = "household_means.household_income"


@dataclass(frozen=True)
class State:
    """Poverty and inequality among people, as `huimin.rules.welfare` measures them; not a number of nobody."""

    poverty_rate: float
    poverty_gap: float
    quintile_ratio: float
    gini: float
    progressivity: float


@dataclass(frozen=True)
class Welfare:
    """Both states, the poverty line that they are held against (fen a head and year), and of how many people."""

    line_fen: float
    people: int
    before: State
    after: State


@dataclass(frozen=True)
class Simulation:
    """Both answers for every household, and what they cost in a year.

    `households`: household, town, residence, members, income_fen (of a year, without what is due; null where not
    known), decile (1 the poorest tenth), before_fen, after_fen (what is
    due in a year under all the policies), newly and no_longer (entitled to something only after, only before),
    unknown (whether an answer is open after). Households with an open answer count with what is sure.
    """

    households: pl.DataFrame
    seed: int

    @property
    def before_fen(self) -> int:
        """The yearly cost before."""
        return int(self.households["before_fen"].sum())

    @property
    def after_fen(self) -> int:
        """The yearly cost after."""
        return int(self.households["after_fen"].sum())

    @property
    def gain(self) -> pl.DataFrame:
        """The households that would get more."""
        return self.households.filter(pl.col("after_fen") > pl.col("before_fen"))

    @property
    def lose(self) -> pl.DataFrame:
        """The households that would get less."""
        return self.households.filter(pl.col("after_fen") < pl.col("before_fen"))

    def interval_fen(self, share: float = 0.95) -> tuple[int, int]:
        """Between which yearly costs the change lies, if the households were drawn again: bootstrap percentiles.

        Each household is drawn a Poisson number of times, which for many households is the usual bootstrap. So many
        are drawn in all, and each draw is any of them: the same chances, without a number for each household.
        """
        change = (self.households["after_fen"] - self.households["before_fen"]).to_numpy()
        touched = change[change != 0].astype(np.float64)
        if len(touched) == 0:
            return 0, 0
        chance = np.random.default_rng(self.seed)
        draws = chance.poisson(len(touched), DRAWS)
        sums = np.array([touched[chance.integers(0, len(touched), drawn)].sum() for drawn in draws])
        low, high = np.quantile(sums, [(1 - share) / 2, (1 + share) / 2])
        return round(float(low)), round(float(high))

    def welfare(self) -> Welfare:
        """What it does to poverty and inequality among the people of households whose income is known.

        The line is that of before: who is lifted over it counts, also where the reform moves the middle.
        """
        known = self.households.filter(pl.col("income_fen").is_not_null() & (pl.col("members") > 0))
        people = known["members"].to_numpy()
        both = [
            ((known["income_fen"] + known[due]).to_numpy() / people, known[due].to_numpy() / people)
            for due in ("before_fen", "after_fen")
        ]
        line = welfare.poverty_line(both[0][0], people)
        # What is due is held against what people would have without it.
        own = known["income_fen"].to_numpy() / people
        states = (
            State(
                poverty_rate=welfare.poverty_rate(income, people, line),
                poverty_gap=welfare.poverty_gap(income, people, line),
                quintile_ratio=welfare.quintile_ratio(income, people),
                gini=welfare.gini_index(income, people),
                progressivity=welfare.progressivity(due, own, people),
            )
            for income, due in both
        )
        return Welfare(line, int(people.sum()), *states)

    def by(self, group: Group) -> pl.DataFrame:
        """Gains and losses by group: group, households, gain, lose, change_fen, in order of the group."""
        change = pl.col("after_fen") - pl.col("before_fen")
        return (
            self.households.group_by(group)
            .agg(
                households=pl.len(),
                gain=(change > 0).sum(),
                lose=(change < 0).sum(),
                change_fen=change.sum(),
            )
            .sort(group)
        )


def simulate(
    book: PolicyBook,
    names: Iterable[str],
    population: Population,
    on: date,
    before: Iterable[ParameterSet],
    after: Iterable[ParameterSet],
    *,
    reform: PolicyBook | None = None,
    names_after: Iterable[str] | None = None,
    income: str = HOUSEHOLD_INCOME,
    seed: int = 0,
    cache_folder: Path | None = None,
) -> Simulation:
    """The policies asked with both sets of numbers, and after in the text of a `reform` where there is one.

    A reform may bring policies of its own: `names_after` are those asked then.

    `income` names the definition of a household's yearly income, by which tenths are formed, a head. Policies that pay once are taken as paid once in the year.
    """
    names, before = tuple(names), list(before)
    sides = [
        _yearly(text, batch(text, asked, population, on, sets, cache_folder=cache_folder), on)
        for text, asked, sets in (
            (book, names, before),
            (reform or book, names if names_after is None else tuple(names_after), list(after)),
        )
    ]
    incomes = values(book, [income], population, on, before, cache_folder=cache_folder)[income]["value"]
    homes = _described(population, incomes)
    both = homes.join(sides[0], on="household", how="left").join(
        sides[1], on="household", how="left", suffix="_after"
    )
    households = both.select(
        *homes.columns,
        before_fen=pl.col("fen").fill_null(0),
        after_fen=pl.col("fen_after").fill_null(0),
        newly=~pl.col("entitled").fill_null(False) & pl.col("entitled_after").fill_null(False),
        no_longer=pl.col("entitled").fill_null(False) & ~pl.col("entitled_after").fill_null(False),
        unknown=pl.col("unknown_after").fill_null(False),
    )
    return Simulation(households, seed)


def _yearly(book: PolicyBook, answers: pl.DataFrame, on: date) -> pl.DataFrame:
    """What is due to each household in a year: household, fen, entitled, unknown."""
    often = {
        name: MONTHS_A_YEAR if book.policy(name, on).period == "month" else 1
        for name in answers["policy"].unique()
    }
    times = pl.col("policy").replace_strict(often, return_dtype=pl.Int64)
    paid = {name for name in often if book.policy(name, on).amount is not None}
    return answers.group_by("household").agg(
        fen=(
            pl.when(pl.col("policy").is_in(list(paid)))
            .then(pl.col("amount_fen").fill_null(0) * times)
            .otherwise(0)
        ).sum(),
        entitled=(pl.col("status") == "entitled").any(),
        unknown=(pl.col("status") == "unknown").any(),
    )


def _described(population: Population, income: pl.Series) -> pl.DataFrame:
    """Each household with what groups are formed by."""
    homes = population.households
    heads = income.fill_null(0).to_numpy() / np.maximum(np.diff(population.offsets), 1)
    order = np.argsort(heads, kind="stable")
    decile = np.empty(len(heads), dtype=np.int64)
    decile[order] = np.arange(len(heads)) * DECILES // max(len(heads), 1) + 1
    residence = (
        homes["residence"]
        if "residence" in homes.columns
        else pl.Series([None] * homes.height, dtype=pl.String)
    )
    return pl.DataFrame(
        {
            "household": homes["household"],
            "town": homes["division"].cast(pl.String).str.slice(0, TOWN_DIGITS).fill_null(""),
            "residence": residence.cast(pl.String).fill_null(""),
            "members": np.diff(population.offsets),
            "income_fen": income,
            "decile": decile,
        }
    )


@dataclass(frozen=True)
class Point:
    """One income and what comes with it, all in fen a year."""

    earned_fen: int
    benefits_fen: int

    @property
    def net_fen(self) -> int:
        """What the household has in the end."""
        return self.earned_fen + self.benefits_fen


@dataclass(frozen=True)
class Cliff:
    """A stretch of income over which earning more leaves less: more than all of it is lost."""

    first: Point
    last: Point


def budget_line(
    book: PolicyBook,
    names: Iterable[str],
    household: dict[str, object],
    members: Sequence[dict[str, object]],
    division: str,
    on: date,
    parameters: Iterable[ParameterSet],
    *,
    earned: Sequence[int],
    fact: str = "wages",
) -> list[Point]:
    """What a described household gets in a year at each of some incomes of its first member.

    An answer that is not known counts as nothing.
    """
    names, parameters = tuple(names), list(parameters)
    points = []
    for fen in earned:
        told = ({**members[0], fact: fen}, *members[1:])
        one = household_of(book.facts, division, household, told)
        points.append(Point(fen, _due(book, names, one, on, parameters)))
    return points


def _due(
    book: PolicyBook, names: tuple[str, ...], household: Household, on: date, parameters: list[ParameterSet]
) -> int:
    found = explain_policies(book, names, household, on, parameters)
    times = {name: MONTHS_A_YEAR if book.policy(name, on).period == "month" else 1 for name in names}
    return sum((each.amount_fen or 0) * times[each.policy] for each in found if each.status == "entitled")


def cliffs(points: Sequence[Point]) -> list[Cliff]:
    """The stretches where more is earned and less is left, in order of income; one that goes on is one."""
    found: list[Cliff] = []
    for before, after in pairwise(points):
        if after.net_fen >= before.net_fen:
            continue
        if found and found[-1].last == before:
            found[-1] = Cliff(found[-1].first, after)
        else:
            found.append(Cliff(before, after))
    return found
