"""Pairs of records weighed by Splink after a model: how much everything compared speaks for one person.

The weight is the logarithm to base 2 of how much likelier the pair looks if it is one person than if it is two. What
there is to say beforehand (how many people there are, who is likely to have such a row) is added by others.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from huimin.engines import duckdb
from huimin.registry.comparisons import Comparison, Level, Model

# Splink takes a second to load, which only a comparison is worth: every command would wait for it.
if TYPE_CHECKING:
    from splink import Linker

# Splink puts the tables in the order of their names; `_l` is always the first.
LEFT, RIGHT = "a_records", "b_records"
SCHEMA: dict[str, Any] = {"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64}
# Chance is a seed, so that the same records always teach the same.
SEED = 1
MOST_PAIRS_TO_LEARN_FROM = 2e6


def weighed(
    records: pl.DataFrame,
    others: pl.DataFrame | None,
    model: Model,
    rarity: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Every pair that meets a block of the model: left, right (their `record`), weight and evidence.

    `evidence` is the weight of each comparison by name, null where there was nothing to compare; they add up to `weight`.

    Pairs are of one of `records` and one of `others`, or of two of `records` where there are no others.
    `rarity` tells for a column how common its values are among all people (the column and `share`), where the records
    are only some of them.
    """
    if records.is_empty() or (others is not None and others.is_empty()):
        parts = pl.Struct({each.name: pl.Float32 for each in model.comparisons})
        return pl.DataFrame(schema=SCHEMA | {"evidence": parts})
    with duckdb.connection() as opened:
        linker = _linker(opened, records, others, model)
        for column, shares in (rarity or {}).items():
            _tell_rarity(opened, linker, column, shares)
        predicted = linker.inference.predict()
        return duckdb.fetch(
            opened,
            "SELECT record_l::BIGINT AS left, record_r::BIGINT AS right, match_weight AS weight, "
            f"{_evidence(model)} AS evidence FROM {predicted.physical_name}",
        )


def trained(records: pl.DataFrame, others: pl.DataFrame | None, model: Model, alike: Sequence[str]) -> Model:
    """The model with m and u learned from the records themselves.

    u comes from random pairs. m comes by expectation maximisation from the pairs that meet each condition of `alike`
    in turn; what a condition fixes is learned under the others.
    """
    from splink.internals.blocking_rule_library import CustomRule

    with duckdb.connection() as opened:
        linker = _linker(opened, records, others, model)
        linker.training.estimate_u_using_random_sampling(max_pairs=MOST_PAIRS_TO_LEARN_FROM, seed=SEED)
        for condition in alike:
            linker.training.estimate_parameters_using_expectation_maximisation(CustomRule(condition))
        learned = linker.misc.save_model_to_json()
    for comparison in learned["comparisons"]:
        rates = [
            (float(level.get("m_probability") or 1e-6), float(level.get("u_probability") or 1e-6))
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        ]
        model = model.with_rates(comparison["output_column_name"], rates)
    return model


def _evidence(model: Model) -> str:
    """SQL for the weights of a pair's comparisons, the commonness of the very value counted in."""
    parts = []
    for each in model.comparisons:
        weight = f"mw_{each.name}"
        if any(level.rarity for level in each.levels):
            weight += f" + mw_tf_adj_{each.name}"
        # Where there was nothing to compare the weight is exactly 0; no level has that weight.
        parts.append(f"'{each.name}': nullif(({weight})::FLOAT, 0)")
    return f"{{{', '.join(parts)}}}"


def _tell_rarity(opened: Any, linker: "Linker", column: str, shares: pl.DataFrame) -> None:
    from splink import DuckDBAPI

    table = shares.rename({"share": f"tf_{column}"}).to_arrow()
    known = DuckDBAPI(connection=opened).register(table, table_name=f"rarity_{column}")
    linker.table_management.register_term_frequency_lookup(known, column)


def _linker(opened: Any, records: pl.DataFrame, others: pl.DataFrame | None, model: Model) -> "Linker":
    from splink import DuckDBAPI, Linker
    from splink.internals.blocking_rule_library import CustomRule

    api = DuckDBAPI(connection=opened)
    tables = [api.register(records.to_arrow(), table_name=LEFT)]
    if others is not None:
        tables.append(api.register(others.select(records.columns).to_arrow(), table_name=RIGHT))
    settings: dict[str, Any] = {
        "link_type": "dedupe_only" if others is None else "link_only",
        "unique_id_column_name": "record",
        # A match weight with even odds is the plain logarithm of how the levels speak.
        "probability_two_random_records_match": 0.5,
        "blocking_rules_to_generate_predictions": [CustomRule(condition) for condition in model.blocks],
        "comparisons": [_comparison(each) for each in model.comparisons],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }
    return Linker(tables, settings, log_level=None)


def _comparison(comparison: Comparison) -> dict[str, Any]:
    unknown = {
        "sql_condition": comparison.unknown,
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [unknown, *(_level(each) for each in comparison.levels)],
    }


def _level(level: Level) -> dict[str, Any]:
    said: dict[str, Any] = {"sql_condition": level.condition, "label_for_charts": level.condition}
    if level.m is not None and level.u is not None:
        said |= {"m_probability": level.m, "u_probability": level.u}
    if level.rarity:
        said |= {"tf_adjustment_column": level.rarity, "tf_adjustment_weight": 1.0}
    return said
