"""Only the households whose answer may have changed since they were last asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from huimin.rules.batch import Engine, batch, regional_rows, whole_months
from huimin.rules.book import PolicyBook
from huimin.rules.facts import EARLIEST_DAYS, EPOCH, LATEST_DAYS
from huimin.rules.parameters import ParameterSet
from huimin.rules.population import ALL_KNOWN, Population, rows_of
from huimin.rules.questions import Asked, of_policies
from huimin.rules.tree import Between, Comparison, Fact, Node, Today

# A way in which a date fact makes an answer depend on the day asked about.
Clock = tuple[str, str]


@dataclass(frozen=True)
class Moment:
    """What was known on a day: the households with their facts, and the parameters in their dated versions."""

    population: Population
    on: date
    parameters: tuple[ParameterSet, ...] = ()


def delta(
    book: PolicyBook,
    names: Iterable[str],
    before: Moment,
    after: Moment,
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
) -> pl.DataFrame:
    """What policies say now of the households whose answer may have changed, as `batch` says it.

    The answers to all others still hold. Those of households that are no longer there are for the caller to drop.
    """
    names = tuple(names)
    asked_again = after.population.only(touched(book, names, before, after))
    return batch(
        book, names, asked_again, after.on, after.parameters, engine=engine, cache_folder=cache_folder
    )


def audit(
    book: PolicyBook,
    names: Iterable[str],
    before: Moment,
    after: Moment,
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
) -> pl.DataFrame:
    """The households that `delta` should have asked again and did not, as `batch` answers them now: none.

    It asks everyone twice, then and now, and is meant for a night in which there is time for the proof.
    """
    names = tuple(names)
    then, now = (
        batch(
            book, names, each.population, each.on, each.parameters, engine=engine, cache_folder=cache_folder
        )
        for each in (before, after)
    )
    carried = now.filter(~pl.col("household").is_in(touched(book, names, before, after).implode()))
    told = [each.with_columns(pl.col("missing").list.join(",")) for each in (carried, then)]
    other = told[0].join(told[1], on=now.columns, how="anti", nulls_equal=True)
    return carried.join(other.select("policy", "household"), on=["policy", "household"], how="semi")


def touched(book: PolicyBook, names: Iterable[str], before: Moment, after: Moment) -> pl.Series:
    """The households to ask again: new ones, and those whose facts, members, parameters or birthdays changed.

    Where the policies themselves are others, or rest on the day in a way of which it cannot be said whom it
    concerns, that is everyone.
    """
    names = tuple(names)
    asked = of_policies(book, names, after.on)
    households = after.population.households["household"]
    clocks = _clocks(asked) if before.on != after.on else set()
    if clocks is None or not _same(asked, of_policies(book, names, before.on)):
        return households
    pairs = _Pairs(before.population, after.population)
    marked = np.ones(len(households), dtype=bool)
    marked[pairs.here] = False
    marked[pairs.resized] = True
    marked[pairs.here] |= _governed_otherwise(asked, before, after, pairs)
    for key in asked.facts:
        marked[pairs.changed(key)] = True
    for clock in clocks:
        marked[_passed(after.population, clock, before.on, after.on)] = True
    return households.filter(pl.Series(marked))


def _same(one: Asked, other: Asked) -> bool:
    return one.questions == other.questions and one.persons == other.persons


class _Pairs:
    """The households that are there before and after, and where their rows are."""

    def __init__(self, before: Population, after: Population) -> None:
        self.before, self.after = before, after
        then, now = (each.households["household"].to_numpy() for each in (before, after))
        if np.array_equal(then, now):
            self.there = self.here = np.arange(len(now))
        else:
            _, self.there, self.here = np.intersect1d(then, now, assume_unique=True, return_indices=True)
        sizes_then, sizes_now = np.diff(before.offsets)[self.there], np.diff(after.offsets)[self.here]
        self.resized = self.here[sizes_then != sizes_now]
        kept = sizes_then == sizes_now
        self.owners = np.repeat(self.here[kept], sizes_now[kept])
        self.rows_then = rows_of(before.offsets[self.there[kept]], sizes_now[kept])
        self.rows_now = rows_of(after.offsets[self.here[kept]], sizes_now[kept])

    def changed(self, key: str) -> np.ndarray:
        """The places of the households in which a fact is another, or known where it was not."""
        (then, known_then), (now, known_now) = self.before.column(key), self.after.column(key)
        of_household = self.after.facts[key].level == "household"
        owners, there, here = (
            (self.here, self.there, self.here)
            if of_household
            else (self.owners, self.rows_then, self.rows_now)
        )
        other = then[there] != now[here]
        if known_then is not ALL_KNOWN or known_now is not ALL_KNOWN:
            other |= _at(known_then, there) != _at(known_now, here)
        return owners[other]


def _at(known: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.ones(len(rows), dtype=np.uint8) if known is ALL_KNOWN else known[rows]


def _governed_otherwise(asked: Asked, before: Moment, after: Moment, pairs: _Pairs) -> np.ndarray:
    """Of the households that stayed, which are under other parameters: of a new date, or of another division."""
    rows: dict[tuple[bytes, bytes], int] = {}
    places = []
    for moment in (before, after):
        resolver = asked.book.resolver(moment.parameters, moment.on)
        values, known = regional_rows(asked, resolver, moment.population.divisions)
        of_division = [
            rows.setdefault((one.tobytes(), other.tobytes()), len(rows))
            for one, other in zip(values, known, strict=True)
        ]
        places.append(np.array(of_division, dtype=np.int64)[moment.population.division_places])
    return places[0][pairs.there] != places[1][pairs.here]


def _clocks(asked: Asked) -> set[Clock] | None:
    """How answers rest on the day asked about; nothing where it cannot be said whom a day concerns."""
    found: set[Clock] = set()
    for node in asked.nodes:
        for clock in _clocks_of(node):
            if clock is None:
                return None
            found.add(clock)
    return found


def _clocks_of(node: Node) -> Iterator[Clock | None]:
    if isinstance(node, Today):
        yield None
    elif isinstance(node, Between) and isinstance(node.last, Today) and isinstance(node.first, Fact):
        yield node.measure, node.first.key
    elif isinstance(node, Comparison) and {type(node.left), type(node.right)} == {Fact, Today}:
        fact = node.left if isinstance(node.left, Fact) else node.right
        assert isinstance(fact, Fact)
        yield "order", fact.key
    else:
        for part in node.parts:
            yield from _clocks_of(part)


def _passed(population: Population, clock: Clock, since: date, on: date) -> np.ndarray:
    """The places of the households with a date whose distance to the day asked about, as a clock counts it, is another."""
    measure, key = clock
    values, known = population.column(key)
    days = np.arange(EARLIEST_DAYS, LATEST_DAYS + 1)
    then, now = (_read(measure, days, day) for day in (since, on))
    passed = (then != now)[values - EARLIEST_DAYS]
    if known is not ALL_KNOWN:
        passed &= known.astype(bool)
    rows = np.flatnonzero(passed)
    if population.facts[key].level == "household":
        return rows
    return np.searchsorted(population.offsets, rows, side="right") - 1


def _read(measure: str, days: np.ndarray, on: date) -> np.ndarray:
    today = (on - EPOCH).days
    if measure == "order":
        return np.sign(days - today)
    if measure == "days":
        return today - days
    months = whole_months(on)
    return months if measure == "months" else np.sign(months) * (np.abs(months) // 12)
