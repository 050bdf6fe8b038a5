"""The people of the residence booklet: who is there, and who is there twice.

The booklet is the spine of the registry, because it alone lists everybody. Two of its rows are one person when
they agree in number and name, or in booklet, name and birth date. A person can also stand in two booklets under two
valid numbers: same name, sex and birth date, one of the two booklets holding nobody else, and so few
namesakes that a coincidence is unlikely.
"""

from dataclasses import dataclass

import polars as pl

from huimin.registry.twice import registered_twice

# What is kept of an entry; `village` too, which some booklets tell.
COLUMNS = ["canonical", "sound", "sex", "born_on", "number", "form", "household_no", "address", "village", "division",
           "relation", "residence", "name"]  # fmt: skip


@dataclass(frozen=True)
class Spine:
    """`people`: one row for each number a person of the booklets bears (seed, home, canonical, sound, sex, born_on,
    number, address, village, household_no). `links`: mention -> seed. `doubtful`: two who may be one person registered twice
    (seed, kept, probability).
    """

    people: pl.DataFrame
    links: pl.DataFrame
    doubtful: pl.DataFrame


def of(mentions: pl.DataFrame, apart: pl.DataFrame | None = None) -> Spine:
    """The people of the booklet rows among prepared mentions. `apart` are numbers of two people (one, other)."""
    rows = mentions.select("mention", *COLUMNS).drop_nulls(["household_no", "canonical"])
    alone, shared = _seeded(rows, apart)
    links = pl.concat([shared.select("mention", "seed"), alone.select("mention", "seed")])
    entries = pl.concat(
        [
            _entries(shared),
            alone.with_columns(first_here=pl.lit(True)),
        ]
    )
    entries = entries.with_columns(size=pl.col("first_here").sum().over("household_no")).drop("first_here")
    alike = registered_twice(entries, mentions, apart)
    same = alike.filter("sure").select("seed", "kept")
    kept = pl.col("seed").replace(same["seed"], same["kept"])
    people = entries.with_columns(moved=pl.col("seed").is_in(same["seed"].implode()), seed=kept)
    doubtful = alike.filter(~pl.col("sure")).select("seed", "kept", "probability")
    return Spine(people.select("seed", "moved", "size", *COLUMNS), links.with_columns(kept), doubtful)


def one_each(people: pl.DataFrame) -> pl.DataFrame:
    """The people with one row each; of who stands in two booklets, that of the booklet they count in."""
    return people.filter(counted(people))


def counted(people: pl.DataFrame) -> pl.Series:
    """Which rows `one_each` takes: people are many and wide, so that some parts are better taken one by one."""
    moved = people["moved"]
    order = pl.concat([(~moved).arg_true(), moved.arg_true()])
    taken = order.filter(people["seed"].gather(order).is_first_distinct())
    return pl.repeat(False, people.height, eager=True).scatter(taken, True)


def _entries(rows: pl.DataFrame) -> pl.DataFrame:
    """Each person once for each booklet and number, and whether it is the first time in the booklet: `first_here`."""
    entries = rows.filter(pl.struct("seed", "household_no", "number").is_first_distinct())
    return entries.with_columns(first_here=pl.struct("seed", "household_no").is_first_distinct())


def _seeded(rows: pl.DataFrame, apart: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with the seed of their person: those that are their person's only row, and the others.

    Rows of one person stand in an order that what they say alone decides.
    """
    by_number = pl.when(pl.col("form") == "valid").then(pl.struct("number", "canonical").hash())
    by_booklet = pl.struct("household_no", "canonical", "born_on").hash()
    if apart is not None and apart.height:
        # Of two whom a clerk has told apart each stands by the own number, in one booklet too.
        told = pl.col("number").is_in(pl.concat([apart["one"], apart["other"]]).implode()).fill_null(False)
        own = pl.struct("household_no", "canonical", "born_on", "number").hash()
        by_booklet = pl.when(told).then(own).otherwise(by_booklet)
    keys = ["by_number", "by_booklet"]
    rows = rows.with_columns(
        by_number=by_number, by_booklet=pl.when(pl.col("born_on").is_not_null()).then(by_booklet)
    )
    several = pl.any_horizontal(pl.col(key).is_not_null() & pl.col(key).is_duplicated() for key in keys)
    rows = rows.with_columns(several=several)
    alone = rows.filter(~pl.col("several"))
    shared = rows.filter("several").sort("number", "canonical", "household_no", "mention", nulls_last=True)
    shared = shared.with_columns(seed=_joined(shared, keys))
    alone = alone.with_columns(seed=pl.int_range(shared.height, rows.height, dtype=pl.Int64))
    return alone.drop(*keys, "several"), shared.drop(*keys, "several")


def _joined(rows: pl.DataFrame, keys: list[str]) -> pl.Series:
    """The least row number among those that share any key, so that either key joins rows."""
    group = pl.Series("seed", range(rows.height), dtype=pl.Int64)
    while True:
        frame = rows.select(keys).with_columns(group)
        for key in keys:
            least = (
                pl.when(pl.col(key).is_not_null())
                .then(pl.col("seed").min().over(key))
                .otherwise(pl.col("seed"))
            )
            frame = frame.with_columns(least.alias("seed"))
        if frame["seed"].equals(group):
            return group
        group = frame["seed"]
