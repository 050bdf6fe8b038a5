"""A county that goes on: a first delivery, a tenth more, a day's rows, and all of it again in other order with other errors.

    python bench/increments.py [--persons 10000] [--errors usual] [--seed 7] [--short] [--json]

The rows of the CSV files are parted by chance (89, 10 and 1 of 100; with `--short` 99 and 1, and only the first delivery,
the day and a whole run after it are taken). Told are the seconds and the most memory of process
and database for each turn of the registry, how many ids changed by re-clustering and how many events say so, how many of
the day's rows a whole run links otherwise (beside the length of the review queue), and how many persons of the truth
keep their id when everything comes again, as a snapshot of each data set. An id is kept where the person under it, or the one
whom it leads to, still is that human; how many have most of their rows under another id, because they stand in two booklets
now and were not seen to be one, is told besides.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psutil
from score import Watch

import huimin_county
from huimin_county.errors import PRESETS

TODAY = date(2026, 7, 1)
PLACE = ["file", "line", "role"]
FIRST, TENTH, DAY = "first", "tenth", "day"
OTHER = {"usual": "heavy", "heavy": "usual", "light": "usual"}


def parted(county: Path, to: Path, seed: int, shares: tuple[int, int, int] = (89, 10, 1)) -> pl.DataFrame:
    """Writes the deliveries first, tenth and day; which row went where: file, line, part, name, new_line."""
    chance, told = random.Random(seed), []
    for path in sorted((county / "delivery").iterdir()):
        if path.suffix != ".csv":
            _copied(path, to / FIRST / path.name)
            continue
        text, encoding = _decoded(path)
        head, *rows = text.splitlines(keepends=True)
        parts: dict[str, list[str]] = {FIRST: [], TENTH: [], DAY: []}
        for place, row in enumerate(rows):
            part = chance.choices((FIRST, TENTH, DAY), shares)[0]
            parts[part].append(row)
            name = path.name if part == FIRST else f"{path.stem}_{part}.csv"
            told.append((path.name, place + 2, part, name, len(parts[part]) + 1))
        for part, mine in parts.items():
            if not mine:
                continue
            name = path.name if part == FIRST else f"{path.stem}_{part}.csv"
            _written(to / part / name, head + "".join(mine), encoding)
    schema = {"file": pl.String, "line": pl.Int64, "part": pl.String, "name": pl.String, "new_line": pl.Int64}
    return pl.DataFrame(told, schema=schema, orient="row")


def again(county: Path, to: Path, seed: int) -> pl.DataFrame:
    """Writes the whole delivery in another order; where each row went: file, line, new_line."""
    chance, told = random.Random(seed + 1), []
    for path in sorted((county / "delivery").iterdir()):
        if path.suffix != ".csv":
            _copied(path, to / path.name)
            continue
        text, encoding = _decoded(path)
        head, *rows = text.splitlines(keepends=True)
        order = list(range(len(rows)))
        chance.shuffle(order)
        told += [(path.name, place + 2, new + 2) for new, place in enumerate(order)]
        _written(to / path.name, head + "".join(rows[place] for place in order), encoding)
    return pl.DataFrame(
        told, schema={"file": pl.String, "line": pl.Int64, "new_line": pl.Int64}, orient="row"
    )


def _decoded(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{path} is in no encoding of ours")


def _written(path: Path, text: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def _copied(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(path.read_bytes())


class Registry:
    """A home whose registry is brought on turn by turn, each timed and watched."""

    def __init__(self, home: Path) -> None:
        self.home, self.day = home, TODAY

    def turn(self, folder: Path | None, way: str = "", *, whole: bool = False) -> dict[str, Any]:
        """Receives a folder, meant as `way` says, and runs the registry: seconds of both, the most memory, and what the run counted."""
        from huimin_platform.base import clock
        from huimin_platform.intake import actions as intake
        from huimin_platform.registry import steps

        self.day += timedelta(days=1)
        at, counts = clock.now_on(self.day), {}
        with Watch(psutil.Process(), self.home) as watch:
            started = time.perf_counter()
            if folder is not None:
                terms = intake.Terms(although_changed=True, way=way)
                intake.receive(paths=[folder], at=at, by="system", terms=terms)
            received = time.perf_counter()
            counts = steps.advance(today=self.day, at=at, progress=lambda words: None, whole=whole)
            ended = time.perf_counter()
        return {
            "receive_s": round(received - started, 1), "registry_s": round(ended - received, 1),
            "seconds": round(ended - started, 1), "peak_mb": round(watch.peak / 2**20), "counts": counts,
        }  # fmt: skip

    def links(self) -> pl.DataFrame:
        """file, line, role, person of the rows that count."""
        from huimin_platform.base import bulk

        return bulk.copy_out(
            "select f.name as file, l.line, l.role, l.person_id as person from registry_link l"
            " join intake_deliveryfile f on f.id = l.file_id where f.current"
        )


def owners(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """truth -> the person whom most of its rows are about."""
    return _known(links, truth).group_by("truth").agg(pl.col("person").mode().min())


def mainly(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """person -> the human whom most of the rows are about: mainly."""
    return _known(links, truth).group_by("person").agg(mainly=pl.col("truth").mode().min())


def _known(links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    # Of a row that names two people the truth names one.
    alone = links.filter(pl.len().over("file", "line") == 1).drop_nulls("person")
    return alone.join(truth, on=["file", "line"])


def leading() -> dict[int, int]:
    """Whoever went into another file, and whose file that is in the end."""
    from huimin_platform.registry.models import Person
    from huimin_platform.registry.queries import keepers_among

    return keepers_among(Person.objects.exclude(merged_into=None))


def measured(persons: int, errors: str, seed: int, folder: Path, short: bool) -> dict[str, Any]:
    """All figures, in this process."""
    os.environ["HUIMIN_HOME"] = str(folder / "home")
    huimin_county.make(folder / "a", persons, seed, PRESETS[errors])
    parts = parted(folder / "a", folder / "sent", seed, (99, 0, 1) if short else (89, 10, 1))
    truth = pl.read_parquet(folder / "a" / "truth" / "rows.parquet").select(
        "file", pl.col("line").cast(pl.Int64), truth="person"
    )
    of_parts = parts.join(truth, on=["file", "line"]).select(file="name", line="new_line", truth="truth")
    from huimin_platform.command import session

    session.choose_home(folder / "home")
    session.OPTIONS.as_json = True
    with session.opened():
        registry = Registry(folder / "home")
        first = registry.turn(folder / "sent" / FIRST)
        told = {"persons": persons, "errors": errors, "seed": seed}
        told |= {f"first_{name}": first[name] for name in ("receive_s", "registry_s", "seconds", "peak_mb")}
        if short:
            return told | _a_day(registry, folder)
        told |= _a_tenth_more(registry, folder) | _a_day(registry, folder)
        kept = owners(registry.links(), of_parts)
        return told | _delivered_again(registry, folder, persons, errors, seed, kept)


def _a_tenth_more(registry: Registry, folder: Path) -> dict[str, Any]:
    """Everything is resolved anew with a tenth more rows: how many persons lost a row to another, and which event says so;
    how many rows wait again is told besides.
    """
    from huimin_platform.registry.models import IdentityEvent

    before = registry.links()
    turn = registry.turn(folder / "sent" / TENTH, whole=True)
    changed = before.join(registry.links(), on=PLACE, suffix="_now").drop_nulls("person")
    changed = changed.filter(pl.col("person").ne_missing(pl.col("person_now")))
    events = IdentityEvent.objects.filter(kind__in=["moved", "merged", "parted"])
    went = changed.drop_nulls("person_now")
    ids, told = set(went["person"]), set(events.values_list("person_id", flat=True))
    return {
        "tenth_s": turn["seconds"], "tenth_rows_wait_again": changed.height - went.height, "tenth_ids_changed": len(ids),
        "tenth_ids_changed_share": round(len(ids) / before["person"].n_unique(), 6),
        "tenth_ids_changed_without_event": len(ids - told),
    }  # fmt: skip


def _a_day(registry: Registry, folder: Path) -> dict[str, Any]:
    """A day's rows, and what a whole run after it links otherwise."""
    from huimin_platform.registry.models import Pair, Run

    rows = registry.links().height
    day = registry.turn(folder / "sent" / DAY)
    assert Run.objects.order_by("-pk")[0].kind == Run.Kind.DAY
    one, queue = registry.links(), Pair.objects.filter(state="open").count()
    night = registry.turn(None, whole=True)
    other = one.join(registry.links(), on=PLACE, suffix="_whole")
    other = other.filter(pl.col("person").ne_missing(pl.col("person_whole")))
    return {
        "rows": one.height, "day_rows": one.height - rows, "day_s": day["seconds"], "day_peak_mb": day["peak_mb"],
        "day_rows_a_whole_run_links_otherwise": other.height, "review_queue": queue,
        "whole_after_day_s": night["seconds"], "whole_after_day_peak_mb": night["peak_mb"],
    }  # fmt: skip


