"""A policy book in a notebook: households told in words, tables of Polars, pandas or Arrow in and out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import polars.selectors as cs

from huimin.rules.batch import batch
from huimin.rules.book import PolicyBook
from huimin.rules.casework import household_of
from huimin.rules.errors import PolicyError
from huimin.rules.explaining import explain_policies
from huimin.rules.explanation import Explanation
from huimin.rules.parameters import NATION, ParameterSet
from huimin.rules.population import Population
from huimin.rules.simulation import HOUSEHOLD_INCOME, Simulation, simulate
from huimin.units.words import Words

Parameters = Mapping[str, Any] | Sequence[ParameterSet]
GIVEN = Words("自行给定", "given by hand")


def explained(
    book: PolicyBook,
    household: Mapping[str, Any],
    members: Sequence[Mapping[str, Any]],
    on: date,
    division: str,
    policies: Iterable[str] | None,
    parameters: Parameters,
) -> list[Explanation]:
    """What `PolicyBook.explain` gives."""
    names = book.asked_in(division, on) if policies is None else tuple(policies)
    one = household_of(book.facts, division, household, tuple(members))
    return explain_policies(book, names, one, on, _sets(parameters))


def evaluated(
    book: PolicyBook,
    households: Any,
    persons: Any,
    on: date,
    policies: Iterable[str] | None,
    parameters: Parameters,
) -> Any:
    """What `PolicyBook.evaluate` gives."""
    people = _population(book, households, persons)
    found = batch(book, _names(book, policies, on), people, on, _sets(parameters))
    return _like(households, found)


def simulated(
    book: PolicyBook,
    reform: PolicyBook | Mapping[str, Any],
    households: Any,
    persons: Any,
    on: date,
    policies: Iterable[str] | None,
    parameters: Parameters,
    income: str | None,
) -> Simulation:
    """What `PolicyBook.simulate` gives."""
    before = _sets(parameters)
    other, after = (reform, before) if isinstance(reform, PolicyBook) else (None, [*before, *_sets(reform)])
    return simulate(
        book, _names(book, policies, on), _population(book, households, persons), on, before, after,
        reform=other, income=income or HOUSEHOLD_INCOME,
    )  # fmt: skip


def _names(book: PolicyBook, policies: Iterable[str] | None, on: date) -> tuple[str, ...]:
    return (
        tuple(name for name in book.names if book.version(name, on)) if policies is None else tuple(policies)
    )


def _sets(parameters: Parameters) -> list[ParameterSet]:
    if isinstance(parameters, Mapping):
        return [ParameterSet(NATION, date.min, parameters, GIVEN)] if parameters else []
    return list(parameters)


def _population(book: PolicyBook, households: Any, persons: Any) -> Population:
    homes, people = _frame(households), _frame(persons)
    if "division" not in homes.columns:
        homes = homes.with_columns(division=pl.lit(NATION))
    if "person" not in people.columns:
        people = people.with_row_index("person")
    return Population.of(homes, people, book.facts)


def _frame(table: Any) -> pl.DataFrame:
    """A table as Polars: whole numbers that other libraries keep as floats for want of a null become whole again."""
    frame = table if isinstance(table, pl.DataFrame) else pl.DataFrame(table)
    frame = frame.with_columns(cs.datetime().cast(pl.Date))
    for name in frame.select(cs.float()).columns:
        known = frame[name].fill_nan(None)
        parts = known.filter(known % 1 != 0)
        if len(parts):
            raise PolicyError("population_fraction", name, value=parts[0])
        frame = frame.with_columns(known.cast(pl.Int64))
    return frame


def _like(given: Any, found: pl.DataFrame) -> Any:
    """A table of the library that the given one is of."""
    library = type(given).__module__.partition(".")[0]
    if library == "pandas":
        return found.to_pandas()
    return found.to_arrow() if library == "pyarrow" else found
