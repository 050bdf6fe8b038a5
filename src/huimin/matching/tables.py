"""What matching takes from the registry, and the time that incomes are counted for."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

MEMBERSHIP = {"household": pl.Int64, "person": pl.Int64, "started_on": pl.Date, "ended_on": pl.Date}
FACT = {
    "person": pl.Int64,
    "household": pl.Int64,
    "kind": pl.String,
    "value": pl.Int64,
    "words": pl.String,
    "started_on": pl.Date,
    "ended_on": pl.Date,
    "occurred_on": pl.Date,
    "key": pl.String,
    "file": pl.String,
    "line": pl.Int64,
}
ALIKE = {"person": pl.Int64, "other": pl.Int64, "row": pl.String}


@dataclass(frozen=True)
class Period:
    """The months that a household's income is counted for 收入核算期, the end excluded.

    >>> Period(date(2025, 7, 1), date(2026, 7, 1)).tax_year
    2025
    """

    started_on: date
    ended_on: date

    @property
    def tax_year(self) -> int:
        """The last full calendar year before the end."""
        return self.ended_on.year - 1


@dataclass(frozen=True)
class Tables:
    """Persons, households, memberships and facts of the registry.

    `persons`: person, sex, born_on. `households`: household, division, residence. `memberships`: household,
    person, started_on, ended_on. `facts`: the registry's facts. What an officer has verified is one of them too: its
    kind is the full name of the fact that rules declare, its words the value as worked cases write it. `doubtful`: the same columns, a fact once for
    every person to whom its row may belong. `earlier`: the same columns, what a delivery said that a later one has
    replaced. `alike`: two files that may be one person's (person, other), and a row of theirs as FILE:LINE (row).
    """

    persons: pl.DataFrame
    households: pl.DataFrame
    memberships: pl.DataFrame
    facts: pl.DataFrame
    doubtful: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FACT))
    earlier: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FACT))
    alike: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ALIKE))


def live_on(on: date) -> pl.Expr:
    """Whether a period holds a day; an open end holds every day beyond."""
    started = pl.col("started_on").is_null() | (pl.col("started_on") <= on)
    return started & (pl.col("ended_on").is_null() | (pl.col("ended_on") > on))


def members(tables: Tables, on: date) -> pl.DataFrame:
    """Who is in which household on a day: household, person, each person once.

    Who has died stays in the last household: what was theirs is still the household's.
    """
    died = tables.facts.filter(pl.col("kind") == "death").select("person").unique()
    began = tables.memberships.filter(pl.col("started_on").is_null() | (pl.col("started_on") <= on))
    kept = pl.concat([began.filter(live_on(on)), began.join(died, on="person", how="semi")])
    latest = kept.sort("started_on", "household", nulls_last=False).unique(
        "person", keep="last", maintain_order=True
    )
    return latest.select("household", "person").sort("household", "person")
