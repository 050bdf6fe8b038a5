"""What policies of persons say of every person, and what any definition is, for all households at once."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from huimin.rules.batch import STATUS, Answer, Engine, answer
from huimin.rules.book import PolicyBook
from huimin.rules.compiling import MET, UNKNOWN
from huimin.rules.errors import PolicyError
from huimin.rules.parameters import ParameterSet
from huimin.rules.places import Area, inside
from huimin.rules.population import Population
from huimin.rules.questions import of_persons, of_values
from huimin.rules.tree import Type


def persons(
    book: PolicyBook,
    names: Iterable[str],
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
) -> pl.DataFrame:
    """What policies of persons say of every person: policy, household, person, status, amount_fen, missing.

    The columns mean what they mean in `batch`, which adds the persons of each household up. Raises `PolicyError`
    "not_of_persons" for a policy that is about households.
    """
    names = tuple(dict.fromkeys(names))
    for name in names:
        policy = book.policy(name, on)
        if policy.level != "person":
            raise PolicyError("not_of_persons", name, file=policy.file)
    asked = of_persons(book.around(population.divisions, names), names, on)
    answers = answer(asked, population, on, parameters, engine=engine, cache_folder=cache_folder)
    frames = [
        _of_policy(name, population, answers[f"{name}:person"], book.area_of(name, on)) for name in names
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema=_SCHEMA)


def values(
    book: PolicyBook,
    keys: Iterable[str],
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
) -> dict[str, pl.DataFrame]:
    """What definitions are, by full name ("household_means.members_count"): household, person, value, missing.

    A definition about households has no column person. A value is null where it is not known. Raises `PolicyError`
    "needs_rounding" for a number that does not come out whole.
    """
    keys = tuple(dict.fromkeys(keys))
    for key in keys:
        if key not in book.definitions:
            raise PolicyError("unknown_name", key, allowed=sorted(book.definitions))
    answers = answer(
        of_values(book.around(population.divisions, ()), keys, on),
        population,
        on,
        parameters,
        engine=engine,
        cache_folder=cache_folder,
    )
    return {key: _of_value(book, key, population, answers[key]) for key in keys}


_SCHEMA = {
    "policy": pl.String,
    "household": pl.Int64,
    "person": pl.Int64,
    "status": pl.String,
    "amount_fen": pl.Int64,
    "missing": pl.List(pl.String),
}


def _of_policy(name: str, population: Population, found: Answer, area: Area) -> pl.DataFrame:
    status = pl.Series(found.status)
    rows = population.persons.select("household", "person").with_columns(
        status=pl.Series(STATUS).gather(status.cast(pl.UInt32)),
        amount_fen=found.amount_if_known,
        missing=found.missing_names(),
    )
    rows = rows.select(pl.lit(name).alias("policy"), pl.all())
    here = np.array([inside(division, area) is not False for division in population.divisions], dtype=bool)
    of_household = here[population.division_places]
    return rows.filter(pl.Series(np.repeat(of_household, np.diff(population.offsets)), dtype=pl.Boolean))


def _of_value(book: PolicyBook, key: str, population: Population, found: Answer) -> pl.DataFrame:
    definition = book.definitions[key]
    of_person = definition.level == "person"
    rows = (
        population.persons.select("household", "person")
        if of_person
        else population.households.select("household")
    )
    status = pl.Series(found.status)
    value = found.amount_fen if found.amount is not None else status == MET
    known = pl.select(pl.when(status != UNKNOWN).then(value)).to_series()
    return rows.with_columns(
        value=_as_people_write(known, definition.node.type), missing=found.missing_names()
    )


def _as_people_write(value: pl.Series, kind: Type) -> pl.Series:
    if kind.shape == "date":
        return value.cast(pl.Int32).cast(pl.Date)
    if kind.shape == "enum":
        return pl.Series(kind.values).gather(value.cast(pl.UInt32))
    return value
