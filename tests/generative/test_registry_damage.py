"""Whatever befalls the numbers of a county and the order of its files, rows find their persons, hardly ever another's."""

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_county
from huimin import intake
from huimin.registry import identity
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all

SHARE = 0.15
DIGITS = "0123456789"
Damage = Callable[[str, random.Random, list[str]], str]


def _at(number: str, place: int, text: str, width: int = 1) -> str:
    return number[:place] + text + number[place + width :]


def _another(number: str, chance: random.Random) -> str:
    place = chance.randrange(17)
    return _at(number, place, chance.choice(DIGITS.replace(number[place], "")))


def _swapped(number: str, chance: random.Random) -> str:
    place = chance.randrange(16)
    return _at(number, place, number[place + 1] + number[place], 2)


# Each kind, and the least share of rows that must be linked when so many numbers, also those of booklets, suffer it.
DAMAGES: dict[str, tuple[Damage, float]] = {
    "wrong digit": (lambda number, chance, _: _another(number, chance), 0.995),
    "two wrong digits": (lambda number, chance, _: _another(_another(number, chance), chance), 0.995),
    "neighbours changed": (lambda number, chance, _: _swapped(number, chance), 0.995),
    "day and month changed": (lambda number, _, __: _at(number, 10, number[12:14] + number[10:12], 4), 0.995),
    "a digit less": (lambda number, chance, _: _at(number, chance.randrange(17), ""), 0.995),
    "a digit more": (lambda number, chance, _: _at(number, chance.randrange(17), chance.choice(DIGITS), 0), 0.995),
    "birth date hidden": (lambda number, _, __: _at(number, 6, "*" * 8, 8), 0.99),
    "end hidden": (lambda number, _, __: number[:14] + "****", 0.99),
    "rounded": (lambda number, _, __: number[:15] + "000", 0.99),
    "cut": (lambda number, _, __: number[:14], 0.99),
    "blank": (lambda _, __, ___: "", 0.97),
    "a stranger's": (lambda _, chance, everybody: chance.choice(everybody), 0.94),
}  # fmt: skip


@pytest.fixture(scope="module", params=[31, 32])
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who the rows of a county are about as they say it, and in truth (file, line, truly)."""
    folder = tmp_path_factory.mktemp("county")
    huimin_county.make(folder, persons=2500, seed=request.param, errors=huimin_county.LIGHT)
    contracts, read = load_all(), []
    for path in sorted(Path(folder, "delivery").iterdir()):
        found = intake.read(path, path.name, contracts, date(2026, 7, 1))
        if found.contract is not None:
            read.append(mentions_of(found.contract, found.rows, path.name))
    truth = pl.read_parquet(folder / "truth" / "rows.parquet").rename({"person": "truly"})
    return pl.concat(read), truth


def damaged(mentions: pl.DataFrame, damage: Damage, seed: int) -> pl.DataFrame:
    chance = random.Random(seed)
    numbers = mentions["national_id"].to_list()
    everybody = [each for each in numbers if each and len(each) == 18 and "*" not in each]
    told = [
        damage(each, chance, everybody) or None
        if each and len(each) == 18 and "*" not in each and chance.random() < SHARE
        else each
        for each in numbers
    ]
    return mentions.with_columns(pl.Series("national_id", told, dtype=pl.String))


def linked(mentions: pl.DataFrame, truth: pl.DataFrame) -> tuple[float, int]:
    """The share of rows linked, and how many of them wrongly."""
    links = identity.resolve(mentions).links.filter(pl.col("role") != "wife")
    told = truth.join(links.select("file", "line", "person"), on=["file", "line"], how="left")
    found = told.drop_nulls("person")
    mine = found.group_by("person").agg(pl.col("truly").mode().min().alias("mainly"))
    wrong = found.join(mine, on="person").filter(pl.col("truly") != pl.col("mainly"))
    return found.height / told.height, wrong.height


def _carried(truth: pl.DataFrame, where: pl.DataFrame) -> pl.DataFrame:
    """The truth of rows that stand on another line now."""
    moved = where.filter(pl.col("role") != "wife").select("file", "line", "place")
    return truth.join(moved, on=["file", "line"]).with_columns(line="place").drop("place")


@pytest.mark.parametrize("kind", DAMAGES)
def test_rows_with_damaged_numbers_find_their_persons(
    county: tuple[pl.DataFrame, pl.DataFrame], kind: str
) -> None:
    mentions, truth = county
    damage, least = DAMAGES[kind]
    share, wrong = linked(damaged(mentions, damage, 1), truth)
    assert share >= least
    assert wrong <= 3


@pytest.mark.parametrize("order", ["strewn", "by name"])
def test_files_in_another_order_are_not_linked_more_wrongly(
    county: tuple[pl.DataFrame, pl.DataFrame], order: str
) -> None:
    mentions, truth = county
    spoilt = damaged(mentions, DAMAGES["blank"][0], 2)
    key = pl.col("name") if order == "by name" else pl.col("line").hash(3)
    ordered = spoilt.sort("file", "role", key).with_columns(place=pl.int_range(pl.len()).over("file", "role"))
    where = ordered.select("file", "role", "line", "place")
    share, wrong = linked(ordered.with_columns(line="place").drop("place"), _carried(truth, where))
    assert wrong <= 3
    assert share >= 0.93
