"""What matching takes up: the registry as it stands, every policy asked about those of whom anything changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter

import polars as pl

from huimin import matching, rules
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.matching import actions, queries, simulating
from huimin_platform.registry import changes, tables

NOTHING = {"changed": 0, "ended": 0, "findings": 0, "findings_gone": 0, "findings_back": 0}
# So many explanations are kept with the answers; the rest are made when somebody asks.
MOST_TRACES = 200_000


def advance(
    *, today: date, at: datetime, progress: Callable[[str], None], whole: bool = False
) -> dict[str, int]:
    """How many answers changed and findings came and went; a second run with the same inputs changes nothing.

    Asked about are those of whom anything changed; everybody on a new day, and where standards or policies are others.
    `whole` then asks about everybody once more: `missed` says in how much that made a difference, which is nothing.
    Where a county lacks a parameter, what its households are entitled to is unknown, and the parameter is named.
    """
    parameters = actions.keep_parameters(standards=tables.standards(today), at=at, by=audit.SYSTEM)
    now, last = tables.inputs(today), queries.last_run()
    counts = NOTHING
    if last is None or last.inputs != now.digest:
        counts = _ask(changes.between(last, now), now, at, progress) | {"parameters": parameters}
    last = queries.last_run()
    if whole and last is not None and not last.everybody:
        progress("everybody")
        found = _ask(None, now, at, progress)
        counts = counts | {"missed": sum(found[name] for name in NOTHING)}
        audit.write(
            by=audit.SYSTEM, action="proves", kind="run", object_id=today.isoformat(), at=at,
            details={"missed": counts["missed"]},
        )  # fmt: skip
    return counts


def _ask(
    within: changes.Within | None, now: tables.Inputs, at: datetime, progress: Callable[[str], None]
) -> dict[str, int]:
    """What became of the answers and findings of some, or of all."""
    today, registry = now.on, tables.tables(within)
    if registry.households.is_empty() and within is None:
        return NOTHING
    book, period, sets = tables.book(), tables.period(today), tables.parameter_sets(today)
    names = tables.asked(today)
    lacking = tables.without_parameters(names, registry.households, today)
    unanswered = tables.of_counties(registry.households, lacking)
    for county, parameter_names in lacking.items():
        progress(f"{county}: {', '.join(parameter_names)}")
    asked = replace(registry, households=registry.households.join(unanswered, on="household", how="anti"))
    delivered = intake.delivered()
    answers = matching.decide(
        book, names, asked, today, period, sets, data_sets=delivered, cache_folder=tables.cache_folder()
    )
    population = matching.population(book.facts, asked, today, period, data_sets=delivered)
    if within is None:
        queries.keep_population(population)
        simulating.make_ready(population, today)
    else:
        queries.renew_population(population, within)
    progress("answers")
    counts = actions.keep_answers(
        answers=pl.concat([answers, _unanswered(names, unanswered, lacking)]), traces=partial(_traces, book, population, today, sets),
        versions={name: book.policy(name, today).version for name in names},
        inputs=now, within=within, at=at, by=audit.SYSTEM,
    )  # fmt: skip
    progress("findings")
    found = matching.findings(book, registry, answers, population, today, sets)
    kept = actions.keep_findings(
        found=_placed(found, registry), kinds=matching.KINDS_OF_FINDINGS, within=within, on=today, at=at,
        by=audit.SYSTEM,
    )  # fmt: skip
    return counts | {"without_parameters": unanswered.height} | kept


def _unanswered(names: list[str], homes: pl.DataFrame, lacking: dict[str, list[str]]) -> pl.DataFrame:
    """The answer for households whose county lacks parameters: unknown, for want of them."""
    missing = {county: sorted(set(parameters)) for county, parameters in lacking.items()}
    schema = {"policy": pl.String, "household": pl.Int64, "status": pl.String, "amount_fen": pl.Int64}
    rows = [
        (name, household, "unknown", None, missing[division[: tables.COUNTY_DIGITS]])
        for name in names
        for household, division in homes.select("household", "division").iter_rows()
    ]
    return pl.DataFrame(rows, schema={**schema, "missing": pl.List(pl.String)}, orient="row")


def _traces(
    book: rules.PolicyBook,
    population: rules.Population,
    on: date,
    sets: list[rules.ParameterSet],
    answers: pl.DataFrame,
) -> pl.DataFrame:
    """The explanation of every answer that is not a plain no: policy, household, trace (JSON).

    None where the county lacks a parameter: its households were not asked.
    """
    asked = answers.join(population.households, on="household", how="semi")
    wanted = asked.filter(pl.col("status") != "not_entitled").head(MOST_TRACES).sort("household")
    rows = wanted.select("policy", "household", "status", "amount_fen").iter_rows()
    # As text, an explanation takes a twentieth of the memory.
    told = [
        (policy, household, json.dumps(said(policy).as_data() | {"status": status, "amount_fen": amount}, ensure_ascii=False, default=str))
        for household, of_household in groupby(rows, key=itemgetter(1))
        for said in [rules.explainer(book, population.one(household), on, sets)]
        for policy, _household, status, amount in of_household
    ]  # fmt: skip
    return pl.DataFrame(
        told, schema={"policy": pl.String, "household": pl.Int64, "trace": pl.String}, orient="row"
    )


def _placed(found: pl.DataFrame, registry: matching.Tables) -> pl.DataFrame:
    """Findings with their division: that of the household, else that of the person."""
    homes = registry.households.select("household", home="division")
    people = registry.persons.select("person", own=pl.col("division"))
    placed = found.join(homes, on="household", how="left").join(people, on="person", how="left")
    return (
        placed.with_columns(division=pl.coalesce("home", "own").fill_null("")).drop("home", "own").sort("key")
    )
