"""Parquet in, Parquet out: the same answers as in memory, whatever the row groups and portions."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_policies
from huimin import rules
from huimin.units.words import Words

BOOK = rules.load(Path(huimin_policies.__path__[0]))
NAMES, ON, PLACE = ("subsistence_allowance", "medical_aid"), date(2026, 7, 1), "330127201000"
VALUES = {
    "subsistence_standard": {"urban": 100000, "rural": 85000}, "vehicle_limit": 0, "home_limit": 1,
    "edge_multiple": "1.5", "medical_share": "0.3",
}  # fmt: skip
SETS = [rules.ParameterSet(PLACE, date(2026, 1, 1), VALUES, Words("试", "try"))]
SIZE = 97


def made() -> tuple[pl.DataFrame, pl.DataFrame]:
    homes = pl.DataFrame({"household": range(SIZE), "division": [PLACE] * SIZE}).with_columns(
        residence=pl.when(pl.col("household") % 3 == 0).then(pl.lit("urban")).otherwise(pl.lit("rural"))
    )
    home = [number for number in range(SIZE) for _ in range(1 + number % 4)]
    people = pl.DataFrame({"household": home, "person": range(len(home))}).with_columns(
        alive=pl.lit(True), wages=(pl.col("person") * 37 % 11) * 200_000,
        medical_own_expense=pl.when(pl.col("person") % 10 == 0).then(None).otherwise(pl.col("person") * 9_000),
        **{name: pl.lit(0) for name in ("business_income", "pension", "unemployment_benefit", "injury_benefit",
                                        "farm_subsidy", "vehicles", "homes")},
    )  # fmt: skip
    return homes, people


def kept(folder: Path, groups: tuple[int, int]) -> tuple[Path, Path]:
    homes, people = made()
    homes.write_parquet(folder / "h.parquet", row_group_size=groups[0])
    people.write_parquet(folder / "p.parquet", row_group_size=groups[1])
    return folder / "h.parquet", folder / "p.parquet"


@pytest.mark.parametrize("portion", [1, 7, 1000])
@pytest.mark.parametrize("groups", [(10, 3), (1000, 1000)])
def test_the_answers_are_those_in_memory(tmp_path: Path, portion: int, groups: tuple[int, int]) -> None:
    count = rules.stream(
        BOOK, NAMES, *kept(tmp_path, groups), tmp_path / "out.parquet", ON, SETS, portion=portion
    )
    found = pl.read_parquet(tmp_path / "out.parquet")
    asked = rules.batch(BOOK, NAMES, rules.Population.of(*made(), BOOK.facts), ON, SETS)
    assert count == SIZE == found.height
    for name in NAMES:
        of = asked.filter(policy=name).sort("household")
        assert found[f"{name}_status"].cast(pl.String).to_list() == of["status"].to_list()
        assert found[f"{name}_amount_fen"].to_list() == of["amount_fen"].to_list()
        missing = [",".join(each) or None for each in of["missing"].to_list()]
        assert found[f"{name}_missing"].to_list() == missing
    assert asked["status"].n_unique() == 3, "every answer is tried"


def test_a_file_that_is_not_sorted_is_named(tmp_path: Path) -> None:
    homes, people = kept(tmp_path, (10, 10))
    pl.read_parquet(people).reverse().write_parquet(people)
    with pytest.raises(rules.PolicyError) as problem:
        rules.stream(BOOK, NAMES, homes, people, tmp_path / "out.parquet", ON, SETS)
    assert problem.value.code == "not_sorted"
    assert "p.parquet" in problem.value.say("zh-hans")
    assert not (tmp_path / "out.parquet").exists(), "nothing half done"


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    homes, people = kept(tmp_path, (10, 10))
    pl.read_parquet(people).drop("wages").write_parquet(people)
    with pytest.raises(rules.PolicyError) as problem:
        rules.stream(BOOK, NAMES, homes, people, tmp_path / "out.parquet", ON, SETS)
    assert "wages" in str(problem.value)


def test_nobody_gives_an_empty_table(tmp_path: Path) -> None:
    homes, people = made()
    homes.head(0).write_parquet(tmp_path / "h.parquet")
    people.head(0).write_parquet(tmp_path / "p.parquet")
    assert (
        rules.stream(
            BOOK, NAMES, tmp_path / "h.parquet", tmp_path / "p.parquet", tmp_path / "o.parquet", ON, SETS
        )
        == 0
    )
    assert pl.read_parquet(tmp_path / "o.parquet").is_empty()
