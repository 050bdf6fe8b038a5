"""What matching takes up: the registry as it stands, asked about every policy."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import polars as pl

from huimin import matching, rules
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.matching import actions, queries
from huimin_platform.registry import tables

NOTHING = {"changed": 0, "ended": 0, "findings": 0, "findings_gone": 0, "findings_back": 0}
# So many explanations are kept with the answers; the rest are made when somebody asks.
MOST_TRACES = 200_000


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many answers changed and findings came and went; a second run with the same inputs changes nothing."""
    known = tables.standards(today)
    parameters = actions.keep_parameters(standards=known, at=at, by=audit.SYSTEM)
    registry = tables.tables()
    if registry.households.is_empty():
        return NOTHING
    inputs = _digest(registry, known, today)
    last = queries.last_run()
    if last is not None and last.inputs == inputs and last.on == today:
        return NOTHING
    book, period, sets = tables.book(), tables.period(today), [each.parameters for each in known]
    names = [name for name in book.names if _in_force(book, name, today)]
    divisions = registry.households["division"].drop_nulls().str.slice(0, 6).unique().sort().to_list()
    missing = rules.missing_parameters(book, names, [f"{code}000000" for code in divisions], today, sets)
    if missing:
        progress("; ".join(f"{name} {division}" for name, division in missing))
        return NOTHING | {"missing_parameters": len(missing)}
    delivered = intake.delivered()
    answers = matching.decide(
        book, names, registry, today, period, sets, data_sets=delivered, cache_folder=tables.cache_folder()
    )
    population = matching.population(book.facts, registry, today, period, data_sets=delivered)
    progress("answers")
    traces = _traces(book, population, answers, today, sets)
    counts = actions.keep_answers(
        answers=answers, traces=traces, versions={name: book.policy(name, today).version for name in names},
        inputs=inputs, on=today, at=at, by=audit.SYSTEM,
    )  # fmt: skip
    progress("findings")
    found = matching.findings(book, registry, answers, population, today, sets)
    found = _with_household(found, registry)
    homes = dict(registry.households.select("household", pl.col("division").fill_null("")).iter_rows())
    return (
        counts
        | {"parameters": parameters}
        | actions.keep_findings(found=found, divisions=homes, on=today, at=at, by=audit.SYSTEM)
    )


def _in_force(book: rules.PolicyBook, name: str, on: date) -> bool:
    return any(policy.name == name and policy.in_force(on) for policy in book.policies)


def _digest(registry: matching.Tables, known: list[tables.Standards], today: date) -> str:
    """A digest of all that the answers rest on."""
    digest = hashlib.sha256(
        repr((today, [(each.division, each.parameters, each.period) for each in known])).encode()
    )
    for frame in (
        registry.households,
        registry.memberships,
        registry.facts,
        registry.doubtful,
        registry.persons,
    ):
        digest.update(str(frame.height).encode())
        digest.update(str(frame.hash_rows(seed=0).sum()).encode())
    digest.update(repr([(policy.name, policy.version) for policy in tables.book().policies]).encode())
    return digest.hexdigest()


def _traces(
    book: rules.PolicyBook,
    population: rules.Population,
    answers: pl.DataFrame,
    on: date,
    sets: list[rules.ParameterSet],
) -> dict[tuple[str, int], Any]:
    """The explanation of every answer that is not a plain no."""
    wanted = answers.filter(pl.col("status") != "not_entitled").head(MOST_TRACES)
    return {
        (policy, household): {
            **rules.explain(book, policy, population, household, on, sets).as_data(), "status": status, "amount_fen": amount,
        }
        for policy, household, status, amount in wanted.select("policy", "household", "status", "amount_fen").iter_rows()
    }  # fmt: skip


def _with_household(found: pl.DataFrame, registry: matching.Tables) -> pl.DataFrame:
    """Findings of a person with the household of the person, so that they have a place."""
    homes = matching.tables.members(registry, date.max).rename({"household": "home"})
    return (
        found.join(homes, on="person", how="left")
        .with_columns(household=pl.coalesce("household", "home"))
        .drop("home")
    )
