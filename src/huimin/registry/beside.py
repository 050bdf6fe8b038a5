"""What the rows beside a row tell: departments list families together, and the bills of a patient one after the other.

How often a row stands beside one of the same household is learned for each data set from rows that are linked already,
beside how often it stands next to the household of a namesake by chance. A file in no such order teaches that its order
says nothing: sorted by name, or shuffled, it moves no weight.
"""

import numpy as np
import polars as pl

from huimin.registry import placing

# So far up and down the nearest row is looked for of which it is known whom it is about.
REACH = 3
TEACHING_ROWS = 4_000
# What is assumed counts as much as this many rows; it says that the order tells nothing.
_ASSUMED_ROWS, _ASSUMED = 50, 0.01
_LEAST, _MOST = 5e-4, 0.98
SIDES = ("before", "after")
# Of whom a row could be: somebody who lives alone, who has other rows in the data set, who has few namesakes.
KINDS = ["dataset", "alone", "seen", "band"]
# Up to so many namesakes each.
BANDS = (1, 2, 4, 8, 16)


class Order:
    """The rows in their order, with whom the linked ones are about.

    `rows` are all (mention, dataset by number, seed), `people` one row a person: seed, sound, household_no, size.
    """

    def __init__(self, rows: pl.DataFrame, people: pl.DataFrame) -> None:
        self.rows, self.people = rows.select("mention", "dataset", "seed"), people
        self.index = placing.Index(people["seed"])
        self.namesakes = people.group_by("sound").agg(namesakes=pl.len())
        self.first = int(rows["mention"][0]) - REACH if rows.height else 0
        self.seeds = np.pad(rows["seed"].fill_null(-1).to_numpy(), REACH, constant_values=-1)
        numbers = rows["dataset"].to_physical().cast(pl.Int32)
        self.sets = np.pad(numbers.to_numpy(), REACH, constant_values=-1)

    def homes(self, wanted: pl.Series) -> pl.DataFrame:
        """The households of the linked rows next to each wanted one of the same data set: mention, before, after."""
        at = wanted.to_numpy() - self.first
        told = pl.DataFrame({"mention": wanted})
        homes = self.people["household_no"]
        for side, step in zip(SIDES, (-1, 1), strict=True):
            found = np.full(len(at), -1, dtype=np.int64)
            for far in range(REACH, 0, -1):
                there = at + step * far
                known = (self.seeds[there] >= 0) & (self.sets[there] == self.sets[at])
                found = np.where(known, self.seeds[there], found)
            told = told.with_columns(homes.gather(self.index.of(pl.Series(found))).alias(side))
        return told

    def persons(self, seeds: pl.Series) -> pl.DataFrame:
        """The people of these seeds."""
        return self.people[self.index.of(seeds)]


def weights(pairs: pl.DataFrame, seeking: pl.DataFrame, known: pl.DataFrame, order: Order) -> pl.Series:
    """For each pair (mention, seed) to base 2 how loudly the rows beside it speak, null where none is known.

    `seeking` are the rows of the pairs (mention, dataset, namesakes, before, after); `known` the people they are compared
    with (seed, sound, household_no, size).
    """
    ours = order.rows.filter(pl.col("dataset").is_in(seeking["dataset"].unique().implode()))
    ours = ours.drop_nulls("seed")
    teaching = placing.some(ours, TEACHING_ROWS)
    concerned = pl.concat([known["seed"], teaching["seed"]]).unique().to_frame()
    seen = ours.join(concerned, on="seed", how="semi").group_by("dataset", "seed").agg(rows=pl.len())
    own = _own(teaching, order).join(seen, on=["dataset", "seed"], how="left")
    by_chance = _by_chance(ours, known, order).join(seen, on=["dataset", "seed"], how="left")
    rates = _rates(
        own.with_columns(seen=pl.col("rows") > 1),
        by_chance.with_columns(seen=pl.col("rows").fill_null(0) > 0),
        seeking["dataset"].unique(),
    )
    sought = seeking.select("mention", "dataset", *SIDES, band=_band())
    told = (
        pairs.select("mention", "seed")
        .join(sought, on="mention", how="left", maintain_order="left")
        .join(
            known.select("seed", "household_no", alone=_alone()), on="seed", how="left", maintain_order="left"
        )
        .join(seen, on=["dataset", "seed"], how="left", maintain_order="left")
        .with_columns(seen=pl.col("rows").fill_null(0) > 0)
        .join(rates, on=KINDS, how="left", maintain_order="left")
    )
    m, u = pl.col("m"), pl.col("u")
    said = pl.when(_agree()).then((m / u).log(2)).otherwise(((1 - m) / (1 - u)).log(2))
    return told.select(pl.when(_somebody()).then(said).alias("beside")).to_series()


