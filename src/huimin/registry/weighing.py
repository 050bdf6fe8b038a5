"""Pairs of records weighed after a model: how much everything compared speaks for one person.

The weight is the logarithm to base 2 of how much likelier the pair looks if it is one person than if it is two (Fellegi
and Sunter, A Theory for Record Linkage, 1969). What there is to say beforehand (how many people there are, who is likely
to have such a row) is added by others. Splink says the same of the same pairs after the same model, which a test holds.
"""

from collections.abc import Callable, Mapping
from math import log2
from typing import Any

import polars as pl

from huimin.engines import duckdb
from huimin.registry.comparisons import ELSE, Comparison, Level, Model

LEFT, RIGHT = "a_records", "b_records"
SCHEMA: dict[str, Any] = {"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64}

# Where pairs are weighed: `weighed` here, or another that says the same of the same.
Weigh = Callable[[pl.DataFrame, pl.DataFrame, Model, Mapping[str, pl.DataFrame]], pl.DataFrame]


def weighed(
    records: pl.DataFrame,
    others: pl.DataFrame | None,
    model: Model,
    rarity: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Every pair that meets a block of the model: left, right (their `record`), weight and evidence, in no order.

    `evidence` is the weight of each comparison by name, null where there was nothing to compare; they add up to `weight`.

    Pairs are of one of `records` and one of `others`, or of two of `records` where there are no others.
    `rarity` tells for a column how common its values are among all people (the column and `share`), where the records
    are only some of them.
    """
    if records.is_empty() or (others is not None and others.is_empty()):
        return pl.DataFrame(schema=schema(model))
    shared = with_rarity(records, model, {**_shares(records, others, model), **(rarity or {})})
    return of_tables(shared, others, model)


def with_rarity(records: pl.DataFrame, model: Model, rarity: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The records with how common each value is that speaks by its rarity, as `of_tables` takes them."""
    for column in _rare(model):
        shares = rarity[column].select(column, pl.col("share").alias(_share(column)))
        records = records.join(shares, on=column, how="left", maintain_order="left")
    return records


def of_tables(records: pl.DataFrame, others: pl.DataFrame | None, model: Model) -> pl.DataFrame:
    """What `weighed` says, of records that have their rarity: each pair is weighed by itself, so parts can be apart."""
    with duckdb.connection() as opened:
        opened.register(LEFT, records.to_arrow())
        if others is not None:
            opened.register(RIGHT, others.select(_columns(records)).to_arrow())
        return duckdb.fetch(opened, _sql(model, records, RIGHT if others is not None else None))


def schema(model: Model) -> dict[str, Any]:
    """The columns of `weighed`."""
    return SCHEMA | {"evidence": pl.Struct({each.name: pl.Float32 for each in model.comparisons})}


def _sql(model: Model, records: pl.DataFrame, right: str | None) -> str:
    """One statement: the pairs of each block that met none before, weighed as they are found and not held side by side."""
    sides = [f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in _columns(records)]
    sides += [f"l.{_share(name)} AS {_share(name)}" for name in _rare(model)]
    weights = ", ".join(f"{_weight(each)} AS {_column(each)}" for each in model.comparisons)
    total = " + ".join(f"coalesce({_column(each)}, 0)" for each in model.comparisons)
    parts = ", ".join(f"'{each.name}': {_column(each)}::FLOAT" for each in model.comparisons)
    found = []
    for place, block in enumerate(model.blocks):
        once = [] if right else ["l.record < r.record"]
        fresh = [f"NOT coalesce({met}, FALSE)" for met in model.blocks[:place]]
        condition = " AND ".join([f"({block})", *once, *fresh])
        found.append(
            f"SELECT record_l::BIGINT AS left, record_r::BIGINT AS right, ({total})::DOUBLE AS weight,"
            f" {{{parts}}} AS evidence FROM (SELECT record_l, record_r, {weights} FROM"
            f" (SELECT {', '.join(sides)} FROM {LEFT} l JOIN {right or LEFT} r ON {condition}))"
        )
    return " UNION ALL ".join(found)


def _weight(comparison: Comparison) -> str:
    levels = " ".join(
        f"WHEN {each.condition} THEN {_said(each)}" for each in comparison.levels if each.condition != ELSE
    )
    last = [_said(each) for each in comparison.levels if each.condition == ELSE]
    return f"CASE WHEN {comparison.unknown} THEN NULL {levels} ELSE {last[0] if last else 'NULL'} END"


def _said(level: Level) -> str:
    """SQL for what a level says; where its value is known by how common it is, that stands for u."""
    assert level.m, f"The level {level.condition} has not been learned."
    assert level.u, f"The level {level.condition} has not been learned."
    plain = f"{log2(level.m / level.u)!r}::DOUBLE"
    return (
        f"coalesce({log2(level.m)!r}::DOUBLE - log2({_share(level.rarity)}), {plain})"
        if level.rarity
        else plain
    )


def _shares(records: pl.DataFrame, others: pl.DataFrame | None, model: Model) -> dict[str, pl.DataFrame]:
    """How common each value is among the records themselves."""
    tables = [table for table in (records, others) if table is not None]
    found = {}
    for column in _rare(model):
        values = pl.concat([table.select(column) for table in tables]).drop_nulls()
        found[column] = values.group_by(column).agg(share=pl.len() / values.height)
    return found


def _rare(model: Model) -> list[str]:
    """The columns whose values speak by how common they are; both records have the same one there."""
    levels = [level for each in model.comparisons for level in each.levels if level.rarity]
    assert all(level.condition == f"{level.rarity}_l = {level.rarity}_r" for level in levels)
    return list(dict.fromkeys(level.rarity for level in levels if level.rarity))


def _columns(records: pl.DataFrame) -> list[str]:
    return [name for name in records.columns if not name.startswith(_share(""))]


def _share(column: str) -> str:
    return f"share_of_{column}"


def _column(comparison: Comparison) -> str:
    return f"weight_of_{comparison.name}"
