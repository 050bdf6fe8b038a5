"""The fifteen files a county's departments send: their names, headings, and how each heading is written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from huimin_county.population import County

Form = Literal["text", "count", "name", "number", "date", "month", "money"]


@dataclass(frozen=True)
class Chunk:
    """The truth about some households, from which rows are made."""

    county: County
    persons: pl.DataFrame
    bills: pl.DataFrame
    households: pl.DataFrame


@dataclass(frozen=True)
class Column:
    """A heading, the form its cells take, and the column of the clean rows that they come from."""

    heading: str
    form: Form
    source: str


@dataclass(frozen=True)
class DataSet:
    """A department's file; `rows` gives clean rows with `person`, `row` (its number) and the sources."""

    name: str
    file: str
    columns: tuple[Column, ...]
    rows: Callable[[Chunk], pl.DataFrame]
    title: str = ""

    @property
    def workbook(self) -> bool:
        """Whether the file is an Excel workbook."""
        return self.file.endswith(".xlsx")


def numbered(rows: pl.DataFrame, ordinal: pl.Expr | None = None) -> pl.DataFrame:
    """The rows with a number each, made from the person and, where a person has several, the ordinal."""
    place = pl.lit(0, dtype=pl.Int64) if ordinal is None else ordinal
    return rows.with_columns(row=pl.col("key") * 64 + place)


def happens(chunk: Chunk, question: str, share: float, of: str = "key") -> pl.Expr:
    """True in that share of rows, by the number in column `of`."""
    chance = chunk.county.chance
    return pl.col(of).map_batches(
        lambda keys: pl.Series(chance.happens(question, keys.to_numpy(), share)), return_dtype=pl.Boolean
    )


def below(chunk: Chunk, question: str, limit: int, of: str = "key") -> pl.Expr:
    """Whole numbers below `limit`, by the number in column `of`."""
    chance = chunk.county.chance
    return pl.col(of).map_batches(
        lambda keys: pl.Series(chance.below(question, keys.to_numpy(), limit)), return_dtype=pl.Int64
    )


def one_of(chunk: Chunk, question: str, words: tuple[str, ...], of: str = "key") -> pl.Expr:
    """One of the words, by the number in column `of`."""
    chance = chunk.county.chance
    every = pl.Series(words)
    return pl.col(of).map_batches(
        lambda keys: every.gather(chance.below(question, keys.to_numpy(), len(words))), return_dtype=pl.String
    )
