"""People who stand in two residence booklets under two numbers, told from strangers of one name and birth date.

Two entries of one name, sex and birth date are either one person registered twice or two people by chance. How often
chance does it is seen where it alone can: in two booklets that both hold a family. What speaks further is whether rows
of both numbers stand in data sets where people have one row each: then they are two; and whether rows under the one number
tell the card or telephone of the other, or stand in files among its family: then they are one.
"""

from math import log2

import polars as pl

from huimin.registry import beside, placing
from huimin.registry.presence import SEVERAL

# As sure as a link must be; who is less surely one person stays two, and clerks are asked from a lower one on.
SURE, ASKED = 0.95, 0.5
DAYS_OF_BIRTH = 365.25 * 60
# What is assumed of a county counts as much as this many pairs.
_ASSUMED_PAIRS = 5.0
_ASSUMED_TWICE = 0.002
# Supposed where chance seems to explain every pair: how many there are by chance is known roughly, and among a million people
# they are so many that those who stand twice vanish among them.
_LEAST_TWICE = 0.0004
_SECOND_ROW = 0.01
_MOST_HAVING = 0.98
_ROWS_ENOUGH = 500_000
# How often two rows of one person tell the same card or telephone, and two rows of two people do.
_CONTACTS = {"card": (0.9, 1e-4), "phone": (0.9, 1e-4)}
_MOST_BITS = 40.0


