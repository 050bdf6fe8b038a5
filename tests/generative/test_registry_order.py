"""In whatever order rows are given, they find the same persons, raise the same questions and doubts, for the same reasons."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import huimin_county
from huimin import intake
from huimin.registry import beside, identity, residue, standing
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all

PLACE = ["file", "line", "role"]
# In what each part of an answer is put before it is compared.
ORDERS = {
    "links": PLACE, "persons": ["person"], "grey": [*PLACE, "person"], "doubts": [*PLACE, "person"],
    "evidence": [*PLACE, "person"], "alike": ["person", "other"],
}  # fmt: skip
CLOSE = 1e-9


@pytest.fixture(scope="module", params=[41, 42])
def mentions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Who the rows of a county with many errors are about, as they say it."""
    folder = tmp_path_factory.mktemp("county")
    huimin_county.make(folder, persons=3000, seed=request.param, errors=huimin_county.HEAVY)
    contracts, read = load_all(), []
    for path in sorted(Path(folder, "delivery").iterdir()):
        found = intake.read(path, path.name, contracts, date(2026, 7, 1))
        if found.contract is not None:
            read.append(mentions_of(found.contract, found.rows, path.name))
    return pl.concat(read)


@pytest.fixture(autouse=True)
def few_rows_teach(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a large county, where only some of the rows teach for all."""
    monkeypatch.setattr(residue, "TEACHING_ROWS", 300)
    monkeypatch.setattr(beside, "TEACHING_ROWS", 200)


def strewn(mentions: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same rows in another order: whole files with an even seed, else every row by itself."""
    if seed % 2:
        return mentions.sample(fraction=1.0, shuffle=True, seed=seed)
    files = mentions.partition_by("file", maintain_order=True)
    return pl.concat(files[place] for place in pl.int_range(len(files), eager=True).shuffle(seed))


def assert_same(one: identity.Resolution, other: identity.Resolution) -> None:
    for name, order in ORDERS.items():
        first, second = (getattr(each, name) for each in (one, other))
        assert first.height or name == "alike", f"there are no {name} to compare; choose another seed"
        assert_frame_equal(
            first.sort(order), second.sort(order), check_column_order=False, rel_tol=0, abs_tol=CLOSE
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_in_another_order_are_resolved_alike(mentions: pl.DataFrame, seed: int) -> None:
    assert_same(identity.resolve(mentions), identity.resolve(strewn(mentions, seed)))


def test_rows_of_a_day_in_another_order_are_linked_alike(mentions: pl.DataFrame) -> None:
    chance = pl.struct(PLACE).hash(5)
    of_the_day = (chance % 10 == 0) & pl.col("household_no").is_null()
    before, day = mentions.filter(~of_the_day), mentions.filter(of_the_day)
    kept = standing.of(identity.resolve(before), before)
    other = strewn(before, 1)
    same = standing.of(identity.resolve(other), other)
    highest = int(kept.people["person"].max())  # pyright: ignore[reportArgumentType]
    found = standing.attach(day, kept, highest)
    told = standing.attach(strewn(day, 3), same, highest)
    for name in ("links", "grey", "doubts", "evidence"):
        first, second = (getattr(each, name).sort(ORDERS[name]) for each in (found, told))
        assert_frame_equal(first, second, check_column_order=False, rel_tol=0, abs_tol=CLOSE)
