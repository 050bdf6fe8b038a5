"""Weights of pairs: what Splink says of the same pairs after the same model, and the same wherever a pair is weighed."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from huimin.engines import duckdb
from huimin.registry import linkage, training, weighing
from huimin.registry.comparisons import ELSE, Level, Model, compared
from huimin.registry.linkage import Field

FIELDS = {
    "given": Field("text", changed_places_with="family"),
    "family": Field("text", changed_places_with="given"),
    "born": Field("code"),
    "place": Field("category"),
}


@pytest.fixture(scope="module")
def records() -> pl.DataFrame:
    """People of few names, each twice, the second time with slips."""
    given, family, place = (
        ("anna", "berta", "clara", "dora", "emma"),
        ("li", "wang", "zhao", "sun"),
        ("east", "west"),
    )
    rows = []
    for number in range(120):
        first = (
            given[number % 5],
            family[number * 7 % 4],
            f"19{number % 97:02}-0{number % 9 + 1}-11",
            place[number % 2],
        )
        name, other, day, where = first
        second = (name[:-1] + "x" if number % 6 == 0 else name, other, day if number % 5 else None, where)
        if number % 11 == 0:
            second = (other, name, day, None)
        rows += [first, second]
    return (
        pl.DataFrame(rows, schema=list(FIELDS), orient="row")
        .with_row_index("record")
        .cast({"record": pl.Int64})
    )


def by_splink(records: pl.DataFrame, others: pl.DataFrame | None, model: Model) -> pl.DataFrame:
    with duckdb.connection() as opened:
        found = training.linker_of(opened, records, others, model).inference.predict()
        return duckdb.fetch(
            opened,
            "SELECT record_l::BIGINT AS left, record_r::BIGINT AS right, match_weight::DOUBLE AS weight"
            f" FROM {found.physical_name}",
        )


@pytest.mark.parametrize("apart", [False, True])
def test_splink_says_the_same(records: pl.DataFrame, apart: bool) -> None:
    mine, others = (records[::2], records[1::2]) if apart else (records, None)
    model = linkage.learn(mine, others, FIELDS)
    ours = weighing.weighed(mine, others, model)
    assert ours.height > 100
    key = ["left", "right"]
    theirs = by_splink(mine, others, model)
    assert_frame_equal(ours.select(*key, "weight").sort(key), theirs.sort(key), abs_tol=1e-9)
    parts = pl.sum_horizontal(pl.col("evidence").struct.unnest())
    told = ours.select("weight", parts=parts)
    assert (told["weight"] - told["parts"]).abs().max() < 1e-4  # pyright: ignore[reportOperatorIssue]


def test_a_pair_that_meets_several_blocks_is_weighed_once(records: pl.DataFrame) -> None:
    model = linkage.learn(records, None, FIELDS)
    assert len(model.blocks) > 1
    assert not weighing.weighed(records, None, model).select("left", "right").is_duplicated().any()


def test_what_is_not_there_says_nothing() -> None:
    model = Model((compared("name", Level("name_l = name_r", 0.9, 0.1), Level(ELSE, 0.1, 0.9)),), ("TRUE",))
    one, other = (pl.DataFrame({"record": [1], "name": [name]}) for name in (None, "anna"))
    found = weighing.weighed(one, other, model)
    assert found.row(0) == (1, 1, 0.0, {"name": None})
    assert weighing.weighed(one.clear(), other, model).schema == found.schema


def test_a_level_that_was_never_learned_is_refused(records: pl.DataFrame) -> None:
    model = Model((compared("given", Level("given_l = given_r"), Level(ELSE)),), ("TRUE",))
    with pytest.raises(AssertionError, match="has not been learned"):
        weighing.weighed(records, None, model)
