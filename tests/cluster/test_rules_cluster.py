"""The kernel on two executors says what it says at home, to the fen."""

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.generative.test_rules_engines import (
    ON,
    Author,
    long,
    make_book,
    parameter_sets,
    population_of,
)
from tests.spec.test_rules_divisions import ZHEJIANG, of_two_places

from huimin import rules
from huimin.rules.cluster import cluster

pytestmark = pytest.mark.slow


def sent(session: Any, table: pl.DataFrame) -> Any:
    """A table as Spark holds it."""
    return session.createDataFrame(table.to_arrow(compat_level=pl.CompatLevel.oldest()))


@pytest.mark.parametrize("seed", [3, 92, 653])
def test_a_cluster_answers_as_one_machine_does(spark: Any, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    while True:
        try:
            book = make_book(Author(chance), 2)
            break
        except rules.PolicyError:
            continue
    population, sets = population_of(book, chance, 300), parameter_sets(chance)
    names = [name for name in book.names if book.version(name, ON)]
    homes, persons = (sent(spark, table) for table in (population.households, population.persons))
    found = cluster(book, names, homes, persons, ON, sets, cache_folder=tmp_path / "kernel")
    told = pl.from_arrow(found.toArrow())
    assert isinstance(told, pl.DataFrame)
    population.households.write_parquet(tmp_path / "households.parquet")
    population.persons.write_parquet(tmp_path / "persons.parquet")
    rules.stream(
        book, names, tmp_path / "households.parquet", tmp_path / "persons.parquet", tmp_path / "told.parquet", ON, sets
    )  # fmt: skip
    alone = pl.read_parquet(tmp_path / "told.parquet").with_columns(
        pl.col(pl.Enum, pl.Categorical).cast(pl.String)
    )
    assert told.sort("household").equals(alone.sort("household"))
    # Of households in several divisions, those that a policy of another place does not concern have no answer.
    asked = rules.batch(book, names, population, ON, sets).with_columns(pl.col("missing").list.join(","))
    assert long(told.sort("household"), names).equals(asked)
    # The driver counts as one of those that Spark lists.
    assert len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) == 2 + 1


def test_a_cluster_does_not_ask_what_holds_elsewhere(spark: Any, tmp_path: Path) -> None:
    of = of_two_places(tmp_path)
    homes = pl.DataFrame({"household": range(3), "division": [ZHEJIANG] * 3, "rent": [0, 50, None]})
    nobody = pl.DataFrame(schema={"household": pl.Int64})
    found = cluster(
        of, ["rest"], sent(spark, homes), sent(spark, nobody), ON, cache_folder=tmp_path / "kernel"
    )
    told = pl.from_arrow(found.toArrow())
    assert isinstance(told, pl.DataFrame)
    assert told.sort("household")["rest_status"].to_list() == ["not_entitled", "entitled", "unknown"]


def test_a_table_without_a_fact_is_refused_by_name(spark: Any) -> None:
    chance = random.Random(1)
    author = Author(chance)
    book = make_book(author, 1)
    homes = sent(spark, pl.DataFrame({"household": [1], "division": ["330127001002"]}))
    people = sent(spark, pl.DataFrame({"household": [1]}))
    names = [name for name in book.names if book.version(name, ON)]
    with pytest.raises(rules.PolicyError, match="column"):
        cluster(book, names, homes, people, ON)
