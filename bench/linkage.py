"""How well and how fast records are linked, beside Splink alone on the same records.

    python bench/linkage.py --data febrl3|febrl4|county:PERSONS [--seed 1] [--errors usual|heavy|light] [--applying 1.0] [--json]

Each side runs in a process of its own, on two cores; the time is that from records in memory to links, the memory the
most that the process has held. FEBRL is linked by `huimin.registry.linkage` with a model learned in the same run, a
county by `huimin.registry.identity` with the model that comes with it. Splink gets the registry's cleaned names and
numbers as a gift, comparisons and blocks as its own guide has them, training in the run, and of several thresholds the
one that gives the best F1. Pairs are counted: a record and its person in a county and in FEBRL 4, two records in FEBRL 3.
The last line is a JSON object with the figures of ours, and Splink's under names that begin with `splink_`.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# Before Polars, so that both sides hold memory as the platform does.
import huimin_platform  # noqa: F401 - not used: it sets how Polars holds memory # isort: skip
import linkage_data
import linkage_splink
import polars as pl

from huimin.registry import identity, linkage


def ours(
    data: str, records: pl.DataFrame, others: pl.DataFrame | None
) -> tuple[dict[str, float], pl.DataFrame]:
    """Seconds of each part, and the pairs found: left, right (rows of records and others, or of records)."""
    if data.startswith("county"):
        assert others is not None
        return _ours_in_a_county(records, others)
    started = time.perf_counter()
    model = linkage.learn(records, others, linkage_data.FEBRL_FIELDS)
    learned = time.perf_counter()
    if others is not None:
        pairs = linkage.link(records, others, model).select("left", "right")
    else:
        pairs = _within(linkage.group(records, model), "person", "record")
    return {"train_seconds": learned - started, "seconds": time.perf_counter() - started}, pairs


def _ours_in_a_county(records: pl.DataFrame, others: pl.DataFrame) -> tuple[dict[str, float], pl.DataFrame]:
    started = time.perf_counter()
    found = identity.resolve(pl.concat([others, records]).drop("truth")).links
    seconds = time.perf_counter() - started
    linked = found.drop_nulls("person").select("file", "line", "person")
    entries = linked.filter(pl.col("file") == "residents").unique("person").select("person", right="line")
    pairs = linked.filter(pl.col("file") == "applications").select("person", left="line")
    # Whoever has no entry was made a person of their own: a pair that is not there.
    return {"train_seconds": 0.0, "seconds": seconds}, pairs.join(entries, on="person").select(
        "left", "right"
    )


def _within(records: pl.DataFrame, group: str, record: str) -> pl.DataFrame:
    mine = records.select(group, record)
    both = mine.join(mine, on=group, suffix="_b").filter(pl.col(record) < pl.col(f"{record}_b"))
    return both.select(left=record, right=f"{record}_b")


def scored(pairs: pl.DataFrame, records: pl.DataFrame, others: pl.DataFrame | None) -> dict[str, float]:
    """Precision, recall and F1 of pairs, and how many there are, are false and are missing."""
    who = [frame["truth"] for frame in (records, records if others is None else others)]
    right = int((who[0].gather(pairs["left"]) == who[1].gather(pairs["right"])).sum())
    if others is None:
        sizes = records.group_by("truth").len()["len"]
        true = int((sizes * (sizes - 1) // 2).sum())
    else:
        true = int(records["truth"].is_in(others["truth"].implode()).sum())
    precision, recall = right / max(pairs.height, 1), right / true
    return {
        "precision": round(precision, 6), "recall": round(recall, 6),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 6),
        "pairs": pairs.height, "false_pairs": pairs.height - right, "true_pairs": true,
    }  # fmt: skip


def side(name: str, data: str, folder: Path) -> dict[str, Any]:
    """The figures of one side on the records that lie in the folder."""
    records = pl.read_parquet(folder / "records.parquet")
    others = pl.read_parquet(folder / "others.parquet") if (folder / "others.parquet").exists() else None
    if name == "ours":
        seconds, pairs = ours(data, records, others)
        figures = scored(pairs, records, others)
    else:
        seconds, answers = linkage_splink.linked(data, records, others)
        figures = max((scored(pairs, records, others) for pairs in answers), key=lambda each: each["f1"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures | {key: round(value, 2) for key, value in seconds.items()} | {"peak_mb": round(peak)}


def made(data: str, seed: int, errors: str, applying: float, folder: Path) -> None:
    """Writes the records of both sides into the folder, in a process that ends before time is taken."""
    name, _, size = data.partition(":")
    task = (
        linkage_data.county(int(size), seed, errors, applying)
        if name == "county"
        else linkage_data.febrl(int(name[-1]))
    )
    task.records.write_parquet(folder / "records.parquet")
    if task.others is not None:
        task.others.write_parquet(folder / "others.parquet")


def alone(part: str, chosen: argparse.Namespace, folder: str) -> dict[str, Any]:
    """One part of the work in a process of its own, so that one's memory does not count for another."""
    command = [sys.executable, __file__, "--data", chosen.data, "--seed", str(chosen.seed), "--errors", chosen.errors,
               "--applying", str(chosen.applying), "--part", part, "--folder", folder]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{part} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.strip().splitlines()[-1])


def compared(chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures of both sides, and how they stand to one another."""
    with tempfile.TemporaryDirectory(prefix="huimin-linkage-") as folder:
        alone("make", chosen, folder)
        mine, splink = alone("ours", chosen, folder), alone("splink", chosen, folder)
    saved = splink["seconds"] - splink["train_seconds"]
    return {
        "data": chosen.data, "seed": chosen.seed, **mine,
        **{f"splink_{key}": value for key, value in splink.items()},
        "seconds_to_splink_with_training": round(mine["seconds"] / splink["seconds"], 3),
        "seconds_to_splink_with_saved_model": round((mine["seconds"] - mine["train_seconds"]) / saved, 3),
        "false_pairs_to_splink": round(mine["false_pairs"] / max(splink["false_pairs"], 1), 4),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="febrl4", help="febrl3, febrl4 or county:PERSONS")
    parser.add_argument("--seed", type=int, default=1, help="of the county")
    parser.add_argument(
        "--errors", choices=["usual", "heavy", "light"], default="usual", help="of the county"
    )
    parser.add_argument("--applying", type=float, default=1.0, help="share of a county's people who apply")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=["make", "ours", "splink"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    name, _, size = chosen.data.partition(":")
    if not (chosen.data in ("febrl3", "febrl4") or (name == "county" and size.isdecimal() and int(size) > 0)):
        parser.error(f"--data is febrl3, febrl4 or county:PERSONS, not {chosen.data}")
    if chosen.part == "make":
        made(chosen.data, chosen.seed, chosen.errors, chosen.applying, chosen.folder)
        print("{}")
    elif chosen.part:
        print(json.dumps(side(chosen.part, chosen.data, chosen.folder)))
    else:
        figures = compared(chosen)
        if not chosen.json:
            print("\n".join(f"{key}: {value}" for key, value in figures.items()))
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
