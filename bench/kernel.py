"""The rule kernel: three policies for many households, beside a plain copy of the columns and the same rules in Polars.

    python bench/kernel.py [--households 1000000] [--quick] [--json]

Polars answers one policy (the allowance) as an analyst would write it, without unknowns or reasons; the kernel answers
three with both. Results of the allowance are compared to the fen.
"""

import argparse
import json
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from huimin import matching, rules

ROOT = Path(__file__).parents[1]
ON = date(2026, 6, 30)
DIVISION = "990101000000"
NAMES = ("subsistence_allowance", "low_income_edge", "medical_aid")
STANDARDS = {"urban_standard_fen": 100_000, "rural_standard_fen": 85_000, "edge_multiple": 1.5, "medical_share": 0.3,
             "vehicle_limit": 0, "home_limit": 1, "as_of_on": ON}  # fmt: skip
OF_THE_LIVING = ("wages", "business_income", "pension", "unemployment_benefit", "injury_benefit")


def made(households: int, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A households table and a persons table of plausible values."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([1, 2, 3, 4, 5, 6], households, p=[0.25, 0.3, 0.2, 0.15, 0.07, 0.03])
    home = np.repeat(np.arange(households), sizes)
    count = len(home)

    def amount(share: float, middle: float) -> np.ndarray:
        return np.where(
            chance.random(count) < share, chance.lognormal(np.log(middle), 0.8, count) * 100, 0
        ).astype(np.int64)

    persons = pl.DataFrame(
        {
            "household": home, "person": np.arange(count), "alive": chance.random(count) > 0.004,
            "wages": amount(0.4, 30_000), "business_income": amount(0.05, 20_000), "pension": amount(0.2, 15_000),
            "unemployment_benefit": amount(0.05, 1_000), "injury_benefit": amount(0.02, 3_000),
            "farm_subsidy": amount(0.2, 900), "medical_own_expense": amount(0.4, 2_000),
            "vehicles": (chance.random(count) < 0.12).astype(np.int64), "homes": (chance.random(count) < 0.4).astype(np.int64),
        }
    )  # fmt: skip
    homes = pl.DataFrame(
        {
            "household": np.arange(households), "division": [DIVISION] * households,
            "residence": pl.Series(np.where(chance.random(households) < 0.25, "urban", "rural")),
        }
    )  # fmt: skip
    return homes, persons


def by_polars(homes: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """The allowance as an analyst would write it: household, amount_fen."""
    alive = pl.col("alive")
    sums = persons.lazy().group_by("household").agg(  # a farm subsidy is the household's, whoever it is written to
        (pl.sum_horizontal(*OF_THE_LIVING) * alive + pl.col("farm_subsidy")).sum().alias("income"), alive.sum().alias("members"),
        pl.col("vehicles").sum(), pl.col("homes").sum(),  # what the dead have left is still the household's
    ).filter(pl.col("members") > 0)  # fmt: skip
    standard = pl.when(pl.col("residence") == "urban").then(100_000).otherwise(85_000)
    gap = standard * pl.col("members") * 12 - pl.col("income")
    entitled = (gap > 0) & (pl.col("vehicles") <= 0) & (pl.col("homes") <= 1)
    return (
        homes.lazy().join(sums, on="household").filter(entitled)
        .select("household", ((gap * 2 + 12) // 24).alias("amount_fen")).sort("household").collect()
    )  # fmt: skip


def timed(run, times: int = 3):
    """The last result and the shortest time in milliseconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        result = run()
        best = min(best, (time.perf_counter() - start) * 1000)
    return result, best


def measure(households: int, cache: Path) -> dict[str, object]:
    book = rules.load(ROOT / "src" / "huimin_policies")
    homes, persons = made(households)
    parameters = [matching.parameters_from_standards(STANDARDS, DIVISION)]
    start = time.perf_counter()
    population = rules.Population.of(homes, persons, book.facts)
    index_ms = (time.perf_counter() - start) * 1000
    small = rules.Population.of(homes.head(10), persons.filter(pl.col("household") < 10), book.facts)
    start = time.perf_counter()
    rules.batch(book, NAMES, small, ON, parameters, cache_folder=cache)
    first_ms = (time.perf_counter() - start) * 1000
    ours, kernel_ms = timed(lambda: rules.batch(book, NAMES, population, ON, parameters, cache_folder=cache))
    theirs, polars_ms = timed(lambda: by_polars(homes, persons))
    columns = [
        column for frame in (homes, persons) for column in frame.iter_columns() if column.dtype.is_numeric()
    ]
    arrays = [column.to_numpy() for column in columns]
    _, copy_ms = timed(lambda: [array.copy() for array in arrays])
    allowance = ours.filter((pl.col("policy") == "subsistence_allowance") & (pl.col("status") == "entitled"))
    same = (
        allowance.select("household", "amount_fen")
        .sort("household")
        .equals(theirs.cast(allowance.schema["amount_fen"]))
    )
    _, explain_ms = timed(
        lambda: rules.explain(book, "subsistence_allowance", population, 5, ON, parameters), 50
    )
    return {
        "households": households, "persons": persons.height, "policies": len(NAMES),
        "index_ms": round(index_ms, 1), "first_run_ms": round(first_ms, 1), "batch_ms": round(kernel_ms, 1),
        "polars_one_policy_ms": round(polars_ms, 1), "ratio_polars_to_ours": round(polars_ms / kernel_ms, 2),
        "copy_ms": round(copy_ms, 1), "ratio_ours_to_copy": round(kernel_ms / copy_ms, 2),
        "explain_ms": round(explain_ms, 3), "same_to_the_fen": same,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    sizes = [10_000] if chosen.quick else [10_000, 100_000, chosen.households]
    with tempfile.TemporaryDirectory() as cache:
        rows = [measure(size, Path(cache)) for size in dict.fromkeys(sizes)]
    if not chosen.json:
        print(pl.DataFrame(rows))
    print(json.dumps({"sizes": rows}))


if __name__ == "__main__":
    main()
