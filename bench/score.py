"""Runs the product on a county whose truth is known, and scores its exports.

    python bench/score.py                       the county of ../shared, when that folder is there
    python bench/score.py --county DIR          DIR/delivery and DIR/truth
    python bench/score.py --persons 10000,100000 [--errors usual|heavy|light]     make-believe counties

A fresh home each time: receive, advance, the four exports, and the scorer. Prints the time of each command, the peak
memory of all processes together (proportional set size, sampled), and the scores.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
HUIMIN = Path(sys.executable).with_name("huimin")
KINDS = ("links", "households", "entitlements", "findings")
EVERY_SECONDS = 0.25


class Watch:
    """The most memory that a process, its children and the database of a home have held together."""

    def __init__(self, process: psutil.Process, home: Path) -> None:
        self.peak, self.process, self.home, self.ended = 0, process, home, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.ended.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.ended.wait(EVERY_SECONDS):
            self.peak = max(self.peak, sum(map(_held, self._all())))

    def _all(self) -> list[psutil.Process]:
        try:
            found = {self.process.pid: self.process} | {
                each.pid: each for each in self.process.children(recursive=True)
            }
            master = int((self.home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            database = psutil.Process(master)
            found |= {master: database} | {each.pid: each for each in database.children(recursive=True)}
        except (psutil.Error, OSError, ValueError, IndexError):
            return [self.process]
        return list(found.values())


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def huimin(home: Path, *arguments: str) -> tuple[float, int]:
    """Seconds and peak bytes of one command; exit code 1 says that rows were refused, which is no failure here."""
    started = time.perf_counter()
    process = psutil.Popen(
        [str(HUIMIN), "--home", str(home), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with Watch(process, home) as watch:
        _, problems = process.communicate()
    if process.returncode not in (0, 1):
        sys.exit(
            f"huimin {' '.join(arguments)} ended with {process.returncode}:\n{problems.decode()[-2000:]}"
        )
    return time.perf_counter() - started, watch.peak


def run(county: Path, today: str) -> dict[str, Any]:
    """Receives, advances, exports and scores one county in a fresh home."""
    with tempfile.TemporaryDirectory(prefix="huimin-score-") as folder:
        home, out = Path(folder) / "home", Path(folder) / "exports"
        out.mkdir()
        receive, first = huimin(home, "receive", str(county / "delivery"))
        advance, second = huimin(home, "advance", "--today", today)
        again, _ = huimin(home, "advance", "--today", today)
        exports = [huimin(home, "export", kind, "--to", str(out / f"{kind}.parquet")) for kind in KINDS]
        result: dict[str, Any] = {
            "receive_s": round(receive, 1), "advance_s": round(advance, 1), "advance_again_s": round(again, 1),
            "receive_to_entitlements_s": round(receive + advance, 1),
            "exports_s": round(sum(seconds for seconds, _ in exports), 1),
            "peak_mb": round(max(first, second, *(peak for _, peak in exports)) / 2**20),
        }  # fmt: skip
        scorer = SHARED / "tools" / "score.py"
        if scorer.exists() and (county / "truth").is_dir():
            command = [sys.executable, str(scorer), str(county / "truth"), str(out)]
            result["score"] = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return result


def made(persons: int, errors: str, seed: int, to: Path) -> Path:
    """A make-believe county of that size."""
    import huimin_county
    from huimin_county.errors import PRESETS

    huimin_county.make(to, persons, seed, PRESETS[errors])
    return to


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--county", type=Path, default=SHARED / "data" / "county")
    parser.add_argument("--persons", default="")
    parser.add_argument("--errors", default="usual")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--today", default="2026-07-01")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one county of 2,000 persons")
    chosen = parser.parse_args()
    sizes = [int(size) for size in (chosen.persons or ("2000" if chosen.quick else "")).split(",") if size]
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="huimin-county-") as folder:
            rows.append(
                {
                    "persons": size,
                    "errors": chosen.errors,
                    **run(made(size, chosen.errors, chosen.seed, Path(folder)), chosen.today),
                }
            )
    if not sizes:
        if not (chosen.county / "delivery").is_dir():
            sys.exit(
                f"There is no county in {chosen.county}. Name one with --county, or make some with --persons 10000."
            )
        rows.append(run(chosen.county, chosen.today))
    for row in rows:
        if not chosen.json:
            print("\n".join(f"{name}: {value}" for name, value in row.items() if name != "score"))
            print(
                row.get(
                    "score", "There is no scorer in ../shared/tools; the exports were made and not scored."
                )
            )
    if chosen.json:
        for row in rows:
            row.update(_figures(row.pop("score", "")))
        print(json.dumps({"sizes": rows}, ensure_ascii=False))


def _figures(score: str) -> dict[str, str]:
    return {line[:22].strip(): line[22:].strip() for line in score.splitlines() if line.strip()}


if __name__ == "__main__":
    main()
