"""The spread of registered incomes, by the policies' own definition of income."""

from datetime import date
from decimal import Decimal

import polars as pl

from huimin.evaluation.incomes import incomes, inequality
from huimin.rules import MissingParameter
from huimin_platform.evaluation.queries.measure import EXACT, Fraction, Fractions, Measure, codes_of
from huimin_platform.matching import queries as matching
from huimin_platform.registry import tables

FEWEST_HOUSEHOLDS = 30


def income_gini(today: date) -> Measure:
    """The Gini coefficient of incomes a head in each county and town with enough households to say it."""
    asked = matching.last_run()
    return Measure(
        None, "household", combine=lambda: _by_place(today), changed_at=asked.at if asked else None
    )


def _by_place(today: date) -> Fractions:
    book = tables.book()
    # The people as the policies were last asked about them: they follow every change, and are not put together anew.
    population = matching.population(book.facts)
    if population is None or not len(population):
        return {}
    parameters = tables.parameter_sets(today)
    try:
        found = incomes(book, population, today, parameters, cache_folder=tables.cache_folder())
    except MissingParameter:
        return {}
    return _ginis(found)


def _ginis(found: pl.DataFrame) -> dict[str, Fraction]:
    placed = found.with_columns(place=pl.col("division").fill_null("")).with_columns(
        pl.col("place").map_elements(lambda place: list(codes_of(place)), return_dtype=pl.List(pl.String))
    )
    figures = {}
    for (place,), group in placed.explode("place").group_by("place", maintain_order=True):
        spread = inequality(group)
        if group.height >= FEWEST_HOUSEHOLDS and spread.denominator:
            parts = (Decimal(part).quantize(EXACT) for part in (spread.numerator, spread.denominator))
            figures[str(place)] = Fraction(*parts)
    return figures
