"""How well rows find their persons, by group: for whom the registry works less well than for others.

    python bench/linkage_groups.py [--persons 20000] [--errors heavy] [--seed 31] [--json]

A make-believe county is read and resolved in this process; each row outside the booklets is counted in every group that it
belongs to. `linked` is the share that found a person, `wrong` the rows that found another one than the truth says.
"""

import argparse
import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

import huimin_county
from huimin import intake
from huimin.registry import identity
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all
from huimin_county.errors import PRESETS

TODAY = date(2026, 7, 1)
GROUPS: dict[str, pl.Expr] = {
    "all rows": pl.lit(True),
    "women": pl.col("truly_sex") == "女",
    "men": pl.col("truly_sex") == "男",
    "under 16": pl.col("age") < 16,
    "16 to 59": pl.col("age").is_between(16, 59),
    "60 and older": pl.col("age") >= 60,
    "name with a dot": pl.col("truly_name").str.contains("·"),
    "name of two characters": pl.col("truly_name").str.len_chars() == 2,
    "name that more than 20 bear": pl.col("namesakes") > 20,
    "number right": pl.col("form") == "valid",
    "number masked": pl.col("form") == "masked",
    "number mistyped": pl.col("form").is_in(["damaged", "other"]),
    "no number": pl.col("form") == "none",
}


def counted(county: Path) -> list[dict[str, Any]]:
    """The figures of every group: group, rows, linked, wrong, wrong_share."""
    said = []
    for path in sorted((county / "delivery").iterdir()):
        read = intake.read(path, path.name, load_all(), TODAY)
        if read.contract is not None and read.contract.mentions:
            said.append(mentions_of(read.contract, read.rows, path.name))
    mentions = pl.concat(said)
    found = identity.resolve(mentions)
    forms = identity.prepared(mentions).select("file", "line", "role", "form", "household_no")
    # A row that names two people is told by the first of its roles.
    links = found.links.join(forms, on=["file", "line", "role"], how="left").sort("file", "line", "role")
    links = links.filter(pl.col("file").count().over("file", "line") == 1)
    truth = pl.read_parquet(county / "truth" / "rows.parquet").with_columns(pl.col("line").cast(pl.Int64))
    people = pl.read_parquet(county / "truth" / "persons.parquet")
    people = people.select(
        truth="person", truly_name="name", truly_sex="sex", born_on=pl.col("born_on").str.to_date(),
        namesakes=pl.len().over("name"),
    ).with_columns(age=TODAY.year - pl.col("born_on").dt.year())  # fmt: skip
    rows = links.join(truth.select("file", "line", truth="person"), on=["file", "line"]).join(
        people, on="truth"
    )
    owner = rows.drop_nulls("person").group_by("person").agg(owner=pl.col("truth").mode().min())
    rows = rows.join(owner, on="person", how="left").filter(pl.col("household_no").is_null())
    return [_figures(name, rows.filter(group)) for name, group in GROUPS.items()]


def _figures(name: str, rows: pl.DataFrame) -> dict[str, Any]:
    linked = rows.drop_nulls("person")
    wrong = linked.filter(pl.col("truth") != pl.col("owner")).height
    return {
        "group": name, "rows": rows.height, "linked": round(linked.height / max(rows.height, 1), 4), "wrong": wrong,
        "wrong_share": round(wrong / max(linked.height, 1), 6),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--errors", choices=sorted(PRESETS), default="heavy")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huimin-groups-") as folder:
        huimin_county.make(Path(folder), chosen.persons, chosen.seed, PRESETS[chosen.errors])
        groups = counted(Path(folder))
    if not chosen.json:
        print("\n".join("  ".join(f"{key} {value}" for key, value in each.items()) for each in groups))
    print(
        json.dumps(
            {"persons": chosen.persons, "errors": chosen.errors, "seed": chosen.seed, "groups": groups}
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
