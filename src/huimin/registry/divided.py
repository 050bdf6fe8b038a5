"""Whether rows under two numbers look like one person's, divided between them, or like two people's.

Where people have one row in a data set, two people mostly both have one. Which rows somebody of an age and sex has is
counted over all people, those too who have none at all.
"""

from math import factorial

import numpy as np
import polars as pl

from huimin.registry import coincidence
from huimin.registry.presence import SEVERAL

KIND = ["band", "sex"]
_SECOND_ROW = 0.01
_ROWS_ENOUGH = 500_000
# A data set in which fewer people than this share have rows tells next to nothing.
_FEWEST = 0.05
# As many data sets as there are bits in a mask, those that most people have rows in.
_MOST_SETS = 30
# That data sets are independent counts as much as so many people; and somebody may have no rows at all where nobody is seen without.
_ASSUMED_PEOPLE, _UNSEEN = 300.0, 0.5
# How often one of two numbers is in use no more; else any share of the rows is as likely as another.
_OUT_OF_USE = 0.5


def weights(pairs: pl.DataFrame, rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """For each pair (number, form, number_b, form_b, born_on, sex) to base 2 how loudly rows under both numbers speak for one person.

    `rows` are all prepared mentions, `known` all people: number, form, born_on, sex. Where a number is not known whole, rows
    say nothing.
    """
    outside = rows.select("household_no", "form", "dataset", "number", "content", "mention").filter(
        pl.col("household_no").is_null() & (pl.col("form") == "valid")
    )
    # Which rows people have some of the numbers tell as well as all do.
    one_of = max(outside.height // _ROWS_ENOUGH, 1)
    sampled = pl.col("number").hash(1) % one_of == 0
    asked = pl.concat([pairs["number"], pairs["number_b"]]).drop_nulls().unique().implode()
    said = outside.filter(sampled | pl.col("number").is_in(asked)).select(
        "dataset", "number", said=pl.coalesce("content", pl.col("mention").cast(pl.UInt64))
    )
    counts = said.group_by("dataset", "number").agg(rows=pl.col("said").n_unique())
    people = known.filter((pl.col("form") == "valid") & sampled).unique("number")
    people = people.select("number", "sex", coincidence.band())
    sets = _of_one_row(counts.filter(sampled), people.height)
    masks = counts.join(sets, on="dataset").group_by("number").agg(mask=pl.col("bit").sum())
    people = people.join(masks, on="number", how="left")
    usual = _Usual(people.with_columns(pl.col("mask").fill_null(0)), sets.height)
    sides = pairs.select("number", "number_b", "sex", coincidence.band())
    for number, mask in (("number", "mask"), ("number_b", "mask_b")):
        theirs = masks.rename({"number": number, "mask": mask})
        sides = sides.join(theirs, on=number, how="left", maintain_order="left")
    sides = sides.with_columns(pl.col("mask", "mask_b").fill_null(0))
    one, other = (sides[mask].to_numpy() for mask in ("mask", "mask_b"))
    told = usual.of_one(sides, one | other) + _divided(one, other, sets["several"].to_numpy())
    told -= usual.of_one(sides, one) + usual.of_one(sides, other)
    both_whole = pairs["form"].eq("valid") & pairs["form_b"].eq("valid")
    return pl.select(pl.when(both_whole).then(pl.Series(told)).otherwise(0.0)).to_series()


def _of_one_row(counts: pl.DataFrame, people: int) -> pl.DataFrame:
    """Data sets in which people have one row: dataset, several (how often they have more), bit."""
    sets = counts.group_by("dataset").agg(having=pl.len(), several=(pl.col("rows") > 1).mean())
    sets = sets.filter((pl.col("several") < SEVERAL) & (pl.col("having") > _FEWEST * people)).sort(
        "having", "dataset", descending=[True, False]
    )
    sets = sets.head(_MOST_SETS).with_columns(bit=2 ** pl.int_range(pl.len(), dtype=pl.Int64))
    return sets.select("dataset", pl.col("several").clip(_SECOND_ROW), "bit")


class _Usual:
    """How usual it is among people of an age and sex to have rows in some data sets and in no others."""

    def __init__(self, people: pl.DataFrame, sets: int) -> None:
        self.sets = range(sets)
        having = [(pl.col("mask") // 2**place % 2).sum().alias(f"in_{place}") for place in self.sets]
        self.kinds = people.group_by(KIND).agg(pl.len().alias("people"), *having)
        self.seen = people.group_by(*KIND, "mask").agg(seen=pl.len())

    def of_one(self, sides: pl.DataFrame, masks: np.ndarray) -> np.ndarray:
        """To base 2 how usual each mask is for somebody of the kind of the pair in its place."""
        asked = sides.select(*KIND, mask=pl.Series(masks, dtype=pl.Int64))
        told = asked.join(self.kinds, on=KIND, how="left", nulls_equal=True, maintain_order="left")
        told = told.join(self.seen, on=[*KIND, "mask"], how="left", nulls_equal=True, maintain_order="left")
        told = told.with_columns(
            pl.col("people", "seen", *(f"in_{place}" for place in self.sets)).fill_null(0)
        )
        alike = pl.lit(_ASSUMED_PEOPLE)
        for place in self.sets:
            share = (pl.col(f"in_{place}") + 0.5) / (pl.col("people") + 1)
            alike *= pl.when(pl.col("mask") // 2**place % 2 == 1).then(share).otherwise(1 - share)
        unseen = pl.when(pl.col("mask") == 0).then(_UNSEEN).otherwise(0.0)
        share = (pl.col("seen") + alike + unseen) / (pl.col("people") + _ASSUMED_PEOPLE + unseen)
        return told.select(share.log(2)).to_series().to_numpy()


def _divided(one: np.ndarray, other: np.ndarray, several: np.ndarray) -> np.ndarray:
    """To base 2 how likely the rows of one person are divided so between two numbers."""
    told = np.zeros(len(one))
    for place, (mine, theirs) in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        alone, apart = (mine & ~theirs).bit_count(), (theirs & ~mine).bit_count()
        by_chance = factorial(alone) * factorial(apart) / factorial(alone + apart + 1)
        unused = ((alone == 0) + (apart == 0)) / 2
        told[place] = np.log2(_OUT_OF_USE * unused + (1 - _OUT_OF_USE) * by_chance)
        twice = [share for bit, share in enumerate(several) if (mine & theirs) >> bit & 1]
        told[place] += np.log2(twice).sum()
    return told
