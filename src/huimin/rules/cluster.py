"""The same kernel on a cluster: Spark carries the households, each worker computes its share.

Needs PySpark and Java, which only a cluster wants: `pip install huimin[cluster]`.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from huimin.rules.batch import answered, ready
from huimin.rules.book import PolicyBook
from huimin.rules.errors import PolicyError
from huimin.rules.facts import Facts
from huimin.rules.parameters import ParameterSet
from huimin.rules.population import Population
from huimin.rules.questions import Asked, of_policies
from huimin.rules.streaming import wide

if TYPE_CHECKING:
    from pyspark.sql import DataFrame  # pyright: ignore[reportMissingImports] - who has no cluster has no Spark

MEMBERS = "huimin_members"


def cluster(
    book: PolicyBook,
    names: Iterable[str],
    households: "DataFrame",
    persons: "DataFrame",
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    cache_folder: Path | None = None,
) -> "DataFrame":
    """What policies say of every household, as a Spark table with the columns of `stream`, in no order.

    Both tables hold what `Population.of` takes. Members are gathered with their household, so that a batch of rows is
    whole in itself; a batch is as large as `spark.sql.execution.arrow.maxRecordsPerBatch` says (100,000 suits), and
    every executor keeps its compiled kernel in `cache_folder`, a local folder that it owns. Raises `PolicyError`
    "population_column" for a table that lacks a fact. Which divisions there are is asked first, in a job of its own:
    policies that hold in none of them are left out, as everywhere.
    """
    from pyspark.sql import functions as columns  # pyright: ignore[reportMissingImports]

    names, sets = tuple(names), list(parameters)
    _insist(households, ["household", "division"])
    places = [row["division"] for row in households.select("division").distinct().collect()]
    asked = of_policies(book.around(places, names), names, on)
    of_household, of_person = (
        [book.facts[key].name for key in asked.facts if book.facts[key].level == level]
        for level in ("household", "person")
    )
    _insist(households, ["household", "division", *of_household])
    _insist(persons, ["household", *of_person])
    # A struct of nothing is no type: the household's number stands for a member of whom nothing is asked.
    member = columns.struct(*[columns.col(name) for name in of_person or ["household"]])
    gathered = persons.groupBy("household").agg(columns.collect_list(member).alias(MEMBERS))
    whole = households.select("household", "division", *of_household).join(gathered, "household", "left")

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        made = ready(asked, cache_folder=cache_folder)
        for each in batches:
            population = _population(pa.Table.from_batches([each]), asked.book.facts)
            found = wide(asked, population, answered(made, population, on, sets, threads=1))
            # Words travel as words: a cluster has no dictionaries of ours.
            yield from found.cast(_schema(asked)).to_batches()

    return whole.mapInArrow(answer, _columns(asked))


def _insist(table: "DataFrame", names: list[str]) -> None:
    for name in names:
        if name not in table.columns:
            raise PolicyError("population_column", name)


def _columns(asked: Asked) -> str:
    """The columns of the answer, in Spark's words."""
    parts = [f"`{n}_status` string, `{n}_amount_fen` bigint, `{n}_missing` string" for n in asked.answered]
    return ", ".join(["household bigint", *parts])


def _schema(asked: Asked) -> pa.Schema:
    kinds = (("status", pa.string()), ("amount_fen", pa.int64()), ("missing", pa.string()))
    fields = [(f"{name}_{part}", kind) for name in asked.answered for part, kind in kinds]
    return pa.schema([("household", pa.int64()), *fields])


def _population(table: pa.Table, facts: Facts) -> Population:
    """The households of a batch with the members that they carry."""
    members = table[MEMBERS].combine_chunks()
    sizes = members.value_lengths().fill_null(0).to_numpy()
    # Offsets of a slice do not begin at zero; flatten leaves out what is null.
    values = members.flatten()
    homes = pl.DataFrame(table.drop_columns(MEMBERS))
    people = pl.DataFrame(pa.Table.from_batches([pa.RecordBatch.from_struct_array(values)]))
    owners = np.repeat(homes["household"].to_numpy(), sizes)
    people = people.with_columns(household=pl.Series(owners)).with_row_index("person")
    return Population.of(homes, people, facts)
