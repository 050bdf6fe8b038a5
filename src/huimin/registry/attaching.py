"""Rows outside the booklets that find their person by number: right, damaged, or a relative's.

Each step takes rows that no step before has taken, and links a row only where exactly one person fits. A number
alone never links: the name must sound the same, because rows can carry the number of a relative.
"""

import numpy as np
import polars as pl

from huimin.registry import numbers

# What these steps ask of a row.
ROWS = ["number", "sound", "form", "born_on"]
# Year of birth, day of birth, and the sequence number: where they begin and how long they are.
PARTS = ((6, 4), (10, 4), (14, 3))
SHAPE = r"^[0-9X*]{18}$"
LENGTH, STAR = 18, ord("*")
MONTH, DAY = slice(10, 12), slice(12, 14)
MOST_SLIPS = 2


def by_number(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows whose number and name are a person's: mention, seed.

    Left out is a row born on the day of somebody else of that name in the household: it carries a relative's number.
    """
    found, borrowed = _borne(rows, people)
    return only(found.join(borrowed, on="mention", how="anti"))


def by_relative(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows that carry the number of somebody of another name, in whose household one person has the row's name.

    Or of somebody of the same name and another birth date, in whose household one person has both.
    """
    told = rows.filter(pl.col("form").is_in(["valid", "fifteen"])).select("mention", "number", "sound")
    owners = told.join(people.select("number", pl.col("sound").alias("owner"), "household_no"), on="number")
    owners = owners.filter(pl.col("sound") != pl.col("owner"))
    family = people.select("seed", "sound", "household_no")
    of_other_name = owners.join(family, on=["sound", "household_no"]).select("mention", "seed")
    return only(pl.concat([of_other_name, _borne(rows, people)[1]]))


def _borne(rows: pl.DataFrame, people: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with whom their number and name belong to, and of those the ones about another of that name at home."""
    known = people.select("seed", "number", "sound", "household_no", owner_born_on="born_on").drop_nulls(
        ["number", "sound"]
    )
    found = rows.select("mention", "number", "sound", "born_on").drop_nulls(["number", "sound"])
    found = found.join(known, on=["number", "sound"])
    other_day = found.filter(pl.col("born_on") != pl.col("owner_born_on")).drop("seed")
    family = people.select("seed", "sound", "household_no", "born_on")
    borrowed = other_day.join(family, on=["sound", "household_no", "born_on"])
    return found.select("mention", "seed"), borrowed.select("mention", "seed")


def by_damaged_number(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows whose number is a person's but for stars, at most two slips, or the fifteen-digit form; name alike.

    A number that somebody of another name bears is not damaged but borrowed, and is left to others; so is one that shows
    the birth date of a namesake whose own number is not known whole, unless the person has the same.
    """
    told = rows.select("mention", "number", "sound", "form").drop_nulls()
    # The rows are few, the people many.
    borne = people.select("number").join(told.select("number").unique(), on="number", how="semi")
    unborne = told.join(borne, on="number", how="anti")
    shaped = _in_eighteen_places(unborne)
    numbered = people.filter(pl.col("form") == "valid")
    numbered = numbered.join(shaped.select("sound").unique(), on="sound", how="semi")
    # One part of three is whole where at most two characters differ; stars hide others. The division is no such part:
    # most people of a county share it.
    found = []
    for start, length in PARTS:
        left = shaped.with_columns(part=pl.col("eighteen").str.slice(start, length))
        right = numbered.select("seed", "sound", "number", part=pl.col("number").str.slice(start, length))
        found.append(
            left.join(right.rename({"number": "number_p"}), on=["sound", "part"]).select(
                "mention", "seed", "eighteen", "number_p", "already"
            )
        )
    pairs = pl.concat(found).unique(["mention", "seed", "eighteen", "number_p"])
    pairs = pairs.with_columns(slips(pairs["eighteen"], pairs["number_p"]) + pairs["already"])
    near = pairs.filter(pl.col("slips") <= MOST_SLIPS)
    nearest = only(near.filter(pl.col("slips") == pl.col("slips").min().over("mention")))
    return nearest.join(_fitting_others(nearest, unborne, people), on="mention", how="anti")


def _fitting_others(pairs: pl.DataFrame, rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The pairs whose row shows the birth date of somebody else of that sound of whom no whole number is known."""
    hidden = without_number(people).select("sound", "born_on", other="seed").drop_nulls()
    hidden = hidden.select("sound", "other", day=pl.col("born_on").dt.strftime("%Y%m%d"))
    shown = rows.select("mention", "sound", day=numbers.shown_day()).join(hidden, on=["sound", "day"])
    own = people.select("seed", own_day=pl.col("number").str.slice(6, 8))
    told = pairs.join(shown, on="mention").join(own, on="seed")
    same_day = (pl.col("own_day") == pl.col("day")).any().over("mention")
    return told.filter((pl.col("other") != pl.col("seed")) & ~same_day).select("mention").unique()


def without_number(people: pl.DataFrame) -> pl.DataFrame:
    """The people of whom no whole number is known."""
    # They are few, and so are looked for among the many others and not the other way round.
    odd = people.filter(pl.col("form") != "valid")
    whole = people.filter(pl.col("form") == "valid").select("seed")
    return odd.join(whole.join(odd, on="seed", how="semi"), on="seed", how="anti", maintain_order="left")


def _in_eighteen_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Every way to write the numbers of rows in eighteen places, with the slips that takes: mention, sound, eighteen, already.

    Of a number with one digit too few a star stands where it may be missing; of one too many, each may be too much.
    """
    written = rows.select("mention", "sound", eighteen=eighteen(), already=pl.lit(0, pl.Int8))
    digits = pl.col("eighteen")
    plain = written.filter(digits.str.contains("^[0-9]+X?$"))
    short, long = (plain.filter(digits.str.len_chars() == LENGTH + by) for by in (-1, 1))
    one_more = [
        short.with_columns(eighteen=digits.str.head(at) + "*" + digits.str.slice(at)) for at in range(LENGTH)
    ]
    one_less = [
        long.with_columns(eighteen=digits.str.head(at) + digits.str.slice(at + 1)) for at in range(LENGTH + 1)
    ]
    guessed = pl.concat([*one_more, *one_less]).with_columns(already=pl.lit(1, pl.Int8))
    return pl.concat([written.filter(digits.str.contains(SHAPE)), guessed.unique(maintain_order=True)])


def eighteen() -> pl.Expr:
    """The number in eighteen places; of fifteen digits the century is taken as the twentieth, the check hidden."""
    number = pl.col("number")
    widened = pl.concat_str(number.str.slice(0, 6), pl.lit("19"), number.str.slice(6, 9), pl.lit("*"))
    return pl.when(pl.col("form") == "fifteen").then(widened).otherwise(number)


def slips(ours: pl.Series, theirs: pl.Series) -> pl.Series:
    """In how many places each two numbers of eighteen differ, stars left out; two neighbours that changed places are
    one slip each, and so are a month and a day; another century (fifteen digits do not tell it) is one.
    """
    left, right = _characters(ours), _characters(theirs)
    differ = (left != right) & (left != STAR)
    century = differ[:, 6] & differ[:, 7]
    slips = differ.sum(axis=1, dtype=np.int8) - century.astype(np.int8)
    of_the_day = differ[:, MONTH.start : DAY.stop].sum(axis=1, dtype=np.int8)
    crossed = (left[:, MONTH] == right[:, DAY]).all(axis=1) & (left[:, DAY] == right[:, MONTH]).all(axis=1)
    return pl.Series("slips", np.where(crossed, slips - np.maximum(of_the_day - 2, 0), slips))


def _characters(numbers: pl.Series) -> np.ndarray:
    return np.frombuffer(str(numbers.str.join("").item()).encode(), dtype=np.uint8).reshape(-1, LENGTH)


def only(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs of rows that fit one person alone: mention, seed."""
    distinct = pairs.select("mention", "seed").unique()
    return distinct.filter(pl.len().over("mention") == 1)
