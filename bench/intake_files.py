"""Files of a make-believe county with mistakes of which line and column are known, and the checks their contracts ask for.

The county writes every cell in its plain form, so that readers that know no other form get the same rows; then one cell
in some rows is spoiled. What is asked of each column is told as data, from which every side builds its own checks.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

import huimin_county
from huimin.intake.recognising import matched
from huimin.tables.contract import Column, Contract, load_all
from huimin_county.errors import NONE

TODAY = date(2026, 7, 1)
DATA_SETS = {
    "residents": "公安局_常住人口.csv",
    "medical_settlements": "医保局_医疗结算.csv",
    "incomes": "税务局_个人收入.csv",
    "pensions": "人社局_养老待遇.csv",
    "insured": "人社局_参保登记.csv",
}
# Rows that the five data sets have for each person of a county, about.
ROWS_A_PERSON = 3.4
SPOILED_SHARE = 0.02
HIDDEN = "\u202e"
LONGEST_TEXT, LONGEST_NAME = 500, 100
HIDDEN_CHARACTERS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
SHAPES = {
    "national_id": r"[1-9][0-9]{16}[0-9Xx]",
    "phone": r"1[3-9][0-9]{9}|0[0-9]{9,11}|[0-9]{7,8}",
    "card": r"[0-9]{8,32}",
    "division": r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}",
    "month": r"[0-9]{4}-(?:0[1-9]|1[0-2])",
}


@dataclass(frozen=True)
class Asked:
    """What is asked of a column: its heading and type; whether each cell must be filled; bounds; the values of a list."""

    heading: str
    type: str
    filled: bool = False
    low: int | None = None
    high: int | None = None
    latest: date | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A file, what is asked of its columns, and the pairs of headings whose days come in that order."""

    path: Path
    columns: tuple[Asked, ...]
    order: tuple[tuple[str, str], ...]


def write(folder: Path, rows: int, seed: int) -> pl.DataFrame:
    """Writes the files; the spoiled cells: file, line, heading. The folder then holds about so many rows."""
    county = folder / "county"
    huimin_county.make(county, persons=max(100, round(rows / ROWS_A_PERSON)), seed=seed, errors=NONE)
    chance = np.random.default_rng(seed)
    found = [
        _spoiled(county / "delivery" / name, folder / name, load_all()[data_set], chance)
        for data_set, name in DATA_SETS.items()
    ]
    return pl.concat(found)


def tasks(folder: Path) -> list[Task]:
    """The files of the folder, each with what its contract asks."""
    found = []
    for data_set, name in DATA_SETS.items():
        contract, path = load_all()[data_set], folder / name
        with path.open(encoding="utf-8-sig", newline="") as file:
            headings = next(csv.reader(file))
        places = {column: headings[at[0]] for column, at in matched(contract, headings).places.items()}
        columns = tuple(_asked(contract.column(column), heading) for column, heading in places.items())
        order = tuple(
            (places[one], places[two]) for one, two in contract.order if {one, two} <= places.keys()
        )
        found.append(Task(path, columns, order))
    return found


def _asked(column: Column, heading: str) -> Asked:
    spellings = () if column.otherwise else tuple(way for value in column.values for way in value.spellings)
    patterns = any(value.pattern for value in column.values)
    return Asked(
        heading=heading,
        type=column.type,
        filled=column.must_be_filled or column.type in ("name", "national_id"),
        low=0 if column.type == "money" else column.low,
        high=column.high,
        latest=TODAY if column.latest == "today" else None,
        values=() if patterns else tuple(dict.fromkeys(spellings)),
    )  # fmt: skip


def _spoiled(source: Path, to: Path, contract: Contract, chance: np.random.Generator) -> pl.DataFrame:
    """Writes the file with some cells spoiled; file, line, heading of each."""
    rows = pl.read_csv(source, infer_schema=False).fill_null("")
    headings = {name: rows.columns[at[0]] for name, at in matched(contract, rows.columns).places.items()}
    ways: list[tuple[str, Callable[[str], str]]] = []
    for name, heading in headings.items():
        asked = _asked(contract.column(name), heading)
        ways += [(heading, way) for way in _ways(asked)]
    at = np.sort(chance.choice(rows.height, size=max(1, int(rows.height * SPOILED_SHARE)), replace=False))
    chosen = chance.integers(len(ways), size=len(at))
    cells = {heading: rows[heading].to_list() for heading in rows.columns}
    noted = []
    for row, way in zip(at.tolist(), chosen.tolist(), strict=True):
        heading, spoil = ways[way]
        before = cells[heading][row]
        cells[heading][row] = spoil(before)
        if cells[heading][row] != before:
            noted.append((to.name, row + 2, heading))
    pl.DataFrame(cells).write_csv(to, include_bom=True)
    return pl.DataFrame(
        noted, schema={"file": pl.String, "line": pl.Int64, "heading": pl.String}, orient="row"
    )


def _ways(asked: Asked) -> list[Callable[[str], str]]:
    """How a cell of the column can be spoiled so that every reader of its contract must say so."""
    ways: dict[str, list[Callable[[str], str]]] = {
        "national_id": [_mistyped, lambda cell: cell[:9], lambda cell: ""],
        "money": [lambda cell: "约三千", lambda cell: f"-{cell or 120}" if _amount(cell) else "-120.00"],
        "date": [lambda cell: "2025-02-30", lambda cell: "不清楚"],
        "month": [lambda cell: "2025-13"],
        "integer": [lambda cell: "二十", lambda cell: str((asked.high or 10_000) + 1)],
        "card": [lambda cell: "62ABC"],
        "phone": [lambda cell: "12345"],
        "division": [lambda cell: "51018"],
        "name": [lambda cell: ""],
        "text": [lambda cell: f"{cell[:2]}{HIDDEN}{cell[2:]}"],
        "address": [lambda cell: f"{cell[:2]}{HIDDEN}{cell[2:]}"],
    }
    found = list(ways.get(asked.type, []))
    if asked.type == "enum" and asked.values:
        found.append(lambda cell: "第九类")
    if asked.latest:
        found.append(lambda cell: "2031-01-01")
    if asked.filled and asked.type == "money":
        found.append(lambda cell: "")
    return found


def _amount(cell: str) -> bool:
    return bool(cell) and float(cell) > 0


def _mistyped(cell: str) -> str:
    """The number with its last digit before the check digit raised by one; check digits tell every single digit."""
    return f"{cell[:16]}{(int(cell[16]) + 1) % 10}{cell[17:]}" if len(cell) == 18 else "1"
