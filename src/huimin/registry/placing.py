"""Rows with whom their links are about, without a join: mentions number rows one after the other."""

import numpy as np
import polars as pl


def at(rows: pl.DataFrame, links: pl.DataFrame) -> np.ndarray:
    """Where the row of each link stands among the rows."""
    return links["mention"].to_numpy() - (int(rows["mention"][0]) if rows.height else 0)


def column(rows: pl.DataFrame, places: np.ndarray, values: pl.Series) -> pl.Series:
    """A column of the rows with the values at their places, and null elsewhere."""
    empty = pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, rows.height)
    return empty.scatter(places, values)


def seeds(rows: pl.DataFrame, links: pl.DataFrame) -> pl.Series:
    """Whom each row is about, null where no link says so: `seed`."""
    return column(rows, at(rows, links), links["seed"])


def some(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """About so many rows of each data set at most, taken evenly along their order, so that the same rows tell the same."""
    place, every = pl.int_range(pl.len()).over("dataset"), pl.len().over("dataset") // most
    return rows.filter(place % pl.max_horizontal(every, 1) == 0)
