"""What the others tell of whom a row speaks: the marriage register names two people who belong together.

Where one of them is known, the other lives with that one, or is of such an age and has nobody else as spouse in the own
booklet. How often that is so, and how often it is so of a namesake by chance, is learned for each data set from rows of
which everybody is linked.
"""

import polars as pl

# Spouses are mostly born within so many years of each other.
YEARS = 12
DAYS_A_YEAR = 365.25
# What is assumed counts as much as this many rows; it says that the others tell nothing.
_ASSUMED_ROWS = 20.0
MANNERS = ("home", "taken", "near", "far")
COUPLE = ["head", "spouse"]


def weights(pairs: pl.DataFrame, known: pl.DataFrame, rows: pl.DataFrame, people: pl.DataFrame) -> pl.Series:
    """For each pair (mention, seed) to base 2 how loudly the others of its row speak, null where none is known.

    `known` are the people that rows are compared with, `people` all, one row a person (seed, sound, household_no, born_on,
    relation); `rows` are all (mention, dataset, file, line, role, seed).
    """
    others = _others(rows)
    nothing = pl.Series("together", [None], dtype=pl.Float64).new_from_index(0, pairs.height)
    if others.is_empty():
        return nothing
    concerned = pl.concat([others["other"], others["seed"].drop_nulls(), known["seed"]]).unique()
    described = _described(people, concerned)
    rates = _rates(others.drop_nulls("seed"), described, known)
    asked = pairs.select("mention", "seed").with_row_index("pair")
    asked = asked.join(others.drop("seed"), on="mention").join(described, on="seed")
    told = _in_manner(asked, described).join(rates, on=["dataset", "manner"], how="left")
    found = told.group_by("pair").agg(pl.col("said").first())
    place = pairs.select(pair=pl.int_range(pl.len(), dtype=pl.UInt32))
    return place.join(found, on="pair", how="left", maintain_order="left")["said"].rename("together")


def _others(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that speak of two, with the one who is linked (other) and whom the row itself is linked to, if anybody."""
    several = rows.group_by("dataset").agg(pl.col("role").n_unique()).filter(pl.col("role") > 1)["dataset"]
    both = rows.filter(pl.col("dataset").is_in(several.implode())).select(
        "mention", "dataset", "file", "line", "seed"
    )
    other = both.drop_nulls("seed").select("file", "line", other_mention="mention", other="seed")
    told = both.join(other, on=["file", "line"], maintain_order="left")
    told = told.filter(pl.col("mention") != pl.col("other_mention"))
    return told.filter(pl.len().over("mention") == 1).select("mention", "dataset", "seed", "other")


def _described(people: pl.DataFrame, seeds: pl.Series) -> pl.DataFrame:
    """Of some people their sound, household, birth date and whether somebody in their booklet is their spouse: taken."""
    married = people.filter(pl.col("relation") == "spouse").select("household_no").unique()
    some = people.filter(pl.col("seed").is_in(seeds.implode()))
    some = some.join(married.with_columns(taken=pl.lit(True)), on="household_no", how="left")
    taken = pl.col("taken").fill_null(False) & pl.col("relation").is_in(COUPLE).fill_null(False)
    return some.select("seed", "sound", "household_no", "born_on", taken=taken)


def _in_manner(asked: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """How each one (with what `_described` says) stands to the other: one of `MANNERS`."""
    theirs = described.select(other="seed", their_home="household_no", their_day="born_on")
    apart = (pl.col("born_on") - pl.col("their_day")).dt.total_days().abs() / DAYS_A_YEAR
    manner = (
        pl.when((pl.col("household_no") == pl.col("their_home")).fill_null(False)).then(pl.lit("home"))
        .when("taken").then(pl.lit("taken"))
        .when((apart <= YEARS).fill_null(False)).then(pl.lit("near"))
        .otherwise(pl.lit("far"))
    )  # fmt: skip
    return asked.join(theirs, on="other", maintain_order="left").with_columns(manner=manner)


def _rates(others: pl.DataFrame, described: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """For each data set and manner what it says to base 2: how much oftener the right one stands so than a namesake."""
    own = _in_manner(others.join(described, on="seed"), described)
    named = described.join(known.select("seed").unique(), on="seed", how="semi").sort("sound", "seed")
    named = named.with_columns(place=pl.int_range(pl.len()).over("sound"), namesakes=pl.len().over("sound"))
    several = named.filter(pl.col("namesakes") > 1).select("seed", "sound", "place", "namesakes")
    apart = others.join(several, on="seed").with_columns(place=(pl.col("place") + 1) % pl.col("namesakes"))
    by_chance = _in_manner(
        apart.select("dataset", "other", "sound", "place").join(named, on=["sound", "place"]), described
    )
    table = others.select("dataset").unique().join(pl.DataFrame({"manner": MANNERS}), how="cross")
    for told, name in ((own, "m"), (by_chance, "u")):
        counts = told.group_by("dataset", "manner").agg(pl.len().alias(name))
        table = table.join(counts, on=["dataset", "manner"], how="left").with_columns(
            pl.col(name).fill_null(0)
        )
        assumed = _ASSUMED_ROWS / len(MANNERS)
        share = (pl.col(name) + assumed) / (pl.col(name).sum().over("dataset") + _ASSUMED_ROWS)
        table = table.with_columns(share.alias(name))
    return table.select("dataset", "manner", said=(pl.col("m") / pl.col("u")).log(2))
