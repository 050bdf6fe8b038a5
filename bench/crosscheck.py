"""What Splink's second opinion finds: where it disagrees with the registry, and how often it is right.

    python bench/crosscheck.py [--county DIR | --persons 20000 --errors heavy --seed 31] [--json]

DIR holds `delivery` and `truth`; else a make-believe county is made. For each kind of disagreement: how many, and in how
many the truth says what Splink says, which makes them faults of ours (a wrong link, a row left waiting, a person split). Then 500 links are given to other
persons of the county and 500 taken away, at random: the share of those that Splink finds.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

import huimin_county
from huimin import intake
from huimin.registry import crosscheck, identity
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all
from huimin_county.errors import PRESETS

TODAY = date(2026, 7, 1)
PLANTED = 500


def measured(county: Path) -> dict[str, Any]:
    """Seconds, pairs, the share that agrees, and for each kind its disagreements and how many the truth confirms."""
    said = []
    for path in sorted((county / "delivery").iterdir()):
        read = intake.read(path, path.name, load_all(), TODAY)
        if read.contract is not None and read.contract.mentions:
            said.append(mentions_of(read.contract, read.rows, path.name))
    mentions = pl.concat(said)
    started = time.perf_counter()
    resolved = identity.resolve(mentions)
    ours = time.perf_counter()
    rows, people = crosscheck.described(mentions), crosscheck.people_of(resolved.people)
    model = crosscheck.learned(rows, people)
    trained = time.perf_counter()
    found = crosscheck.compared(rows, resolved.links, people, model)
    ended = time.perf_counter()
    return {
        "rows": rows.height, "people": people.height, "registry_seconds": ours - started, "train_seconds": trained - ours,
        "seconds": ended - trained, "pairs": found.pairs, "placed": found.placed,
        "agreeing_share": found.agreeing / max(found.placed, 1), **_confirmed(found.disagreements, resolved.links, county),
        **_planted(resolved, rows, people, model),
    }  # fmt: skip


def _planted(
    resolved: identity.Resolution, rows: pl.DataFrame, people: pl.DataFrame, model: Any
) -> dict[str, float]:
    """The share of planted faults found: rows given to another person of the county, and rows left waiting."""
    place = crosscheck.PLACE
    known = rows.select(place).join(resolved.links.drop_nulls("person"), on=place).sort(place)
    order = known.select(pl.struct(place).hash(5).arg_sort()).to_series()
    wrong, missing = known[order[:PLANTED]], known[order[PLANTED : 2 * PLANTED]]
    given = wrong.select(*place, given=pl.col("person").shift(1).fill_null(pl.col("person").last()))
    links = resolved.links.join(given, on=place, how="left").join(
        missing.select(*place, waits=pl.lit(True)), on=place, how="left"
    )
    links = links.with_columns(person=pl.when(pl.col("waits").is_null()).then(pl.coalesce("given", "person")))
    told = crosscheck.compared(rows, links, people, model).disagreements
    return {
        f"planted_{name}_found": told.join(planted, on=[*place, "person"], how="semi").height / planted.height
        for name, planted in (("wrong", wrong), ("missing", missing))
    }


def _confirmed(disagreements: pl.DataFrame, links: pl.DataFrame, county: Path) -> dict[str, Any]:
    truth = pl.read_parquet(county / "truth" / "rows.parquet")
    truth = truth.select("file", pl.col("line").cast(pl.Int64), truly="person")
    one_role = links.filter(pl.len().over("file", "line") == 1)
    linked = one_role.drop_nulls("person").join(truth, on=["file", "line"])
    major = linked.group_by("person", "truly").len().sort("len", "truly", descending=[True, False])
    major = major.unique("person", keep="first", maintain_order=True).select("person", "truly")
    # A row that speaks of two people is judged by neither: the truth names one of them.
    judged = disagreements.join(one_role.select("file", "line"), on=["file", "line"], how="semi")
    judged = judged.join(truth, on=["file", "line"]).join(
        major.rename({"truly": "theirs"}), on="person", how="left"
    )
    judged = judged.join(major.select(other="person", mine="truly"), on="other", how="left")
    row_is = pl.when(pl.col("kind") == "twice").then("mine").otherwise("truly")
    judged = judged.with_columns(confirmed=(row_is == pl.col("theirs")).fill_null(False))
    return {
        kind: {"disagreements": of_kind.height, "judged": mine.height, "confirmed": mine["confirmed"].sum()}
        for kind in ("elsewhere", "missed", "twice")
        for of_kind, mine in (
            (disagreements.filter(pl.col("kind") == kind), judged.filter(pl.col("kind") == kind)),
        )
    }


def main() -> None:
    """Prints the figures of a county."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--county", type=Path)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--errors", choices=sorted(PRESETS), default="heavy")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        county = given.county or Path(place)
        if given.county is None:
            huimin_county.make(county, persons=given.persons, seed=given.seed, errors=PRESETS[given.errors])
        figures = measured(county)
    if given.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:18} {figure:.4f}" if isinstance(figure, float) else f"{name:18} {figure}")


if __name__ == "__main__":
    sys.exit(main())
