"""A model learned from the records themselves by Splink, without knowing any answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from huimin.engines import duckdb
from huimin.registry.comparisons import Comparison, Level, Model

# Splink takes a second to load, which every command would wait for.
if TYPE_CHECKING:
    from splink import Linker

# Splink puts the tables in the order of their names; `_l` is always the first.
LEFT, RIGHT = "a_records", "b_records"
# Chance is a seed, so that the same records always teach the same.
SEED = 1
MOST_PAIRS_TO_LEARN_FROM = 2e6


def trained(records: pl.DataFrame, others: pl.DataFrame | None, model: Model, alike: Sequence[str]) -> Model:
    """The model with m and u learned from the records themselves.

    u comes from random pairs. m comes by expectation maximisation from the pairs that meet each condition of `alike`
    in turn; what a condition fixes is learned under the others.
    """
    from splink.internals.blocking_rule_library import CustomRule

    with duckdb.connection() as opened:
        linker = linker_of(opened, records, others, model)
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


def linker_of(opened: Any, records: pl.DataFrame, others: pl.DataFrame | None, model: Model) -> "Linker":
    """Splink's linker of these records after the model; its match weight has no odds beforehand in it."""
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
