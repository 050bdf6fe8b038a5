"""Linking on two executors gives the clusters of one machine, row by row and weight by weight."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import huimin_county
from huimin import intake
from huimin.registry import identity, likeness
from huimin.registry.cluster import Cluster
from huimin.registry.comparisons import ELSE, Level, Model, compared
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all
from huimin_county.errors import PRESETS

pytestmark = pytest.mark.slow
SHARES = 4
PEOPLE = 10_000


@pytest.fixture(scope="module")
def mentions(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("county")
    huimin_county.make(folder, persons=PEOPLE, seed=23, errors=PRESETS["heavy"])
    found = []
    for path in sorted(Path(folder, "delivery").iterdir()):
        read = intake.read(path, path.name, load_all(), date(2026, 7, 1))
        if read.contract is not None:
            found.append(mentions_of(read.contract, read.rows, path.name))
    return pl.concat(found)


def test_two_executors_find_the_clusters_of_one_machine(spark: Any, mentions: pl.DataFrame) -> None:
    alone = identity.resolve(mentions)
    together = identity.resolve(mentions, weigh=Cluster(spark, SHARES))
    assert alone.links.filter(pl.col("how") == "weighed").height > 100
    assert_frame_equal(together.links, alone.links, abs_tol=1e-12)
    assert together.persons.equals(alone.persons)
    place = ["file", "line", "role", "person"]
    assert_frame_equal(together.grey.sort(place), alone.grey.sort(place), abs_tol=1e-12)
    # The driver counts as one of those that Spark lists.
    assert len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) == 2 + 1


def test_a_model_whose_pairs_would_be_torn_apart_is_refused(spark: Any) -> None:
    name = compared("sound", Level("sound_l = sound_r", 0.9, 0.1), Level(ELSE, 0.1, 0.9))
    records = pl.DataFrame({"record": [1], "sound": ["a"]})
    with pytest.raises(ValueError, match=r"meet on no executor: l\.born_on"):
        Cluster(spark, SHARES)(records, records, Model((name,), ("l.born_on = r.born_on",)), {})
    assert all(block.startswith("l.sound = r.sound") for block in likeness._blocks())
