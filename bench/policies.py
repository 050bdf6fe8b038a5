"""The policy book at work: twenty policies at once against one, a reform tried on a county, and ten million households.

    python bench/policies.py [--households 100000] [--stream 10000000] [--quick] [--json]

`many_ratio`: twenty policies of the book answered together, against the allowance alone, on the same households with
every fact made up and a tenth of all values unknown. `simulate_s`: both sides of a trial of two numbers on a county of
that many persons, with gains by group, interval and welfare. `stream`: the country template's six rules from Parquet to
Parquet at three sizes, with the peak memory and the exponent of time by size; each size in a process of its own.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import rules as peer

import huimin_policies
from huimin import rules
from huimin.units.words import Words

ON, PLACE = date(2026, 7, 1), "330127201000"
ALONE, MANY = "subsistence_allowance", 20
UNKNOWN = 0.1
STANDARDS = {
    "subsistence_standard": {"urban": 100_000, "rural": 85_000}, "edge_multiple": "1.5", "vehicle_limit": 0, "home_limit": 1,
    "medical_share": "0.3",
}  # fmt: skip


def population(
    book: rules.PolicyBook, households: int, seed: int = 1, unknown: float = UNKNOWN
) -> rules.Population:
    """Households of two and a half with every fact of the book, small and plausible."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([1, 2, 3, 4, 5], households, p=[0.25, 0.3, 0.2, 0.15, 0.1])
    home = np.repeat(np.arange(households), sizes)
    tables = {
        "household": {
            "household": np.arange(households),
            "division": pl.repeat(PLACE, households, eager=True),
        },
        "person": {"household": home, "person": np.arange(len(home))},
    }
    for fact in book.facts.values():
        table = tables[fact.level]
        rows = len(table["household"])
        values = pl.Series(_values(chance, fact.type, rows))
        known = pl.Series(chance.random(rows) >= unknown)
        table[fact.name] = pl.select(pl.when(known).then(values)).to_series()
    return rules.Population.of(pl.DataFrame(tables["household"]), pl.DataFrame(tables["person"]), book.facts)


def _values(chance: np.random.Generator, kind: Any, rows: int) -> Any:
    if kind.shape == "condition":
        return chance.random(rows) < 0.5
    if kind.shape == "enum":
        return pl.Series(kind.values).gather(chance.integers(0, len(kind.values), rows).astype(np.uint32))
    if kind.shape == "date":
        return pl.Series(chance.integers(-15_000, 20_500, rows).astype(np.int32)).cast(pl.Date)
    return chance.integers(max(int(kind.low), 0), min(int(kind.high), 3_000_000) + 1, rows)


def numbers(book: rules.PolicyBook) -> rules.ParameterSet:
    """What the county sets, where the book leaves it open."""
    return rules.ParameterSet(PLACE, date(2020, 1, 1), STANDARDS, Words("试", "bench"))


def many(households: int) -> dict[str, Any]:
    """Twenty policies together against one, compiled before."""
    book = rules.load(Path(huimin_policies.__path__[0]))
    people, sets = population(book, households), [numbers(book)]
    open_still = {
        name for name, _ in rules.missing_parameters(book, book.asked_in(PLACE, ON), [PLACE], ON, sets)
    }
    assert not open_still, f"the bench gives no value of {sorted(open_still)}"
    names = book.asked_in(PLACE, ON)[:MANY]
    with tempfile.TemporaryDirectory() as folder:
        spans = {}
        for key, asked in (("one", (ALONE,)), ("many", names)):
            act = lambda asked=asked: rules.batch(book, asked, people, ON, sets, cache_folder=Path(folder))  # noqa: E731
            first, _ = peer.timed(act, 1)
            spans[f"{key}_first_s"], spans[f"{key}_s"] = first, peer.timed(act)[0]
    return {
        "policies": len(names), "facts": len(book.facts), **spans, "many_ratio": spans["many_s"] / spans["one_s"],
    }  # fmt: skip


def simulated(persons: int) -> dict[str, Any]:
    """A trial of two numbers on a county of so many persons, from the population to the figures of the page."""
    book = rules.load(Path(huimin_policies.__path__[0]))
    people = population(book, round(persons / 2.55), unknown=0.0)
    before = [numbers(book)]
    after = [
        *before,
        rules.ParameterSet(
            PLACE,
            ON,
            {
                **STANDARDS,
                "edge_multiple": "1.8",
                "subsistence_standard": {"urban": 110_000, "rural": 95_000},
            },
            Words("试", "bench"),
        ),
    ]
    names = (ALONE, "low_income_edge", "medical_aid")

    def trial() -> Any:
        found = rules.simulate(book, names, people, ON, before, after, cache_folder=Path(folder))
        groups = [found.by(group) for group in ("decile", "residence", "members", "town")]
        return found.interval_fen(), found.welfare(), groups

    with tempfile.TemporaryDirectory() as folder:
        first_s, _ = peer.timed(trial, 1)
        return {
            "simulate_persons": people.persons.height,
            "simulate_first_s": first_s,
            "simulate_s": peer.timed(trial)[0],
        }


def streamed(households: int, folder: Path) -> dict[str, Any]:
    """Parquet to Parquet; the data are made in another process."""
    peer.apart("made", folder, households)
    found = peer.apart("whole", folder)
    return {"households": households, "seconds": found["whole_s"], "peak_mb": found["peak_mb"]}


def streams(largest: int) -> dict[str, Any]:
    """Three sizes a factor of ten apart and the exponent from the middle to the largest."""
    rows = []
    for size in (largest // 100, largest // 10, largest):
        with tempfile.TemporaryDirectory() as name:
            rows.append(streamed(size, Path(name)))
    exponent = math.log10(rows[2]["seconds"] / rows[1]["seconds"])
    return {"stream": rows, "stream_exponent": exponent, "stream_peak_mb": rows[2]["peak_mb"]}


PARTS = {"many": many, "simulated": simulated, "streams": streams}


def apart(part: str, size: int) -> dict[str, Any]:
    """What a part found, run in a process of its own."""
    command = [sys.executable, __file__, "--part", part, "--households", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> int:
    """How it ended, for the shell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument("--stream", type=int, default=10_000_000)
    parser.add_argument("--quick", action="store_true", help="10,000 households, and 1,000,000 streamed")
    parser.add_argument("--json", action="store_true", help="print only the figures, as the last line")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(PARTS[asked.part](asked.households)))
        return 0
    size, largest = (10_000, 1_000_000) if asked.quick else (asked.households, asked.stream)
    found = apart("many", size) | apart("simulated", size) | apart("streams", largest)
    if not asked.json:
        print("\n".join(f"{name}: {value}" for name, value in found.items()))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
