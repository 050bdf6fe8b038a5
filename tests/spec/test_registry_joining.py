"""What clerks say of whole files is laid over what was resolved: who is one, who is two."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

import huimin_county
from huimin.intake import read
from huimin.registry import identity, joining
from huimin.registry.mentions import SCHEMA, mentions_of
from huimin.tables.contract import load_all
from huimin_county.errors import USUAL

PERSONS = pl.DataFrame(
    {
        "seed": [10, 11, 12], "person": [1, 2, 3], "name": ["一", "二", "三"],
        "national_id": ["A", "B", None], "other_ids": [["X"], [], []],
    },
    schema_overrides={"other_ids": pl.List(pl.String)},
)  # fmt: skip


def kept(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(list(pairs), schema=joining.SCHEMA, orient="row")


def test_the_numbers_of_both_stay_with_the_file_that_is_kept() -> None:
    found, number_of = joining.joined(PERSONS, kept((2, 1)))
    assert found.select("person", "name", "national_id", pl.col("other_ids").list.sort()).rows() == [
        (1, "一", "A", ["B", "X"]),
        (3, "三", None, []),
    ]
    assert dict(number_of.iter_rows()) == {10: 1, 11: 1, 12: 3}


def test_the_number_stays_also_where_nobody_of_it_has_a_row_any_more() -> None:
    found, number_of = joining.joined(PERSONS.filter(pl.col("person") != 1), kept((2, 1)))
    assert sorted(found["person"]) == [1, 3]
    assert dict(number_of.iter_rows()) == {11: 1, 12: 3}


def test_nothing_joined_leaves_everything_as_it_is() -> None:
    found, _numbers = joining.joined(PERSONS, kept())
    assert found.equals(PERSONS)


def test_two_whom_a_clerk_has_told_apart_are_not_taken_for_one_registered_twice(tmp_path: Path) -> None:
    huimin_county.make(tmp_path / "c", persons=600, seed=3, errors=replace(USUAL, registered_twice=0.05))
    said = [pl.DataFrame(schema=SCHEMA)]
    for path in sorted((tmp_path / "c" / "delivery").iterdir()):
        reading = read(path, path.name, load_all(), date(2026, 7, 1))
        if reading.contract is not None and reading.contract.mentions:
            said.append(mentions_of(reading.contract, reading.rows, path.name))
    mentions = pl.concat(said)
    twice = pl.col("other_ids").list.len() > 0
    joined = identity.resolve(mentions).persons.filter(twice)
    assert joined.height > 3
    own, (further, *_more) = joined.select("national_id", "other_ids").row(0)
    apart = pl.DataFrame({"one": [further], "other": [own]})
    found = identity.resolve(mentions, apart=apart).persons
    assert found.filter(pl.col("national_id").is_in([own, further])).height == 2
    assert found.filter(twice).height == joined.height - 1
