"""What the needs stage takes up: the registry as it stands, looked through for needs."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl

from huimin import matching, needs
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.needs import actions, portraits, queries
from huimin_platform.registry import tables

NOTHING = {"raised": 0, "reopened": 0, "closed": 0}


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many needs were raised, reopened and closed; a second run changes nothing.

    Households of a county that lacks a parameter keep the needs they have, until the standards come.
    """
    told = {f"passed_to_{level}": count for level, count in actions.escalate(at=at).items()}
    inputs = tables.inputs(today)
    last = queries.last_run()
    if last is not None and last.inputs == inputs:
        return NOTHING | told
    registry = tables.tables(under_doubt=False, with_earlier=True)
    lacking = tables.without_parameters(tables.asked(today), registry.households, today)
    left_out = tables.of_counties(registry.households, lacking)["household"]
    asked = registry.households.filter(~pl.col("household").is_in(left_out.implode()))
    if asked.is_empty():
        return NOTHING | told
    found = _found(registry, asked["household"], today)
    kept = actions.keep_found(
        found=found, left_out=set(left_out), inputs=inputs, on=today, at=at, by=audit.SYSTEM
    )
    return kept | told


def _found(registry: matching.Tables, asked: pl.Series, today: date) -> pl.DataFrame:
    definitions = portraits.definitions()
    population = matching.population(
        definitions.book.facts, registry, today, tables.period(today),
        data_sets=intake.delivered(), households=asked,
    )  # fmt: skip
    sets = tables.parameter_sets(today)
    return needs.identify(definitions, population, today, sets, cache_folder=tables.cache_folder())
