"""What the needs stage takes up: the registry as it stands, looked through for needs where anything changed."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl

from huimin import matching, needs
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.needs import actions, portraits, queries
from huimin_platform.registry import changes, tables

NOTHING = {"raised": 0, "reopened": 0, "closed": 0, "moved": 0}


def advance(
    *, today: date, at: datetime, progress: Callable[[str], None], whole: bool = False
) -> dict[str, int]:
    """How many needs were raised, reopened, closed, and moved with their person; a second run changes nothing.

    Looked at are those of whom anything changed; everybody on a new day, and where standards or definitions are others.
    `whole` then looks at everybody once more: `missed` says for how many needs that made a difference, which is none.
    Households of a county that lacks a parameter keep the needs they have, until the standards come.
    """
    counts = {f"passed_to_{level}": count for level, count in actions.escalate(at=at).items()}
    now, last = tables.inputs(today), queries.last_run()
    found = NOTHING
    if last is None or last.inputs != now.digest:
        found = _look_through(changes.between(last, now), now, at)
    counts |= found
    last = queries.last_run()
    if whole and last is not None and not last.everybody:
        progress("everybody")
        counts["missed"] = sum(_look_through(None, now, at)[name] for name in NOTHING)
        audit.write(
            by=audit.SYSTEM, action="proves", kind="needs", object_id=today.isoformat(), at=at,
            details={"missed": counts["missed"]},
        )  # fmt: skip
    return counts


def _look_through(within: changes.Within | None, now: tables.Inputs, at: datetime) -> dict[str, int]:
    """What became of the needs of some, or of all."""
    registry = tables.tables(within, with_earlier=True)
    lacking = tables.without_parameters(tables.asked(now.on), registry.households, now.on)
    left_out = tables.of_counties(registry.households, lacking)["household"]
    asked = registry.households.filter(~pl.col("household").is_in(left_out.implode()))
    if asked.is_empty() and within is None:
        return NOTHING
    found = _found(registry, now.on, asked["household"])
    unsure = _unsure(registry, found, now.on)
    return actions.keep_found(
        found=found.filter(~pl.col("key").is_in(unsure.implode())), unsure=unsure, left_out=set(left_out), within=within,
        elsewhere=_elsewhere(registry, within, now.on), inputs=now, at=at, by=audit.SYSTEM,
    )  # fmt: skip


def _elsewhere(registry: matching.Tables, within: changes.Within | None, on: date) -> list[int]:
    """Of the persons that were read, those who live in a household that was not: their needs are not looked at."""
    if within is None:
        return []
    homes = matching.members(registry, on)
    return homes.filter(~pl.col("household").is_in(list(within.households)))["person"].to_list()


def _unsure(registry: matching.Tables, found: pl.DataFrame, today: date) -> pl.Series:
    """The keys of the needs that are there or are not, as clerks will say whether two households are one: while they are asked
    whether two files are one person's, or a marriage waits.
    """
    pairs = matching.partners.in_doubt(registry, today)
    if pairs.is_empty():
        return pl.Series("key", [], dtype=pl.String)
    joined = matching.partners.as_one(registry, pairs, today)
    as_one = _found(joined.tables, today).select("kind", pair="household", copy="person")
    # Each need that somebody may have, by whom it would be told if they are one; nobody's is told a second time.
    told = pl.concat(
        [
            joined.persons.select("pair", "copy", there="own", owner=pl.format("person/{}", "person")),
            joined.homes.select(
                "pair",
                pl.lit(None, pl.Int64).alias("copy"),
                there="left",
                owner=pl.format("household/{}", "household"),
            ),
        ]
    )
    apart = found.select("kind", "key", owner=pl.col("key").str.split("/").list.slice(1).list.join("/"))
    kinds = pl.concat([apart["kind"], as_one["kind"]]).unique().to_frame()
    told = told.join(kinds, how="cross").with_columns(key=pl.format("{}/{}", "kind", "owner"))
    together = told.join(
        as_one.with_columns(together=pl.lit(True)), on=["kind", "pair", "copy"], how="left", nulls_equal=True
    )
    both = together.join(apart.select("key", alone=pl.lit(True)), on="key", how="left")
    differ = (pl.col("together") & pl.col("there")).fill_null(False) != pl.col("alone").fill_null(False)
    return both.filter(differ)["key"].unique().sort()


def _found(registry: matching.Tables, today: date, asked: pl.Series | None = None) -> pl.DataFrame:
    definitions = portraits.definitions()
    population = matching.population(
        definitions.book.facts, registry, today, tables.period(today),
        data_sets=intake.delivered(), households=asked,
    )  # fmt: skip
    sets = tables.parameter_sets(today)
    return needs.identify(definitions, population, today, sets, cache_folder=tables.cache_folder())
