"""Rows with whom their links are about, and people by their seed, without a join.

Mentions number rows one after the other, and seeds are small numbers: where something stands is looked up in a table.
"""

import numpy as np
import polars as pl


def at(rows: pl.DataFrame, links: pl.DataFrame) -> np.ndarray:
    """Where the row of each link stands among the rows."""
    return links["mention"].to_numpy() - (int(rows["mention"][0]) if rows.height else 0)


def of_mentions(rows: pl.DataFrame, mentions: pl.Series) -> pl.DataFrame:
    """The rows of these mentions, in the order of the mentions."""
    return rows[mentions - (int(rows["mention"][0]) if rows.height else 0)]


class Index:
    """Where each of many distinct numbers stands."""

    def __init__(self, numbers: pl.Series) -> None:
        self.places = np.full(int(numbers.max() or 0) + 2, -1, dtype=np.int32)  # pyright: ignore[reportArgumentType]
        self.places[numbers.to_numpy()] = np.arange(len(numbers), dtype=np.int32)

    def of(self, wanted: pl.Series) -> pl.Series:
        """Where each wanted number stands, null where it is none of them."""
        last = len(self.places) - 1
        asked = wanted.fill_null(-1).to_numpy()
        found = pl.Series(self.places[np.where((asked < 0) | (asked > last), last, asked)])
        return found.set(found < 0, None)


def column(rows: pl.DataFrame, places: np.ndarray, values: pl.Series) -> pl.Series:
    """A column of the rows with the values at their places, and null elsewhere."""
    empty = pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, rows.height)
    return empty.scatter(places, values)


def seeds(rows: pl.DataFrame, links: pl.DataFrame) -> pl.Series:
    """Whom each row is about, null where no link says so: `seed`."""
    return column(rows, at(rows, links), links["seed"])


def persons(wanted: pl.Series, number_of: pl.DataFrame) -> pl.Series:
    """The number of each seed wanted: `person`. `number_of` says it of each seed there is (seed, person)."""
    return number_of["person"].gather(Index(number_of["seed"]).of(wanted))


def some(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """About so many rows of each data set at most, taken evenly along their order, so that the same rows tell the same."""
    place, every = pl.int_range(pl.len()).over("dataset"), pl.len().over("dataset") // most
    return rows.filter(place % pl.max_horizontal(every, 1) == 0)
