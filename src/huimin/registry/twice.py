"""People who stand in two residence booklets under two numbers, told from strangers of one name and birth date.

Two entries of one name, sex and birth date are either one person registered twice or two people by chance. How often
chance does it is seen where it alone can: in two booklets that both hold a family. What speaks further is whether rows
of both numbers stand in data sets where people have one row each: then they are two; and whether rows under the one number
tell the card or telephone of the other, or stand in files among its family: then they are one.
"""

from math import log2

import polars as pl

from huimin.registry import beside, coincidence, divided, placing
from huimin.registry.coincidence import NAMED

# Joined are two files only if it is fifty times likelier than not: who lives alone under the second number has a household
# no more. Clerks are asked already where it is one of four: what hangs on it is "to be verified" meanwhile, and they are few.
SURE, ASKED = 0.98, 0.25
# So loudly at most it speaks for joining two files, to base 2, that one of them lacks rows: poor people who live alone lack them too.
_MOST_LACKING = 3.0
# What is assumed of a county counts as much as this many pairs.
_ASSUMED_PAIRS = 5.0
_ASSUMED_TWICE = 0.002
# Supposed where chance seems to explain every pair: how many there are by chance is known roughly, and among a million people
# they are so many that those who stand twice vanish among them.
_LEAST_TWICE = 0.0004
# How often two rows of one person tell the same card or telephone, and two rows of two people do.
_CONTACTS = {"card": (0.9, 1e-4), "phone": (0.9, 1e-4)}
_MOST_BITS = 40.0
# Whole families that are alike in two booklets are not so by chance: less than one pair in a thousand has a second one beside it.
_TOGETHER = 10.0


def registered_twice(
    entries: pl.DataFrame, rows: pl.DataFrame, apart: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Which two seeds may be one person: seed, kept, probability, and whether it is `sure`: then the one goes to the other.

    `entries` are the rows of the booklets with seed and size (people of the booklet); `rows` all prepared mentions.
    `apart` are numbers that a clerk knows for those of two people (one, other).
    """
    of_interest = ["seed", *NAMED, "born_on", "number", "form", "household_no", "size"]
    known = entries.filter(pl.col("born_on").is_not_null()).select(of_interest)
    known = known.filter(pl.col("seed").is_first_distinct())
    by_chance = coincidence.expected(known, _alike(known))
    twice = by_chance.pairs.filter("alone").height - by_chance.alone + _ASSUMED_PAIRS
    share = max(twice / (known.height + _ASSUMED_PAIRS / _ASSUMED_TWICE), _LEAST_TWICE)
    # Of three or more alike none is joined by itself.
    lonely_pair = (pl.len().over("seed") == 1) & (pl.len().over("seed_b") == 1)
    pairs = by_chance.pairs.with_columns(_larger_first(by_chance.pairs), lonely=lonely_pair)
    pairs = pairs.filter(pl.col("alone") | pl.col("together"))
    lacking = divided.weights(pairs, rows, known)
    told = pairs.select(pl.when("together").then(_TOGETHER).otherwise(0.0)).to_series()
    told += _contacts(pairs, rows) + _among_family(pairs, entries, rows)
    surely = _probability(share, lacking.clip(upper_bound=_MOST_LACKING) + told) >= SURE
    pairs = pairs.with_columns(
        probability=_probability(share, lacking + told), sure=pl.col("lonely") & surely
    )
    if apart is not None and apart.height:
        both = pl.concat([apart.select("one", "other"), apart.select(one="other", other="one")])
        pairs = pairs.join(both, left_on=["number", "number_b"], right_on=["one", "other"], how="anti")
    found = pairs.filter(pl.col("probability") >= ASKED)
    return found.select("sure", "probability", seed="second", kept="first")


def _probability(share: float, bits: pl.Series) -> pl.Expr:
    """How likely each pair is one person, if so many people are registered twice and all else speaks so loudly."""
    odds = share / pl.col("chance") * 2.0 ** bits.clip(-_MOST_BITS, _MOST_BITS)
    return odds / (1 + odds)


def _alike(known: pl.DataFrame) -> pl.DataFrame:
    """Each two of one name, sex and birth date in two booklets, what is said of the second with `_b`.

    Also whether one of them is `alone` in the booklet, and whether others of the two booklets are alike `together` with them.
    """
    same = [*NAMED, "born_on"]
    # Few are alike, and of numbers that is sooner seen than of words.
    alike = known.filter(pl.struct(same).hash().is_duplicated())
    pairs = alike.join(alike, on=same, suffix="_b")
    homes = pl.col("household_no"), pl.col("household_no_b")
    both_homes = pl.struct(low=pl.min_horizontal(homes), high=pl.max_horizontal(homes))
    pairs = pairs.filter((pl.col("seed") < pl.col("seed_b")) & (homes[0] != homes[1]))
    return pairs.with_columns(
        alone=pl.min_horizontal("size", "size_b") == 1, together=both_homes.is_duplicated()
    )


def _larger_first(pairs: pl.DataFrame) -> list[pl.Expr]:
    """Whose booklet holds more people (first), and the other one, with their numbers."""
    larger = (pl.col("size") > pl.col("size_b")) | (
        (pl.col("size") == pl.col("size_b")) & (pl.col("household_no") < pl.col("household_no_b"))
    )
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