def registered_twice(
    entries: pl.DataFrame, rows: pl.DataFrame, apart: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Which two seeds may be one person: seed, kept, probability, and whether it is `sure`: then the one goes to the other.

    `entries` are the rows of the booklets with seed and size (people of the booklet); `rows` all prepared mentions.
    `apart` are numbers that a clerk knows for those of two people (one, other).
    """
    of_interest = ["seed", "canonical", "sex", "born_on", "number", "size"]
    known = entries.filter(pl.col("born_on").is_not_null()).select(of_interest)
    known = known.filter(pl.col("seed").is_first_distinct())
    name, same = ["canonical", "sex"], ["canonical", "sex", "born_on"]
    named = known.group_by(name).agg(namesakes=pl.len().cast(pl.Int64) - 1)
    # Few are alike, and of numbers that is sooner seen than of words.
    alike = known.filter(pl.struct(same).hash().is_duplicated()).join(named, on=name, nulls_equal=True)
    pairs = alike.join(alike, on=same, suffix="_b")
    pairs = pairs.filter(pl.col("seed") < pl.col("seed_b")).with_columns(
        alone=pl.min_horizontal("size", "size_b") == 1
    )
    by_chance = float((named["namesakes"] * (named["namesakes"] + 1)).sum()) / 2 / DAYS_OF_BIRTH
    pairs = pairs.with_columns(odds=_odds(known, by_chance, pairs) * _rows_of_both(pairs, rows, known.height))
    pairs = pairs.with_columns(_larger_first(pairs))
    bits = _contacts(pairs, rows) + _among_family(pairs, entries, rows)
    pairs = pairs.with_columns(pl.col("odds") * 2.0 ** bits.clip(-_MOST_BITS, _MOST_BITS))
    # Of three or more alike none is joined by itself.
    lonely_pair = (pl.len().over("seed") == 1) & (pl.len().over("seed_b") == 1)
    likely = pl.col("odds") >= SURE / (1 - SURE)
    pairs = pairs.with_columns(
        sure=pl.col("alone") & likely & lonely_pair, probability=pl.col("odds") / (1 + pl.col("odds"))
    )
    if apart is not None and apart.height:
        both = pl.concat([apart.select("one", "other"), apart.select(one="other", other="one")])
        pairs = pairs.join(both, left_on=["number", "number_b"], right_on=["one", "other"], how="anti")
    doubtful = pl.col("alone") & (pl.col("probability") >= ASKED)
    return pairs.filter(pl.col("sure") | doubtful).select("sure", "probability", seed="second", kept="first")


def _odds(known: pl.DataFrame, chance_pairs: float, pairs: pl.DataFrame) -> pl.Expr:
    """One person to two, before rows are looked at: people registered twice to pairs by chance among namesakes.

    `chance_pairs` are how many pairs of a name and sex would be born on one day, if births were spread over all days.
    """
    alone = float((known["size"] == 1).mean() or 0.0)  # pyright: ignore[reportArgumentType]
    either_alone = 1 - (1 - alone) ** 2
    seen_by_chance = pairs.filter(~pl.col("alone")).height
    # More than even births over all days would give: names have their generations.
    bunching = (seen_by_chance + _ASSUMED_PAIRS) / (chance_pairs * (1 - either_alone) + _ASSUMED_PAIRS)
    by_chance = chance_pairs * bunching * either_alone
    twice = pairs.filter("alone").height - by_chance + _ASSUMED_PAIRS
    share = max(twice / (known.height + _ASSUMED_PAIRS / _ASSUMED_TWICE), _LEAST_TWICE)
    return share / (pl.col("namesakes") / 2 / DAYS_OF_BIRTH * bunching * either_alone)


def _larger_first(pairs: pl.DataFrame) -> list[pl.Expr]:
    """Whose booklet holds more people (first), and the other one, with their numbers."""
    larger = pl.col("size") >= pl.col("size_b")
    return [
        pl.when(larger).then(one).otherwise(other).alias(name)
        for name, one, other in (
            ("first", "seed", "seed_b"), ("second", "seed_b", "seed"),
            ("first_number", "number", "number_b"), ("second_number", "number_b", "number"),
        )
    ]  # fmt: skip


def _contacts(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """How loudly the cards and telephones in rows of both numbers speak for one person, to base 2."""
    place = pairs.select("first_number", "second_number").with_row_index("pair")
    asked = pl.concat([pairs["number"], pairs["number_b"]]).unique().implode()
    mine = rows.select("number", *_CONTACTS).filter(pl.col("number").is_in(asked))
    bits = pl.zeros(pairs.height, dtype=pl.Float64, eager=True)
    for name, (m, u) in _CONTACTS.items():
        told = mine.select("number", name).drop_nulls().unique()
        sides = [
            place.join(told, left_on=number, right_on="number").select("pair", name)
            for number in ("first_number", "second_number")
        ]
        both = sides[0].select("pair").unique().join(sides[1].select("pair").unique(), on="pair")
        same = (
            sides[0].join(sides[1], on=["pair", name]).select("pair").unique().with_columns(same=pl.lit(True))
        )
        said = pl.when("same").then(log2(m / u)).otherwise(log2((1 - m) / (1 - u)))
        found = both.join(same, on="pair", how="left").select("pair", said=said)
        bits += place.join(found, on="pair", how="left", maintain_order="left")["said"].fill_null(0.0)
    return bits


def _among_family(pairs: pl.DataFrame, entries: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """How loudly it speaks for one person, to base 2, that rows under the second number stand beside the first one's family.

    Rows of one data set are no witnesses apart from one another; their mean counts. Rows that stand elsewhere say nothing:
    they may be filed by the other booklet.
    """
    people = entries.filter(pl.col("seed").is_first_distinct()).select(
        "seed", "sound", "number", "household_no", "size"
    )
    kind = pl.Enum(rows["dataset"].unique().sort())
    rows = rows.select(
        "mention", pl.col("dataset").cast(kind), "number", "sound", outside=pl.col("household_no").is_null()
    )
    told = rows.filter("outside").join(people.drop("household_no", "size"), on=["number", "sound"])
    second = pairs.select(seed="second", first="first").with_row_index("pair")
    theirs = told.join(second, on="seed").sort("mention", "pair")
    nothing = pl.zeros(pairs.height, dtype=pl.Float64, eager=True)
    if theirs.is_empty():
        return nothing
    links = told.join(second, on="seed", how="anti").select("mention", "seed")
    order = beside.Order(rows.with_columns(placing.seeds(rows, links)), people.drop("number"))
    seeking = theirs.select("mention", "dataset", "sound").unique().join(order.namesakes, on="sound")
    seeking = seeking.join(order.homes(seeking["mention"]), on="mention")
    known = people.join(seeking.select("sound").unique(), on="sound", how="semi").drop("number")
    asked = theirs.select("pair", "dataset", "mention", seed="first")
    told_bits = asked.with_columns(beside.weights(asked, seeking, known, order).fill_null(0.0))
    of_set = told_bits.group_by("pair", "dataset").agg(pl.col("beside").mean().clip(0.0))
    found = of_set.group_by("pair").agg(pl.col("beside").sum())
    return second.join(found, on="pair", how="left", maintain_order="left")["beside"].fill_null(0.0)


def _rows_of_both(pairs: pl.DataFrame, rows: pl.DataFrame, people: int) -> pl.Series:
    """How rows under both numbers, or their lack, change the odds of one person, over all data sets of one row each."""
    outside = rows.select("household_no", "form", "dataset", "number", "content", "mention").filter(
        pl.col("household_no").is_null() & (pl.col("form") == "valid")
    )
    # How many have a row, and how many two, some of the numbers tell as well as all do.
    one_of = max(outside.height // _ROWS_ENOUGH, 1)
    sampled = pl.col("number").hash(1) % one_of == 0
    asked = pl.concat([pairs["number"], pairs["number_b"]]).implode()
    said = outside.filter(sampled | pl.col("number").is_in(asked)).select(
        "dataset", "number", said=pl.coalesce("content", pl.col("mention").cast(pl.UInt64))
    )
    counts = said.group_by("dataset", "number").agg(rows=pl.col("said").n_unique())
    shares = (
        counts.filter(sampled)
        .group_by("dataset")
        .agg(
            having=(pl.len() * one_of / people).clip(upper_bound=_MOST_HAVING),
            several=(pl.col("rows") > 1).mean(),
        )
    )
    single = shares.filter(pl.col("several") < SEVERAL).with_columns(
        several=pl.max_horizontal("several", _SECOND_ROW)
    )
    place = pairs.select("number", "number_b").with_row_index("pair")
    first = place.join(counts.select("dataset", "number"), on="number").select("pair", "dataset")
    second = place.join(counts.select("dataset", number_b="number"), on="number_b").select("pair", "dataset")
    both = first.join(second, on=["pair", "dataset"]).with_columns(both=pl.lit(True))
    every = place.select("pair").join(single, how="cross").join(both, on=["pair", "dataset"], how="left")
    # One person has a second row rarely; two people both have one as often as people do, squared.
    told = (
        pl.when(pl.col("both").fill_null(False))
        .then(pl.col("several") / pl.col("having"))
        .otherwise((1 - pl.col("several")) / (1 - pl.col("having") ** 2))
    )
    change = every.group_by("pair").agg(change=told.log().sum().exp())
    return place.join(change, on="pair", how="left", maintain_order="left")["change"].fill_null(1.0)
