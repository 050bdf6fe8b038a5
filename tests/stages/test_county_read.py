"""The product's own reader on the make-believe county: every file known, every value what the truth says."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from huimin import intake
from huimin.tables.contract import load_all
from huimin_county import HEAVY, USUAL, Errors, make
from huimin_county.make import DATA_SETS

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="module", params=["usual", "heavy"])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Errors]:
    folder = tmp_path_factory.mktemp(request.param)
    errors = {"usual": USUAL, "heavy": HEAVY}[request.param]
    make(folder, persons=6_000, seed=21, errors=errors)
    return folder, errors


def read(folder: Path, name: str) -> intake.Reading:
    return intake.read(folder / "delivery" / name, name, load_all(), TODAY)


def rows_with_truth(folder: Path, name: str) -> pl.DataFrame:
    rows = pl.read_parquet(folder / "truth" / "rows.parquet").filter(pl.col("file") == name).drop("file")
    persons = pl.read_parquet(folder / "truth" / "persons.parquet")
    return read(folder, name).rows.join(rows, on="line").join(persons, on="person", suffix="_truth")


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda each: each.name)
def test_every_file_is_known_and_none_of_its_rows_lost(county: tuple[Path, Errors], data_set) -> None:
    folder, errors = county
    reading = read(folder, data_set.file)
    assert reading.contract is not None
    assert reading.contract.name == data_set.name
    told = pl.read_parquet(folder / "truth" / "rows.parquet").filter(pl.col("file") == data_set.file)
    lines = {*reading.rows["line"], *reading.refused["line"]}
    assert lines == set(told["line"])
    assert reading.refused.height <= 6 * errors.money_missing * told.height + (errors.money_missing > 0) * 5


def test_the_standards_are_known(county: tuple[Path, Errors]) -> None:
    reading = read(county[0], "标准.json")
    assert reading.contract is not None
    assert reading.contract.name == "local_standards"


def test_amounts_and_days_are_read_as_they_are_true(county: tuple[Path, Errors]) -> None:
    folder, _ = county
    incomes = rows_with_truth(folder, "税务局_个人收入.csv")
    assert (incomes["wages_fen"] - (incomes["wage"] * 100).round()).abs().sum() == 0
    assert (incomes["business_fen"] - (incomes["business"] * 100).round()).abs().sum() == 0
    pensions = rows_with_truth(folder, "人社局_养老待遇.csv")
    assert (pensions["month_fen"] * 12 - (pensions["pension"] * 100).round()).abs().sum() == 0
    students = rows_with_truth(folder, "教育局_在校学生.csv")
    assert (students["born_on"].cast(pl.String) == students["born_on_truth"]).all()
