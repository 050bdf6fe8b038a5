"""A day's rows against the standing registry: the same links as resolving everything anew, but for a few that wait."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_county
from huimin import intake
from huimin.registry import identity, standing
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all
from huimin_county.errors import PRESETS

ONE_OF = 20


@pytest.fixture(scope="module")
def mentions(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("county")
    huimin_county.make(folder, persons=1500, seed=17, errors=PRESETS["heavy"])
    found = []
    for path in sorted(Path(folder, "delivery").iterdir()):
        read = intake.read(path, path.name, load_all(), date(2026, 7, 1))
        if read.contract is not None:
            found.append(mentions_of(read.contract, read.rows, path.name))
    return pl.concat(found)


def test_a_days_rows_get_the_links_of_a_whole_run(mentions: pl.DataFrame) -> None:
    late = pl.struct("file", "line").hash(3) % ONE_OF == 0
    day, first = mentions.filter(late), mentions.filter(~late)
    before, whole = identity.resolve(first), identity.resolve(mentions)
    highest = int(before.persons["person"].max())  # pyright: ignore[reportArgumentType]
    found = standing.attach(day, standing.of(before, first), highest)
    place = ["file", "line", "role"]
    # A person is whoever most of the first day's rows say; whoever is new stands apart.
    same = before.links.join(whole.links, on=place, suffix="_whole").drop_nulls(["person", "person_whole"])
    same = same.group_by("person_whole").agg(pl.col("person").mode().min())
    told = found.links.join(whole.links, on=place, suffix="_whole").join(
        same, on="person_whole", how="left", suffix="_same"
    )
    known = pl.when(pl.col("person") <= highest).then("person")
    other = told.filter(known.ne_missing(pl.col("person_same")))
    assert day.height > 300
    assert found.people["person"].n_unique() > 0
    # Not more rows differ than a clerk is asked about anyway.
    assert other.height <= max(whole.grey.height, 1)
    assert other.filter(pl.col("person").is_not_null() & (pl.col("how") == "weighed")).is_empty()


def test_files_that_count_no_more_are_forgotten_and_days_add_up(mentions: pl.DataFrame) -> None:
    day = mentions.filter(pl.col("line") % ONE_OF == 0)
    first = mentions.filter(pl.col("line") % ONE_OF != 0)
    before = identity.resolve(first)
    kept = standing.of(before, first)
    found = standing.attach(day, kept, int(before.persons["person"].max()))  # pyright: ignore[reportArgumentType]
    both = kept.with_later(standing.of(found, day))
    assert both.rows.height == mentions.height
    file = mentions["file"][0]
    gone = both.rows.filter(pl.col("file") == file).select("file", "line")
    assert file not in both.without(gone).rows["file"].to_list()
    # The same rows again find the persons that they made the day before.
    again = standing.attach(day, both, int(both.people["person"].max()))  # pyright: ignore[reportArgumentType]
    assert again.people.filter(pl.col("household_no").is_null()).is_empty()
    linked = found.links.filter(pl.col("how").is_in(["id", "booklet", "id_repaired"]))
    told = again.links.join(linked, on=["file", "line", "role"], suffix="_first")
    assert told.filter(pl.col("person").ne_missing(pl.col("person_first"))).height <= 2
