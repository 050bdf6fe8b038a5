"""What is paid or listed and should not be 疑点: each with its evidence, under a key that stays the same."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from huimin.matching.population import month_number
from huimin.matching.tables import Tables, live_on, members
from huimin.rules import ParameterSet, PolicyBook, Population, explain

ALLOWANCE = "subsistence_allowance"
ROLL = "allowance_on_roll"
MONTHLY = ("pension", "unemployment_benefit", "injury_benefit")
KINDS = ("on_roll_not_entitled", "paid_after_death", "same_benefit_twice")
SCHEMA = {
    "kind": pl.String,
    "household": pl.Int64,
    "person": pl.Int64,
    "evidence": pl.String,
    "key": pl.String,
}


def findings(
    book: PolicyBook,
    tables: Tables,
    entitlements: pl.DataFrame,
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
) -> pl.DataFrame:
    """The findings of a day: kind, household, person, evidence (JSON), key.

    Their kinds are `KINDS`. An unknown answer is no finding.
    """
    found = [
        *_on_roll_not_entitled(book, tables, entitlements, population, on, tuple(parameters)),
        *_paid_after_death(tables, on),
        *_same_benefit_twice(tables, on),
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort("key")


def _finding(kind: str, household: Any, person: Any, evidence: dict[str, Any], *key: Any) -> tuple[Any, ...]:
    text = json.dumps(evidence, ensure_ascii=False, default=str)
    return kind, household, person, text, "/".join([kind, *(str(part) for part in key)])


def _on_roll_not_entitled(
    book: PolicyBook,
    tables: Tables,
    entitlements: pl.DataFrame,
    population: Population,
    on: date,
    parameters: tuple[ParameterSet, ...],
) -> Iterator[tuple[Any, ...]]:
    """Households on the allowance roll that the policy refuses: the roll's rows, the failing conditions."""
    refused = entitlements.filter((pl.col("policy") == ALLOWANCE) & (pl.col("status") == "not_entitled"))
    for household, rows in _roll(tables, on).join(refused, on="household", how="semi").group_by("household"):
        explanation = explain(book, ALLOWANCE, population, household[0], on, parameters).as_data()
        failing = [reason for reason in explanation["conditions"] if reason["status"] == "not_met"]
        listed = _rows(rows)
        evidence = {"rows": listed, "conditions": failing, "version": explanation["version"], "on": on}
        yield _finding("on_roll_not_entitled", household[0], None, evidence, household[0])


def _roll(tables: Tables, on: date) -> pl.DataFrame:
    """The facts of the allowance roll that hold on a day, by household."""
    rows = tables.facts.filter((pl.col("kind") == ROLL) & live_on(on))
    homes = members(tables, on).rename({"household": "home"})
    placed = rows.join(homes, on="person", how="left").with_columns(
        household=pl.coalesce("household", "home")
    )
    return placed.drop_nulls("household").sort("household", "file", "line")


def _paid_after_death(tables: Tables, on: date) -> Iterator[tuple[Any, ...]]:
    """Monthly benefits that go on after the month of death. A death without a day is no evidence of that."""
    deaths = tables.facts.filter((pl.col("kind") == "death") & pl.col("occurred_on").is_not_null())
    died = deaths.group_by("person").agg(
        # Where two sources differ the later day counts: nobody is accused by a slip of the pen.
        died_on=pl.col("occurred_on").max(),
        death_rows=pl.struct("file", "line", "occurred_on", "words"),
    )
    paid = tables.facts.filter(pl.col("kind").is_in(MONTHLY)).join(died, on="person")
    after = pl.col("died_on").dt.month_start().dt.offset_by("1mo")
    first = pl.max_horizontal(pl.col("started_on").fill_null(after), after)
    last = pl.min_horizontal(pl.col("ended_on").fill_null(_next_month(on)), pl.lit(_next_month(on)))
    paid = paid.with_columns(months=month_number(last) - month_number(first)).filter(pl.col("months") > 0)
    homes = members(tables, on)
    for (person, kind), rows in paid.sort("person", "kind", "file", "line").group_by(
        "person", "kind", maintain_order=True
    ):
        evidence = {
            "benefit": kind,
            "died_on": rows["died_on"][0],
            "months": int(rows["months"].max()),  # type: ignore[arg-type]
            "amount_fen": int((rows["value"] * rows["months"]).sum()),
            "rows": _rows(rows),
            "deaths": rows["death_rows"][0].to_list(),
        }
        yield _finding("paid_after_death", _home(homes, person), person, evidence, person, kind)


def _same_benefit_twice(tables: Tables, on: date) -> Iterator[tuple[Any, ...]]:
    """The same kind of benefit paid to one person by two rows for the same months."""
    told = ["person", "kind", "value", "words", "started_on", "ended_on", "key"]
    rows = (
        tables.facts.filter(pl.col("kind").is_in(MONTHLY))
        .sort("file", "line")
        .unique(told, maintain_order=True)
    )
    several = rows.filter(pl.len().over("person", "kind") > 1)
    homes = members(tables, on)
    for (person, kind), group in several.group_by("person", "kind", maintain_order=True):
        overlapping = _overlapping(group)
        if overlapping is not None:
            evidence = {"benefit": kind, "rows": _rows(overlapping)}
            yield _finding("same_benefit_twice", _home(homes, person), person, evidence, person, kind)


def _overlapping(rows: pl.DataFrame) -> pl.DataFrame | None:
    """The rows whose months overlap another's, or nothing."""
    first = rows["started_on"].fill_null(date.min)
    last = rows["ended_on"].fill_null(date.max)
    kept = [
        any(n != other and first[n] < last[other] and first[other] < last[n] for other in range(rows.height))
        for n in range(rows.height)
    ]
    return rows.filter(pl.Series(kept)) if any(kept) else None


def _rows(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return rows.select("file", "line", "value", "words", "started_on", "ended_on").to_dicts()


def _home(homes: pl.DataFrame, person: Any) -> int | None:
    found = homes.filter(pl.col("person") == person)["household"]
    return int(found[0]) if len(found) else None


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