def _own(teaching: pl.DataFrame, order: Order) -> pl.DataFrame:
    """Linked rows with the household of their person and those beside them."""
    theirs = order.persons(teaching["seed"]).drop("seed")
    told = pl.concat([teaching, theirs, order.homes(teaching["mention"]).drop("mention")], how="horizontal")
    told = told.join(order.namesakes, on="sound", maintain_order="left")
    return told.with_columns(alone=_alone(), band=_band()).filter(_somebody())


def _by_chance(ours: pl.DataFrame, known: pl.DataFrame, order: Order) -> pl.DataFrame:
    """Linked rows with the household of another person of the name, and those beside them."""
    named = known.select("seed", "sound", "household_no", alone=_alone()).filter(
        pl.col("seed").is_first_distinct()
    )
    named = named.filter(pl.col("sound").is_duplicated())
    own = ours.filter(pl.col("seed").is_in(named["seed"].implode()))
    own = placing.some(own, TEACHING_ROWS)
    # Only of the names that these rows have is it asked who else bears them.
    sounds = named.filter(pl.col("seed").is_in(own["seed"].unique().implode())).select("sound").unique()
    named = named.join(sounds, on="sound", how="semi").sort("sound", "seed")
    named = named.with_columns(place=pl.int_range(pl.len()).over("sound"), namesakes=pl.len().over("sound"))
    own = own.join(
        named.select("seed", "sound", "place", "namesakes"), on="seed", maintain_order="left"
    ).drop("seed")
    own = own.join(order.homes(own["mention"]), on="mention").filter(_somebody())
    other = own.with_columns(place=(pl.col("place") + 1) % pl.col("namesakes"), band=_band()).drop(
        "namesakes"
    )
    return other.join(named, on=["sound", "place"])


def _rates(own: pl.DataFrame, by_chance: pl.DataFrame, sets: pl.Series) -> pl.DataFrame:
    """How often a row stands beside its own household (m), and beside that of a namesake (u), by `KINDS`."""
    table = pl.DataFrame({"dataset": sets})
    for kind in ("alone", "seen"):
        table = table.join(pl.DataFrame({kind: [False, True]}), how="cross")
    bands = pl.DataFrame({"band": range(len(BANDS) + 1)}, schema={"band": pl.UInt32})
    table = table.join(bands, how="cross")
    for told, number, agreeing in ((own, "own", "agreeing"), (by_chance, "others", "chance")):
        counts = told.group_by(KINDS).agg(pl.len().alias(number), _agree().sum().alias(agreeing))
        table = table.join(counts, on=KINDS, how="left")
    return table.fill_null(0).select(*KINDS, m=_blended("agreeing", "own"), u=_blended("chance", "others"))


def _agree() -> pl.Expr:
    return pl.any_horizontal((pl.col(side) == pl.col("household_no")).fill_null(False) for side in SIDES)


def _somebody() -> pl.Expr:
    return pl.any_horizontal(pl.col(side).is_not_null() for side in SIDES)


def _alone() -> pl.Expr:
    return pl.col("size") <= 1


def _band() -> pl.Expr:
    """Few namesakes stand beside one another more often than many, where a file is sorted by name."""
    return pl.sum_horizontal((pl.col("namesakes").fill_null(1) > most).cast(pl.UInt32) for most in BANDS)


def _blended(agreeing: str, number: str) -> pl.Expr:
    """The share in a kind of rows, leaning on that of the data set, and this on what is assumed."""
    place = ["dataset", "alone", "seen"]
    whole = (pl.col(agreeing).sum().over(place) + _ASSUMED * _ASSUMED_ROWS) / (
        pl.col(number).sum().over(place) + _ASSUMED_ROWS
    )
    return ((pl.col(agreeing) + whole * _ASSUMED_ROWS) / (pl.col(number) + _ASSUMED_ROWS)).clip(_LEAST, _MOST)
