"""Sharing out a pot among many counties: by factors, then evened out with the least money moved.

    python bench/allocation.py [--counties 3000] [--json]

People a county and amounts a head are drawn log-normal, so that the coefficient of variation is about 0.4 at first. Prints
seconds of each act, how much is moved for 0.3 and 0.2, how much proportional cuts would move for the same, and how the
time grows from a tenth of the size.
"""

import argparse
import json
import time
from collections.abc import Callable
from math import log10
from typing import Any

import numpy as np
import polars as pl

from huimin.funds.allocation import allocate, load_all
from huimin.funds.equalisation import equalise, frontier, proportional
from huimin.funds.problems import AllocationError

TARGETS = (0.3, 0.2)
# With less new money the floors alone are more uneven than that, which is then said.
GROWTH = 1.25


def made(counties: int, seed: int = 1) -> pl.DataFrame:
    """Counties with people, people in need, indices, and what they had last year."""
    chance = np.random.default_rng(seed)
    people = chance.lognormal(12.5, 0.7, counties).astype(np.int64) + 1000
    return pl.DataFrame(
        {
            "area": [f"county {n}" for n in range(counties)],
            "people": people,
            "people_in_need": (people * chance.lognormal(-3.5, 0.5, counties)).astype(np.int64) + 1,
            "cost_index": chance.uniform(0.8, 1.3, counties),
            "strain_index": chance.uniform(0.5, 2.0, counties),
            "performance_score": chance.uniform(0.6, 1.0, counties),
            "weaker": chance.random(counties) < 0.25,
            "last_fen": (people * chance.lognormal(13.0, 0.38, counties)).astype(np.int64),
        }
    )


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def measured(counties: int) -> dict[str, Any]:
    """Every act on so many counties."""
    areas = made(counties)
    pot = int(areas["last_fen"].sum() * GROWTH)
    found: dict[str, Any] = {"counties": counties}
    found["allocate_s"], by_factors = timed(lambda: allocate(load_all()["assistance_funds"], areas, pot))
    given = areas.select("area", "people", "last_fen").join(
        by_factors.areas.select("area", base_fen="amount_fen"), on="area", how="left", maintain_order="left"
    )
    for target in TARGETS:
        try:
            found[f"equalise_{target}_s"], even = timed(lambda target=target: equalise(given, target))
        except AllocationError as error:
            found[f"equalise_{target}"] = str(error)
            continue
        usual_s, usual = timed(lambda target=target: proportional(given, target))
        found |= {
            "before": even.before, f"after_{target}": even.after, f"moved_{target}": even.shift_fen / pot,
            f"proportional_{target}_s": usual_s, f"proportional_moved_{target}": usual.shift_fen / pot,
        }  # fmt: skip
    found["frontier_s"], points = timed(lambda: frontier(given))
    found["best_within_reach"] = points[-1][0]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counties", type=int, default=3000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    small, figures = measured(max(chosen.counties // 10, 10)), measured(chosen.counties)
    acts = [name for name in figures if name.endswith("_s")]
    figures["seconds"] = sum(figures[name] for name in acts if "equalise" in name or "allocate" in name)
    growth = sum(figures[name] for name in acts) / sum(small[name] for name in acts if name in small)
    figures["exponent"] = log10(growth) / log10(figures["counties"] / small["counties"])
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()
    }
    if not chosen.json:
        for name, value in rounded.items():
            print(f"{name}: {value}")
    print(json.dumps(rounded))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
