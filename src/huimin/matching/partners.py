"""Households that are one if what waits for a clerk is so: a marriage joins who lives alone, or two files are one person's.

A marriage 婚姻登记 of which one side waits forms no couple, so that both are asked about as if they lived apart. Who may stand in
two booklets is asked about as two, and the one who lives alone there has nothing. Whether that is so is not known: what
depends on it is not known either.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from huimin.matching.tables import Tables, members

MARRIAGE, MARRIED = "marriage", "married"
SCHEMA = {"household": pl.Int64, "joining": pl.Int64, "row": pl.String, "kept": pl.Int64, "gone": pl.Int64}


@dataclass(frozen=True)
class AsOne:
    """Tables in which each two households are one, under numbers of their own; `homes` says which those are, and whether nobody is
    `left` in it who could be given anything, because its only member is one of the other (pair, household, left). `persons` says who
    stands there under which number: whose file would be another's under that one's, and is not of the `own` (pair, person, copy, own).
    """

    tables: Tables
    homes: pl.DataFrame
    persons: pl.DataFrame


def in_doubt(tables: Tables, on: date) -> pl.DataFrame:
    """The households that what waits would make one: household, joining, row, kept, gone.

    As in `huimin.registry.households`: only who lives alone joins the other's household; whose later record is another one
    does not. `household` is the one that stays: of two who live alone that of the lower number. Where two files would be one,
    `gone` is the person whose file goes into that of `kept`; of a couple both are null.
    """
    couples = pl.concat(
        [
            _couples(tables).with_columns(same=pl.lit(False)),
            tables.alike.select("other", "row", one="person", same=pl.lit(True)).select(
                "one", "other", "row", "same"
            ),
        ]
    )
    if couples.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    homes = members(tables, on).with_columns(size=pl.len().over("household"))
    mine, theirs = (
        homes.rename({"person": side, "household": f"home_of_{side}", "size": f"size_of_{side}"})
        for side in ("one", "other")
    )
    both = couples.join(mine, on="one").join(theirs, on="other")
    both = both.filter(
        (pl.col("home_of_one") != pl.col("home_of_other"))
        & (pl.min_horizontal("size_of_one", "size_of_other") == 1)
    )
    stays = (pl.col("size_of_one") > pl.col("size_of_other")) | (
        (pl.col("size_of_one") == pl.col("size_of_other")) & (pl.col("home_of_one") < pl.col("home_of_other"))
    )
    home, joining = (
        pl.when(stays).then(f"home_of_{first}").otherwise(f"home_of_{second}")
        for first, second in (("one", "other"), ("other", "one"))
    )
    kept, gone = (
        pl.when("same").then(pl.when(stays).then(first).otherwise(second))
        for first, second in (("one", "other"), ("other", "one"))
    )
    found = both.select(household=home, joining=joining, row="row", kept=kept, gone=gone)
    return found.cast(SCHEMA).unique().sort("household", "joining", "row")  # pyright: ignore[reportArgumentType]


def as_one(tables: Tables, pairs: pl.DataFrame, on: date) -> AsOne:
    """Each pair of households as one, beside one another.

    A household can stand in several pairs, and a person with it; each time it is another one.
    """
    numbered = pairs.drop("row").unique(maintain_order=True).with_row_index("pair")
    numbered = numbered.with_columns(pl.col("pair").cast(pl.Int64))
    sides = pl.concat(
        [
            numbered.select("pair", home="household", left=pl.lit(True)),
            numbered.select("pair", home="joining", left=pl.col("gone").is_null()),
        ]
    )
    living = members(tables, on).rename({"household": "home"})
    copies = sides.join(living, on="home").with_row_index("copy").with_columns(pl.col("copy").cast(pl.Int64))
    copies = _merged(copies, numbered)
    own = copies.filter("own")
    nobody = pl.lit(None, pl.Date)
    joined = Tables(
        persons=own.select("person", "copy").join(tables.persons, on="person").drop("person").rename({"copy": "person"}),
        households=numbered.join(tables.households, on="household").drop("household", "joining", "kept", "gone").rename({"pair": "household"}),
        memberships=own.select(household="pair", person="copy", started_on=nobody, ended_on=nobody),
        facts=pl.concat([_of_persons(tables.facts, copies), _of_households(tables.facts, sides)]),
        earlier=pl.concat([_of_persons(tables.earlier, copies), _of_households(tables.earlier, sides)]),
    )  # fmt: skip
    return AsOne(joined, sides.rename({"home": "household"}), copies.select("pair", "person", "copy", "own"))


def _merged(copies: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """The copies, each with whether it is a person of its `own`: what is said of whoever is gone is said of the one kept."""
    into = numbered.select("pair", "gone", person="kept").drop_nulls().join(copies, on=["pair", "person"])
    into = into.select("pair", person="gone", into="copy")
    told = copies.join(into, on=["pair", "person"], how="left", maintain_order="left")
    return told.with_columns(own=pl.col("into").is_null(), copy=pl.coalesce("into", "copy")).drop("into")


def _couples(tables: Tables) -> pl.DataFrame:
    """Who would be a couple by a row of which a side waits, or both do: one, other, row."""
    place = ["file", "line"]
    said = (pl.col("kind") == MARRIAGE) & (pl.col("words").fill_null(MARRIED) == MARRIED)
    waiting = tables.doubtful.filter(said).select(*place, "occurred_on", one="person").unique()
    if waiting.is_empty():
        return pl.DataFrame(schema={"one": pl.Int64, "other": pl.Int64, "row": pl.String})
    known = tables.facts.filter(pl.col("kind") == MARRIAGE)
    linked = known.filter(said).select(*place, other="person").unique()
    sex = tables.persons.select("person", "sex")
    # Of two sides that both wait, one is a man's and the other a woman's.
    both = waiting.join(linked, on=place, how="anti").join(sex.rename({"person": "one"}), on="one")
    others = both.join(both.select(*place, other="one", their_sex="sex"), on=place)
    others = others.filter((pl.col("one") < pl.col("other")) & (pl.col("sex") != pl.col("their_sex")))
    columns = ["one", "other", "occurred_on", *place]
    found = pl.concat([waiting.join(linked, on=place).select(columns), others.select(columns)])
    latest = known.group_by("person").agg(latest=pl.col("occurred_on").max())
    for side in ("one", "other"):
        found = found.join(
            latest.rename({"person": side, "latest": f"latest_of_{side}"}), on=side, how="left"
        )
    later = pl.max_horizontal("latest_of_one", "latest_of_other") > pl.col("occurred_on")
    found = found.filter((pl.col("one") != pl.col("other")) & ~later.fill_null(False))
    return found.select("one", "other", row=pl.format("{}:{}", "file", "line"))


def _of_persons(facts: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """What is said of persons, once for each copy of them."""
    theirs = facts.filter(pl.col("person").is_not_null()).join(copies.select("person", "copy"), on="person")
    return theirs.with_columns(person="copy").select(facts.columns)


def _of_households(facts: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """What is said of households, once for each pair in which they are."""
    theirs = facts.filter(pl.col("household").is_not_null()).join(sides, left_on="household", right_on="home")
    return theirs.with_columns(household="pair").select(facts.columns)
