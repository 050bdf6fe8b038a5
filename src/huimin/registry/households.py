"""Who lives together: the residence booklet, and the spouses whom the marriage register joins.

A person in two booklets belongs to the one with more people. A spouse registered elsewhere and alone joins the other's
household; two spouses who each live with others stay apart, because registers do not say who moved. The dead stay
members up to the day of their death.
"""

from dataclasses import dataclass

import polars as pl

MARRIED = "married"
HEAD = "head"
CREMATION = "cremation"


@dataclass(frozen=True)
class Households:
    """`households`: household, division, residence, address, head. `memberships`: household, person, relation, started_on,
    ended_on, file, line. `torn`: people found in two booklets with others in both (person, household_no).
    """

    households: pl.DataFrame
    memberships: pl.DataFrame
    torn: pl.DataFrame


def form(
    mentions: pl.DataFrame, links: pl.DataFrame, facts: pl.DataFrame, known: pl.DataFrame | None = None
) -> Households:
    """The households of linked booklet rows. `facts` holds deaths and marriages. `known` are the memberships of earlier
    runs (household, person): a household keeps its number as long as most of its people stay together.
    """
    place = ["file", "line", "role"]
    rows = mentions.filter(pl.col("household_no").is_not_null())
    rows = rows.join(links.filter(pl.col("person").is_not_null()).select(*place, "person"), on=place)
    rows = rows.with_columns(size=pl.col("person").n_unique().over("household_no"))
    rows = rows.sort("size", "household_no", "file", "line", descending=[True, False, False, False])
    torn = rows.filter((pl.col("household_no").n_unique().over("person") > 1) & (pl.col("size") > 1))
    torn = (
        torn.filter(pl.col("household_no").n_unique().over("person") > 1)
        .select("person", "household_no")
        .unique()
    )
    members = rows.unique("person", keep="first", maintain_order=True)
    members = _joined_by_marriage(members, facts)
    numbers = _numbered(members, known)
    members = members.join(numbers, on="home")
    died = _deaths(facts)
    memberships = members.join(died, on="person", how="left").select(
        "household", "person", "relation", pl.lit(None, pl.Date).alias("started_on"),
        pl.col("died_on").alias("ended_on"), "file", "line",
    )  # fmt: skip
    return Households(
        _described(members), memberships.sort("household", "person"), torn.sort("person", "household_no")
    )


def deaths(facts: pl.DataFrame) -> pl.DataFrame:
    """The day each dead person died: person, died_on, certain. A crematorium's day stands before the police's."""
    return _deaths(facts)


def _deaths(facts: pl.DataFrame) -> pl.DataFrame:
    """The day of a death; where only the police know of it, and no day, the person is not taken for dead on a day."""
    found = facts.filter(pl.col("kind") == "death").drop_nulls("person")
    dated = found.filter(pl.col("occurred_on").is_not_null())
    return dated.group_by("person").agg(died_on=pl.col("occurred_on").min())


def _joined_by_marriage(members: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Members with the booklet they live by: `home`, their own or that of the spouse they join."""
    members = members.with_columns(home=pl.col("household_no"))
    people = members.group_by("household_no").agg(size=pl.len())
    members = members.drop("size").join(people, on="household_no")
    couples = _couples(facts)
    mine = members.select("person", "household_no", "size", "relation")
    pairs = couples.join(mine, left_on="one", right_on="person").join(
        mine, left_on="other", right_on="person", suffix="_other"
    )
    apart = pairs.filter(pl.col("household_no") != pl.col("household_no_other"))
    # Whoever lives alone joins the larger; of two who live alone, the one of the later booklet joins.
    moves_first = (pl.col("size") == 1) & (
        (pl.col("size_other") > 1) | (pl.col("household_no") > pl.col("household_no_other"))
    )
    moves_other = ~moves_first & (pl.col("size_other") == 1)
    first = apart.filter(moves_first).select(person="one", target="household_no_other")
    other = apart.filter(moves_other).select(person="other", target="household_no")
    moves = (
        pl.concat([first, other]).sort("person", "target").unique("person", keep="first", maintain_order=True)
    )
    moved = members.join(moves, on="person", how="left")
    return moved.with_columns(
        home=pl.coalesce("target", "home"),
        relation=pl.when(pl.col("target").is_not_null()).then(pl.lit("spouse")).otherwise("relation"),
        own=pl.col("target").is_null(),
    ).drop("target")


def _couples(facts: pl.DataFrame) -> pl.DataFrame:
    """Couples whose latest record says married: one, other."""
    rows = facts.filter(pl.col("kind") == "marriage").drop_nulls("person")
    rows = rows.select("person", "words", "occurred_on", "file", "line").unique()
    latest = (
        rows.sort("occurred_on", "file", "line", nulls_last=False)
        .group_by("person", maintain_order=True)
        .last()
    )
    married = latest.filter(pl.col("words").fill_null(MARRIED) == MARRIED)
    pairs = married.join(married, on=["file", "line"], suffix="_other").filter(
        pl.col("person") < pl.col("person_other")
    )
    return pairs.select(one="person", other="person_other").unique().sort("one", "other")


def _numbered(members: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    """home -> household: the number most of its people had, else the next free one."""
    homes = members.select("home").unique().sort("home")
    if known is None or known.is_empty():
        return homes.with_columns(household=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    votes = members.select("home", "person").join(known.select("household", "person"), on="person")
    votes = (
        votes.group_by("home", "household")
        .len()
        .sort("len", "household", "home", descending=[True, False, False])
    )
    votes = votes.unique("household", keep="first", maintain_order=True).unique(
        "home", keep="first", maintain_order=True
    )
    highest = int(known["household"].max() or 0)  # pyright: ignore[reportArgumentType]
    found = homes.join(votes.select("home", "household"), on="home", how="left", maintain_order="left")
    fresh = pl.col("household").is_null()
    return found.with_columns(
        household=pl.when(fresh).then(fresh.cum_sum() + highest).otherwise("household").cast(pl.Int64)
    )


def _described(members: pl.DataFrame) -> pl.DataFrame:
    """Division, residence, address and head of each household, from its own booklet's rows, the head's first."""
    ranked = members.with_columns(
        rank=pl.when(pl.col("relation") == HEAD).then(0).otherwise(1) + (~pl.col("own")).cast(pl.Int32) * 2
    )
    ranked = ranked.sort("household", "rank", "file", "line")
    said = ranked.group_by("household", maintain_order=True).agg(
        pl.col("division").drop_nulls().first(), pl.col("residence").drop_nulls().first(),
        pl.col("address").drop_nulls().first(), pl.col("person").first().alias("head"),
    )  # fmt: skip
    usual = pl.col("residence").drop_nulls().mode().sort().first()
    return said.with_columns(residence=pl.coalesce("residence", usual.over("division"), usual))
