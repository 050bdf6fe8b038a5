"""Explanations of one household, made when somebody asks."""

from datetime import date
from typing import Any

from huimin import matching, rules
from huimin_platform.intake import queries as intake
from huimin_platform.registry import tables


def fresh(household: int, policy: str, on: date) -> dict[str, Any]:
    """The explanation of a policy for a household on a day, from the registry as it stands."""
    registry = tables.tables([household], under_doubt=False)
    population = matching.population(
        tables.book().facts, registry, on, tables.period(on), data_sets=intake.delivered()
    )
    parameters = [each.parameters for each in tables.standards(on)]
    return rules.explain(tables.book(), policy, population, household, on, parameters).as_data()