def _delivered_again(
    registry: Registry, folder: Path, persons: int, errors: str, seed: int, before: pl.DataFrame
) -> dict[str, Any]:
    """Everything comes once more, of the same people, in other order and with other errors."""
    huimin_county.make(folder / "b", persons, seed, PRESETS[OTHER[errors]])
    order = again(folder / "b", folder / "again", seed)
    truth = pl.read_parquet(folder / "b" / "truth" / "rows.parquet").select(
        "file", pl.col("line").cast(pl.Int64), truth="person"
    )
    truth = order.join(truth, on=["file", "line"]).select("file", line="new_line", truth="truth")
    # A snapshot ends what came before it, in one file or by parts.
    turn = registry.turn(folder / "again", "snapshot")
    links, keeper = registry.links(), leading()
    both = before.join(owners(links, truth), on="truth", suffix="_now")
    others = both.height
    both = both.join(_the_same(folder), on="truth", how="semi")
    both = both.with_columns(
        now=pl.col("person").replace_strict(keeper, default=pl.col("person"), return_dtype=pl.Int64)
    )
    both = both.join(mainly(links, truth), left_on="now", right_on="person", how="left")
    kept = both.filter(pl.col("mainly") == pl.col("truth")).height
    return {
        "again_s": turn["seconds"],
        "again_persons": both.height,
        "again_other_people": others - both.height,
        "again_ids_kept": round(kept / both.height, 6),
        "again_most_rows_under_another_id": both.filter(pl.col("now") != pl.col("person_now")).height,
    }


def _the_same(folder: Path) -> pl.DataFrame:
    """Who is the same human in both counties: truth. How many share a number is among what errors draw, and whoever does
    has a birth date by it: with other errors a few places are taken by other people.
    """
    one, other = (pl.read_parquet(folder / name / "truth" / "persons.parquet") for name in ("a", "b"))
    human = ["person", "name", "born_on", "national_id"]
    return one.join(other, on=human, how="semi").select(truth="person")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--errors", choices=sorted(OTHER), default="usual")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="only a first delivery and a day")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huimin-increments-") as folder:
        figures = measured(chosen.persons, chosen.errors, chosen.seed, Path(folder), chosen.short)
    if not chosen.json:
        print("\n".join(f"{key}: {value}" for key, value in figures.items()))
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
