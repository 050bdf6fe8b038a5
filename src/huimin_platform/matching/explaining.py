"""Explanations of one household, made when somebody asks, and what is to be verified, in words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl

from huimin import matching, rules
from huimin_platform.intake import queries as intake
from huimin_platform.registry import tables
from huimin_platform.registry.changes import Within

ORDER = ("entitled", "unknown", "not_entitled")


def fresh(household: int, policy: str, on: date, as_of: datetime | None = None) -> dict[str, Any]:
    """The explanation of a policy for a household on a day, from the registry as it stands or was known at a moment."""
    return asked_of([policy], described(household, on, as_of), on)[0]


def everything(household: int, on: date) -> list[dict[str, Any]]:
    """What every policy in force where the household lives says of it, from the registry as it stands.

    Those who are entitled come first, then what is still open.
    """
    return everything_of(described(household, on), on)


def everything_of(household: rules.Household, on: date) -> list[dict[str, Any]]:
    """What `everything` says, of a household that may have told more of itself than the registry knows."""
    found = asked_of(tables.book().asked_in(household.division, on), household, on)
    return sorted(found, key=lambda each: (ORDER.index(each["status"]), each["policy"]))


def described(
    household: int, on: date, as_of: datetime | None = None, *, by_data_alone: bool = False
) -> rules.Household:
    """The household as policies see it, from the registry as it stands or was known at a moment.

    `by_data_alone` leaves out what officers have verified.
    """
    registry = tables.tables(Within([household]), under_doubt=False, as_of=as_of)
    if by_data_alone:
        data = registry.facts.filter(~pl.col("kind").is_in(list(tables.book().facts)))
        registry = replace(registry, facts=data)
    population = matching.population(
        tables.book().facts, registry, on, tables.period(on), data_sets=intake.delivered()
    )
    return population.one(household)


def asked_of(policies: Iterable[str], household: rules.Household, on: date) -> list[dict[str, Any]]:
    """The explanations of some policies for a household, in their order."""
    said = rules.explainer(tables.book(), household, on, tables.parameter_sets(on))
    found = []
    for policy in policies:
        try:
            found.append(said(policy).as_data())
        except rules.MissingParameter:
            found.append(_unanswered(household.household, policy, on))
    return found


def _unanswered(household: int, policy: str, on: date) -> dict[str, Any]:
    """The explanation where the county lacks a parameter: no condition could be looked at."""
    version = tables.book().policy(policy, on)
    return {
        "policy": policy, "version": version.version, "title": {"zh": version.title.zh, "en": version.title.en},
        "household": household, "on": on.isoformat(), "status": "unknown", "amount_fen": None,
        "conditions": [], "amount": [], "amount_clause": None, "members": [], "missing": [],
    }  # fmt: skip


def to_verify(missing: Iterable[str]) -> list[dict[str, str]]:
    """What an unknown answer waits for, in both languages: rows by file and line, facts and parameters by title."""
    missing = list(missing)
    places = [each.partition(":") for each in missing]
    names = intake.names_of(int(file) for file, _, line in places if line and file.isdigit())
    book, said = tables.book(), []
    for text, (file, _, line) in zip(missing, places, strict=True):
        titled = book.facts.get(text) or book.parameters.get(text)
        if line and file.isdigit():
            name = names.get(int(file), (file, ""))[0]
            said.append({"zh": f"{name} 第{line}行", "en": f"{name}, row {line}"})
        elif titled is not None:
            said.append({"zh": titled.title.zh, "en": titled.title.en})
        else:
            said.append({"zh": text, "en": text})
    return said
