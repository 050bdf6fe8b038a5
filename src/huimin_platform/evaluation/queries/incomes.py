"""The spread of registered incomes, by the policies' own definition of income."""

from datetime import date
from decimal import Decimal

import polars as pl

from huimin import matching
from huimin.evaluation.incomes import incomes, inequality
from huimin.rules import MissingParameter
from huimin_platform.evaluation.queries.measure import EXACT, Fraction, Fractions, Measure, codes_of
from huimin_platform.intake import queries as intake
from huimin_platform.registry import tables

FEWEST_HOUSEHOLDS = 30


def income_gini(today: date) -> Measure:
    """The Gini coefficient of incomes a head in each county and town with enough households to say it."""
    latest = intake.deliveries().values_list("received_at", flat=True).first()
    return Measure(None, "household", combine=lambda: _by_place(today), changed_at=latest)


def _by_place(today: date) -> Fractions:
    registry = tables.tables(under_doubt=False)
    if registry.households.is_empty():
        return {}
    book = tables.book()
    population = matching.population(
        book.facts, registry, today, tables.period(today), data_sets=intake.delivered()
    )
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
