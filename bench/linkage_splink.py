"""Splink alone on the benchmark's records, set as its guide has it: the peer that `linkage.py` measures against."""

import time
from typing import Any

import polars as pl
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from huimin.engines import duckdb
from huimin.registry import identity, likeness

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
FEBRL = ["given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state", "date_of_birth"]  # fmt: skip
COUNTY = ["canonical", "sound", "number", "born", "sex", "village", "place"]
NAMES = ("a_records", "b_records")


def linked(
    data: str, records: pl.DataFrame, others: pl.DataFrame | None
) -> tuple[dict[str, float], list[pl.DataFrame]]:
    """Seconds, and for each threshold the pairs found. What is cleaned beforehand does not count, nor do five of
    the six thresholds.
    """
    county = data.startswith("county")
    given = [frame for frame in (records, others) if frame is not None]
    tables = [_cleaned(frame) if county else frame.select("record", *FEBRL) for frame in given]
    settings, learning, certain = (_county if county else _febrl)(len(tables))
    with duckdb.connection(threads=2) as opened:
        api = DuckDBAPI(connection=opened)
        registered = [
            api.register(table.to_arrow(), table_name=name)
            for table, name in zip(tables, NAMES, strict=False)
        ]
        started = time.perf_counter()
        linker = Linker(registered, settings, log_level=None)
        linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
        linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
        for rule in learning:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        trained = time.perf_counter()
        predicted = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
        answers = [_answer(opened, linker, predicted, THRESHOLDS[0], others is None)]
        ended = time.perf_counter()
        answers += [
            _answer(opened, linker, predicted, threshold, others is None) for threshold in THRESHOLDS[1:]
        ]
    return {"train_seconds": trained - started, "seconds": ended - started}, answers


def _answer(opened: Any, linker: Linker, predicted: Any, threshold: float, within: bool) -> pl.DataFrame:
    """The pairs: of a cluster, or each record with its likeliest other."""
    if not within:
        return duckdb.fetch(
            opened,
            "SELECT record_l::BIGINT AS left, arg_max(record_r, match_weight)::BIGINT AS right "
            f"FROM {predicted.physical_name} WHERE match_probability >= {threshold} GROUP BY record_l",
        )
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    table = clusters.physical_name
    return duckdb.fetch(
        opened,
        f"SELECT a.record::BIGINT AS left, b.record::BIGINT AS right FROM {table} a JOIN {table} b USING (cluster_id) "
        "WHERE a.record < b.record",
    )


def _cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """What the registry reads from a row, as Splink takes it; a row's village, a booklet's address."""
    prepared = identity.prepared(frame.drop("truth"))
    return prepared.select(
        record="line", canonical="canonical", sound="sound", number="number", sex="sex",
        born=pl.col("born_on").dt.to_string("%Y-%m-%d"),
        village=likeness.plain_place(pl.col("village")), place=likeness.plain_place(pl.col("address")),
    ).select("record", *COUNTY)  # fmt: skip


def _febrl(tables: int) -> tuple[SettingsCreator, list[Any], list[Any]]:
    def words(column: str) -> Any:
        return comparisons.NameComparison(column).configure(term_frequency_adjustments=True)

    def digits(column: str) -> Any:
        return comparisons.DamerauLevenshteinAtThresholds(column, [1, 2]).configure(
            term_frequency_adjustments=True
        )

    settings = SettingsCreator(
        link_type="link_only" if tables > 1 else "dedupe_only",
        unique_id_column_name="record",
        comparisons=[
            comparisons.ForenameSurnameComparison("given_name", "surname"),
            words("address_1"), words("address_2"), words("suburb"), digits("postcode"), digits("street_number"),
            digits("date_of_birth"), comparisons.ExactMatch("state").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(column) for column in ("date_of_birth", "given_name", "surname", "address_1", "address_2", "suburb", "postcode")),
            "l.given_name = r.surname",
        ],
    )  # fmt: skip
    learning = [block_on("date_of_birth"), block_on("given_name", "surname"), block_on("postcode", "suburb")]
    return (
        settings,
        learning,
        [block_on("given_name", "surname", "date_of_birth"), block_on("date_of_birth", "address_1")],
    )


def _county(tables: int) -> tuple[SettingsCreator, list[Any], list[Any]]:
    assert tables == 2
    name = comparisons.CustomComparison(
        output_column_name="canonical",
        comparison_levels=[
            levels.NullLevel("canonical"),
            levels.ExactMatchLevel("canonical", term_frequency_adjustments=True),
            levels.ExactMatchLevel("sound", term_frequency_adjustments=True),
            levels.JaroWinklerLevel("canonical", 0.8),
            levels.ElseLevel(),
        ],
    )
    place = comparisons.CustomComparison(
        output_column_name="village",
        comparison_levels=[
            levels.CustomLevel("village_l IS NULL OR place_r IS NULL").configure(is_null_level=True),
            levels.CustomLevel("contains(place_r, village_l)"),
            levels.ElseLevel(),
        ],
    )
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record",
        comparisons=[
            name, comparisons.DamerauLevenshteinAtThresholds("number", [1, 2]),
            comparisons.DamerauLevenshteinAtThresholds("born", [1, 2]),
            comparisons.ExactMatch("sex"), place,
        ],
        blocking_rules_to_generate_predictions=[
            block_on("number"), block_on("canonical", "born"), block_on("sound", "born"),
            block_on("substr(number, 1, 14)", "sound"), block_on("substr(number, 7, 12)"),
            "l.sound = r.sound AND contains(r.place, l.village)",
        ],
    )  # fmt: skip
    learning = [block_on("number"), block_on("canonical", "born")]
    return settings, learning, [block_on("number"), block_on("canonical", "born")]
