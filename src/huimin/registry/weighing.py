"""What is left, weighed by Splink: name by its rarity, number, birth date, sex, place, card, phone, household.

A row that fits several people, or one of them only by name, is not linked by a rule but by probability. The
probability counts every candidate and the chance that the row is about somebody the registry does not know.
"""

from typing import Any

import polars as pl
import splink.comparison_level_library as levels
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.comparison_library import CustomComparison

from huimin.engines import duckdb

# The share of rows about people who are not in the registry.
OUTSIDE = 0.02
# Rows compared at once; memory grows with it.
COLUMNS = [
    "unique_id",
    "canonical",
    "sound",
    "number",
    "born_on",
    "sex",
    "village",
    "address",
    "card",
    "phone",
    "family",
]


def weighed(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Every row with each person whose name sounds alike: mention, seed, probability."""
    nothing = pl.DataFrame(schema={"mention": pl.Int64, "seed": pl.Int64, "probability": pl.Float64})
    if rows.is_empty() or people.is_empty():
        return nothing
    left = rows.select(pl.col("mention").alias("unique_id"), *COLUMNS[1:])
    right = people.select(pl.col("seed").alias("unique_id"), *COLUMNS[1:])
    with duckdb.connection() as opened:
        api = DuckDBAPI(connection=opened)
        tables = [
            api.register(left.to_arrow(), table_name="rows_left"),
            api.register(right.to_arrow(), table_name="people_known"),
        ]
        linker = Linker(tables, _settings(right.height), log_level=None)
        predicted = linker.inference.predict()
        pairs = duckdb.fetch(
            opened,
            "SELECT unique_id_l AS a, unique_id_r AS b, source_dataset_l AS which, match_weight AS weight "
            f"FROM {predicted.physical_name}",
        )
    first = pl.col("which") == "rows_left"
    pairs = pairs.select(
        pl.when(first).then("a").otherwise("b").alias("mention"),
        pl.when(first).then("b").otherwise("a").alias("seed"),
        (2.0 ** pl.col("weight").clip(-60, 60)).alias("odds"),
    )
    best = pairs.group_by("mention", "seed").agg(pl.col("odds").max())
    return best.select(
        "mention", "seed", probability=pl.col("odds") / (pl.col("odds").sum().over("mention") + OUTSIDE)
    )


def _settings(people: int) -> SettingsCreator:
    """Weights set by hand from how registers err, not trained: a county's residue is too small to learn from."""
    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=1 / max(people, 2),
        blocking_rules_to_generate_predictions=[block_on("sound")],
        comparisons=[
            _comparison("canonical", [("canonical_l = canonical_r", 0.95, None), ("sound_l = sound_r", 0.05, 0.001)]),
            _comparison("number", [("number_l = number_r", 0.6, 0.0001),
                                   ("damerau_levenshtein(number_l, number_r) <= 2", 0.3, 0.0002)], 0.1),
            _comparison("born_on", [("born_on_l = born_on_r", 0.97, 1 / 20_000)], 0.03),
            _comparison("sex", [("sex_l = sex_r", 0.99, 0.5)], 0.01),
            _comparison("village", [("contains(coalesce(address_r, village_r), village_l)"
                                     " OR contains(coalesce(address_l, village_l), village_r)", 0.93, 0.004)], 0.07),
            _comparison("card", [("card_l = card_r", 0.95, 0.00005)], 0.05),
            _comparison("phone", [("phone_l = phone_r", 0.9, 0.0001)], 0.1),
            _comparison("family", [("family_l = family_r", 0.9, 0.0005)], 0.1),
        ],
        retain_matching_columns=False,
    )  # fmt: skip


def _comparison(
    column: str, kinds: list[tuple[str, float, float | None]], otherwise: float = 0.001
) -> CustomComparison:
    made: list[ComparisonLevelCreator | dict[str, Any]] = [levels.NullLevel(column)]
    for condition, m, u in kinds:
        level = levels.CustomLevel(condition, condition)
        if u is None:
            level = levels.ExactMatchLevel(column, term_frequency_adjustments=True)
            made.append(level.configure(m_probability=m, u_probability=0.0005, fix_m_probability=True))
        else:
            made.append(level.configure(m_probability=m, u_probability=u))
    rest = 1 - sum(u or 0.0005 for _, _, u in kinds)
    made.append(levels.ElseLevel().configure(m_probability=otherwise, u_probability=rest))
    return CustomComparison(output_column_name=column, comparison_levels=made)
