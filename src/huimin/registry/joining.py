"""Persons whom clerks hold for one, or for two: what they decided about whole files, laid over what was resolved."""

from collections.abc import Iterable

import polars as pl

SCHEMA = {"person": pl.Int64, "kept": pl.Int64}


def kept_by(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """For each person of joined pairs who keeps the file: the one with the least number, however the pairs hang together.

    >>> kept_by([(5, 3), (9, 5), (2, 7)])
    {5: 3, 9: 3, 7: 2}
    """
    least: dict[int, int] = {}

    def root(person: int) -> int:
        while person in least:
            person = least[person]
        return person

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        if low != high:
            least[high] = low
    return {person: root(person) for person in least}


def joined(persons: pl.DataFrame, kept: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Persons with one row each (as `numbering.numbered` gives them), and the number of each seed (seed, person).

    `kept` says who keeps the file (person, kept). The numbers of those who went into a file stay with it as further ones.
    """
    told = persons.join(kept, on="person", how="left").with_columns(own=pl.col("kept").is_null())
    told = told.with_columns(kept=pl.coalesce("kept", "person"))
    number_of = told.select("seed", person="kept")
    if told["own"].all():
        return persons, number_of
    several = told.filter(pl.len().over("kept") > 1)
    numbers = several.select(
        "kept", all_ids=pl.concat_list(pl.concat_list("national_id"), "other_ids")
    ).explode("all_ids")
    numbers = numbers.drop_nulls().group_by("kept").agg(pl.col("all_ids").unique().sort())
    # Where the one who keeps the file has no row of their own any more, the least of the others speaks.
    first = told.sort("own", "person", descending=[True, False]).unique(
        "kept", keep="first", maintain_order=True
    )
    first = first.join(numbers, on="kept", how="left").with_columns(
        other_ids=pl.when(pl.col("all_ids").is_not_null())
        .then(pl.col("all_ids").list.set_difference(pl.concat_list("national_id")))
        .otherwise("other_ids"),
        person="kept",
    )
    return first.select(persons.columns), number_of
