"""The registry as tables that other stages compute on: who lives where, what is said of whom, all of it or of some."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from huimin.matching.tables import ALIKE, FACT
from huimin_platform.base import bulk
from huimin_platform.registry import verified
from huimin_platform.registry.changes import ASKED_ALIKE, Within, given_of, of_either, of_persons
from huimin_platform.registry.models import Fact


def household_frame(within: Within | None = None) -> pl.DataFrame:
    """Who lives in which household on the last day of the deliveries: household, person, relation."""
    return bulk.copy_out(
        "select household_id as household, person_id as person, relation from registry_membership"
        f" where withdrawn_at is null and ended_on is null{of_persons('person_id', within)}"
        " order by household_id, person_id",
        given_of(within),
    )


def persons_frame(within: Within | None = None) -> pl.DataFrame:
    """The persons that count, all or some: person, sex, born_on, died_on, division."""
    return bulk.copy_out(
        "select id as person, sex, born_on, died_on, division from registry_person where merged_into_id is null"
        + of_persons("id", within),
        given_of(within),
    )


def homes_frame(within: Within | None = None) -> pl.DataFrame:
    """The households that count, all or some: household, division, residence, head."""
    limit = " and id = any(%(homes)s)" if within else ""
    return bulk.copy_out(
        "select id as household, nullif(division, '') as division, residence, head_id as head"
        f" from registry_household where ended_on is null{limit}",
        given_of(within),
    )


def memberships_frame(within: Within | None = None, as_of: datetime | None = None) -> pl.DataFrame:
    """Memberships that a register says, or said at a moment, of all or of some persons: household, person, started_on,
    ended_on. Of these persons all of them: who lives elsewhere by now is told by that one.
    """
    return bulk.copy_out(
        "select household_id as household, person_id as person, started_on, ended_on"
        f" from registry_membership where {KNOWN_AT if as_of else KNOWN}{of_persons('person_id', within)}",
        given_of(within, as_of),
    )


# What is known today, and what was known at a moment.
KNOWN = "withdrawn_at is null"
KNOWN_AT = "coalesce(received_at <= %(as_of)s, true) and coalesce(withdrawn_at > %(as_of)s, true)"


def facts_frame(within: Within | None = None, as_of: datetime | None = None) -> pl.DataFrame:
    """Facts that a current row says, or said at a moment, and those that officers verified, all or those of some households
    and persons, as matching takes them.
    """
    given = {"as_of": as_of} if as_of else {}
    return _facts_frame(KNOWN_AT if as_of else KNOWN, within, given, verified.facts(as_of))


# What was withdrawn sooner was wrong and was put right by a corrected delivery; what stood as long was so, and ended.
STOOD = timedelta(days=30)


def earlier_facts_frame(kinds: Collection[str], within: Within | None = None) -> pl.DataFrame:
    """Facts of some kinds that only a delivery says which a later one has replaced, as matching takes them.

    Only of who was so for a month, however many deliveries said it: else a row that a corrected delivery leaves out
    would look like a child that left school.
    """
    replaced = "select id from intake_deliveryfile where not current and withdrawn_at is null"
    withdrawn = f"withdrawn_at is not null and kind = any(%(kinds)s) and source_file_id in ({replaced})"
    stood = (
        "select coalesce(person_id, 0), coalesce(household_id, 0), kind from registry_fact where kind = any(%(kinds)s)"
        f"{of_either(within)} group by 1, 2, 3 having max(coalesce(withdrawn_at, received_at)) - min(received_at) >= %(stood)s"
    )
    condition = f"{withdrawn} and (coalesce(person_id, 0), coalesce(household_id, 0), kind) in ({stood})"
    return _facts_frame(condition, within, {"kinds": list(kinds), "stood": STOOD})


def that_stood(facts_before: Iterable[Fact]) -> list[Fact]:
    """Of facts that a replaced delivery said, those that stood for a month, as `earlier_facts_frame` has them."""
    kept: dict[tuple[int | None, int | None, str], list[Fact]] = {}
    for fact in facts_before:
        kept.setdefault((fact.person_id, fact.household_id, fact.kind), []).append(fact)
    return [
        fact
        for said in kept.values()
        if max(each.withdrawn_at or each.received_at for each in said)
        - min(each.received_at for each in said)
        >= STOOD
        for fact in said
    ]


def _facts_frame(
    condition: str, within: Within | None, given: dict[str, Any], more: str = ""
) -> pl.DataFrame:
    limit = of_either(within)
    return bulk.copy_out(
        "select person_id as person, household_id as household, kind, value, nullif(words, '') as words, started_on,"
        " ended_on, occurred_on, nullif(key, '') as key, source_file_id::text as file, source_line as line"
        f" from registry_fact where {condition}{limit}{more.format(limit=limit)}",
        (given | (given_of(within) or {})) or None,
        FACT,
    )


def alike_frame(within: Within | None = None) -> pl.DataFrame:
    """Two persons who may be one that is registered twice, all or of some: person, other, row (of the other's, FILE:LINE)."""
    return bulk.copy_out(
        "select person_id as person, other_id as other, file_id || ':' || line as row from registry_pair"
        f" where {ASKED_ALIKE}{of_persons('person_id', within)} order by person_id, other_id",
        given_of(within),
        ALIKE,
    )


def doubts_frame(within: Within | None = None) -> pl.DataFrame:
    """Rows that could belong to a person, all or some: file (its number), line, role, dataset, person, weight."""
    return bulk.copy_out(
        "select d.file_id as file, d.line, d.role, d.dataset, d.person_id as person, d.weight from registry_doubt d"
        f" join intake_deliveryfile f on f.id = d.file_id where f.current{of_persons('d.person_id', within)}",
        given_of(within),
    )
