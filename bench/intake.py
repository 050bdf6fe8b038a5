"""How fast files are read and checked, beside pandas with pandera and beside frictionless: same files, same checks.

    python bench/intake.py [--rows 300000] [--seed 1] [--json]

Five data sets of a make-believe county with mistakes whose line and column are known. Each side runs in a process of its
own; its time is that from the paths to a list of line, column and message, the import of its packages left out.
Ours is `huimin.intake.read` as the product calls it: it also finds encoding, delimiter, headings and data set by itself,
reads all forms of days and amounts, and gives typed rows. `found` is the share of spoiled cells a side names, `false` how
many cells it names besides. The last line is a JSON object with all figures.
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

import intake_files
import polars as pl

SIDES = ("huimin", "pandera", "frictionless")
LABELS = {"huimin": "Huimin", "pandera": "pandas + pandera", "frictionless": "frictionless"}
SHOWN_BY_SIDE = 6
TOLD = {"file": pl.String, "line": pl.Int64, "heading": pl.String, "message": pl.String}


def by_huimin(task: intake_files.Task) -> list[tuple[int, str, str]]:
    """Line, heading and message of every problem in the file."""
    from huimin import intake
    from huimin.tables.contract import load_all

    reading = intake.read(task.path, task.path.name, load_all(), intake_files.TODAY)
    said = reading.messages("en")
    headings = reading.problems["column"].replace(dict(reading.columns))
    return list(zip(reading.problems["line"], headings, said, strict=True))


def side(name: str, folder: Path) -> dict[str, Any]:
    """The figures of one side; what it told goes into the folder."""
    if name == "huimin":
        told_by = by_huimin
        from huimin import intake as _  # noqa: F401 - the import is no part of the time
    else:
        import intake_peers

        told_by = {"pandera": intake_peers.by_pandera, "frictionless": intake_peers.by_frictionless}[name]
        __import__("pandera.pandas" if name == "pandera" else "frictionless")
    tasks = intake_files.tasks(folder)
    started, worked = time.perf_counter(), time.process_time()
    told = {task.path.name: told_by(task) for task in tasks}
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    rows = [(file, *problem) for file, problems in told.items() for problem in problems]
    pl.DataFrame(rows, schema=TOLD, orient="row").write_parquet(folder / f"{name}.parquet")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(seconds, 3), "processor_seconds": round(worked, 3), "peak_mb": round(peak)}


def scored(name: str, folder: Path) -> dict[str, Any]:
    """Which share of the spoiled cells a side named, and how many it named besides."""
    spoiled = pl.read_parquet(folder / "spoiled.parquet")
    told = pl.read_parquet(folder / f"{name}.parquet").filter(pl.col("line") > 0)
    place = ["file", "line", "heading"]
    told = told.select(place).unique()
    return {
        "found": round(spoiled.join(told, on=place, how="semi").height / spoiled.height, 4),
        "false": told.join(spoiled, on=place, how="anti").height,
    }


def side_by_side(folder: Path) -> list[dict[str, str]]:
    """What each side says of the same spoiled cells, one of each kind."""
    spoiled = pl.read_parquet(folder / "spoiled.parquet")
    for name in SIDES:
        told = pl.read_parquet(folder / f"{name}.parquet").unique(["file", "line", "heading"], keep="first")
        spoiled = spoiled.join(told.rename({"message": name}), on=["file", "line", "heading"], how="left")
    kinds = spoiled.unique("heading", keep="first", maintain_order=True).head(SHOWN_BY_SIDE)
    return [
        {
            "cell": f"{row['file']} {row['line']} {row['heading']}",
            **{name: row[name] or "—" for name in SIDES},
        }
        for row in kinds.iter_rows(named=True)
    ]


def alone(part: str, chosen: argparse.Namespace, folder: str) -> dict[str, Any]:
    """One part of the work in a process of its own."""
    command = [sys.executable, __file__, "--rows", str(chosen.rows), "--seed", str(chosen.seed), "--part", part,
               "--folder", folder]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{part} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.strip().splitlines()[-1])


def compared(chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures of all sides, how they stand to one another, and their words side by side."""
    with tempfile.TemporaryDirectory(prefix="huimin-intake-") as folder:
        made = alone("make", chosen, folder)
        sides = {name: alone(name, chosen, folder) | scored(name, Path(folder)) for name in SIDES}
        words = side_by_side(Path(folder))
    ours = sides["huimin"]["seconds"]
    return {
        **made, "seed": chosen.seed, "rows_a_second": round(made["rows"] / ours),
        "times_faster_than_pandera": round(sides["pandera"]["seconds"] / ours, 2),
        "times_faster_than_frictionless": round(sides["frictionless"]["seconds"] / ours, 2),
        "sides": [{"side": LABELS[name], **figures} for name, figures in sides.items()],
        "errors_side_by_side": words,
    }  # fmt: skip


def make(chosen: argparse.Namespace) -> dict[str, Any]:
    """Writes the files and what is wrong in them."""
    spoiled = intake_files.write(chosen.folder, chosen.rows, chosen.seed)
    spoiled.write_parquet(chosen.folder / "spoiled.parquet")
    sizes = [task.path.stat().st_size for task in intake_files.tasks(chosen.folder)]
    rows = sum(
        pl.scan_csv(task.path, infer_schema=False).select(pl.len()).collect().item()
        for task in intake_files.tasks(chosen.folder)
    )
    return {"rows": rows, "megabytes": round(sum(sizes) / 1e6, 1), "spoiled_cells": spoiled.height}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=300_000, help="rows of all files together, about")
    parser.add_argument("--seed", type=int, default=1, help="of the county and its mistakes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=["make", *SIDES], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part == "make":
        print(json.dumps(make(chosen)))
    elif chosen.part:
        print(json.dumps(side(chosen.part, chosen.folder)))
    else:
        figures = compared(chosen)
        if not chosen.json:
            for key, value in figures.items():
                print(f"{key}: {value}" if not isinstance(value, list) else f"{key}:")
                for row in value if isinstance(value, list) else []:
                    print("   " + "\n      ".join(f"{name}: {words}" for name, words in row.items()))
        print(json.dumps(figures, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
