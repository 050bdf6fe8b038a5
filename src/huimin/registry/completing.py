"""Persons whose booklet hides or lacks their number, found by the whole number that other departments write.

A booklet row with stars, a cut or mistyped number or none at all still tells name, birth date and sex. A whole number
that nobody bears tells the same three things. Where one person and one number fit each other and nothing else, the number
is the person's: a booklet without numbers would otherwise lose all that is known of its people.
"""

import polars as pl

from huimin.registry import attaching

UNBORNE = ["mention", *attaching.ROWS, "canonical", "number_born_on", "number_sex"]
# Digits that a damaged number may have wrong; stars may stand for any digit, but what is shown must be right.
_SLIPS = {"damaged": attaching.MOST_SLIPS, "masked": 0}


def unborne(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows outside the booklets whose whole number nobody bears: few of many, and asked about several times."""
    outside = rows.filter((pl.col("form") == "valid") & pl.col("household_no").is_null()).select(UNBORNE)
    return outside.join(people.select("number").drop_nulls(), on="number", how="anti")


def completed(outside: pl.DataFrame, people: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The people, first those whose whole number was found with it (form `valid`), and the rows that bear it (mention, seed,
    number). `outside` are the rows that `unborne` gives.
    """
    found = _fitting(_of_one_day(outside), _hidden(people), people)
    if found.is_empty():
        return people, found.select("mention", "seed", "number")
    one_each = found.unique("seed", keep="first", maintain_order=True).select("seed", told="number")
    first = people.filter(pl.col("seed").is_first_distinct()).join(one_each, on="seed", maintain_order="left")
    first = first.with_columns(number="told", form=pl.lit("valid")).select(people.columns)
    return pl.concat([first, people]), found.select("mention", "seed", "number").unique()


def by_hidden_relative(outside: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows that carry the number of somebody whose booklet hides it, in whose household one person has the row's name.

    A number that a row of the owner tells as well is known by now; this one only a relative's row tells. `outside` are the
    rows that `unborne` gives.
    """
    told = outside.select("mention", "number", "sound", "number_born_on", "number_sex").drop_nulls("sound")
    family = people.select("sound", "household_no", relative="seed").drop_nulls()
    home = told.join(family, on="sound")
    owners = _hidden(people).rename({"sound": "owner"}).join(people.select("seed", "household_no"), on="seed")
    pairs = home.join(
        owners.drop_nulls("household_no"),
        left_on=["household_no", "number_born_on"],
        right_on=["household_no", "born_on"],
    )
    pairs = pairs.filter(
        (pl.col("sex") == pl.col("number_sex")).fill_null(True) & (pl.col("seed") != pl.col("relative"))
    )
    shaped = pl.col("shown").str.contains(attaching.SHAPE).fill_null(False)
    fitting = pl.concat([_agreeing(pairs.filter(shaped)), pairs.filter(~shaped)])
    return attaching.only(fitting.select("mention", seed="relative"))


def _of_one_day(outside: pl.DataFrame) -> pl.DataFrame:
    """Rows that `unborne` gives and that say no other birth date than their number."""
    told = outside.select("mention", "number", "sound", "born_on", "number_born_on", "number_sex")
    told = told.drop_nulls("sound")
    own_day = pl.col("born_on").is_null() | (pl.col("born_on") == pl.col("number_born_on"))
    return told.filter(own_day.all().over("number", "sound"))


def _hidden(people: pl.DataFrame) -> pl.DataFrame:
    """People of the booklets of whom no whole number is known, with what is shown of it in eighteen places."""
    mine = attaching.without_number(people).drop_nulls(["sound", "born_on"])
    return mine.select("seed", "sound", "born_on", "sex", "form", shown=attaching.eighteen())


def _fitting(told: pl.DataFrame, hidden: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    pairs = told.drop("born_on").join(
        hidden, left_on=["sound", "number_born_on"], right_on=["sound", "born_on"]
    )
    pairs = pairs.filter((pl.col("sex") == pl.col("number_sex")).fill_null(True))
    shaped = pl.col("shown").str.contains(attaching.SHAPE).fill_null(False)
    pairs = pl.concat([_agreeing(pairs.filter(shaped)), _alone(pairs.filter(~shaped), people)])
    # A relative's row can bear the number as well: its name fits somebody else or nobody.
    one_person = pl.col("seed").n_unique().over("number") == 1
    return pairs.filter(one_person & (pl.col("number").n_unique().over("seed") == 1)).sort("mention")


def _agreeing(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs in which every digit shown is the number's; a mistyped one may differ in as many as elsewhere."""
    differing = attaching.slips(pairs["shown"], pairs["number"])
    allowed = pl.col("form").replace_strict(_SLIPS, default=0, return_dtype=pl.Int8)
    return pairs.filter(differing <= pairs.select(allowed).to_series())


def _alone(pairs: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Pairs where nothing of the number is shown and nobody else has that name and birth date."""
    asked = pairs.select("sound", born_on="number_born_on").unique()
    alike = people.select("sound", "born_on", "seed").join(asked, on=["sound", "born_on"], how="semi")
    namesakes = alike.group_by("sound", "born_on").agg(namesakes=pl.col("seed").n_unique())
    alone = namesakes.filter(pl.col("namesakes") == 1)
    return pairs.join(alone, left_on=["sound", "number_born_on"], right_on=["sound", "born_on"], how="semi")
