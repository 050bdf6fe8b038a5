"""What the needs stage takes up: the registry as it stands, looked through for needs."""

from collections.abc import Callable
from datetime import date, datetime

from huimin import matching, needs, rules
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.needs import actions
from huimin_platform.registry import tables


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many needs were raised, reopened and closed; a second run changes nothing.

    Needs whose definition lacks a parameter of the county are left as they are, until the standards come.
    """
    registry = tables.tables(under_doubt=False)
    if registry.households.is_empty():
        return {"raised": 0, "reopened": 0, "closed": 0}
    known = tables.standards(today)
    definitions = needs.load(tables.book())
    population = matching.population(
        definitions.book.facts, registry, today, tables.period(today), data_sets=intake.delivered()
    )
    try:
        found = needs.identify(
            definitions,
            population,
            today,
            [each.parameters for each in known],
            cache_folder=tables.cache_folder(),
        )
    except rules.MissingParameter as missing:
        progress(str(missing))
        return {"raised": 0, "reopened": 0, "closed": 0, "missing_parameter": 1}
    return actions.keep_found(found=found, on=today, at=at, by=audit.SYSTEM)
