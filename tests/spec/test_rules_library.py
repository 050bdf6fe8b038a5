"""The library as a notebook uses it: the guide's examples run, and tables of other libraries come and go."""

import doctest
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import huimin_policies
from huimin import rules

BOOK = rules.load(Path(huimin_policies.__path__[0]))
GUIDE = Path(__file__).parents[2] / "docs" / "library.md"
ON = date(2026, 7, 1)
NAMES = ["subsistence_allowance"]
STANDARDS = {
    "subsistence_standard": {"urban": 100_000, "rural": 85_000}, "edge_multiple": "1.5", "vehicle_limit": 0, "home_limit": 1,
    "medical_share": "0.3",
}  # fmt: skip
NONE = (
    "business_income",
    "pension",
    "unemployment_benefit",
    "injury_benefit",
    "farm_subsidy",
    "vehicles",
    "homes",
)


def people() -> tuple[pl.DataFrame, pl.DataFrame]:
    homes = pl.DataFrame({"household": [1, 2], "residence": ["rural", "urban"]})
    persons = pl.DataFrame(
        {"household": [1, 1, 2], "wages": [600_000, None, 0], "alive": [True, False, None]}
    )
    return homes, persons.with_columns(pl.lit(0).alias(name) for name in NONE)


def test_the_guides_examples_run() -> None:
    found = doctest.testfile(str(GUIDE), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 8
    assert found.failed == 0


@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_tables_come_and_go_in_the_callers_library(library: str) -> None:
    homes, persons = people()
    turn = {"polars": lambda t: t, "pandas": lambda t: t.to_pandas(), "pyarrow": lambda t: t.to_arrow()}[
        library
    ]
    found = BOOK.evaluate(turn(homes), turn(persons), on=ON, policies=NAMES, parameters=STANDARDS)
    assert type(found) is {"polars": pl.DataFrame, "pandas": pd.DataFrame, "pyarrow": pa.Table}[library]
    plain = pl.DataFrame(found).drop("missing")
    asked = BOOK.evaluate(homes, persons, on=ON, policies=NAMES, parameters=STANDARDS).drop("missing")
    assert plain.rows() == asked.rows()  # each library has enumerations of its own
    assert plain["status"].to_list() == ["entitled", "unknown"]


def test_a_fraction_of_a_fen_is_refused_by_name() -> None:
    homes, persons = people()
    with pytest.raises(rules.PolicyError, match="wages"):
        BOOK.evaluate(
            homes, persons.with_columns(wages=pl.lit(0.5)), on=ON, policies=NAMES, parameters=STANDARDS
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda homes, persons: (homes, persons.drop("wages")), "no column person.wages. Add it"),
        (lambda homes, persons: (homes.drop("household"), persons), "no column households.household"),
        (lambda homes, persons: (homes, persons.drop("household")), "no column persons.household"),
        (lambda homes, persons: (pl.concat([homes, homes]), persons), "twice. A household has one row"),
        (lambda homes, persons: (homes, persons.with_columns(wages=pl.lit("many"))), "Column person.wages is of type String"),
        (lambda homes, persons: (homes, persons.with_columns(wages=pl.lit(0.5))), "wages holds fractions, such as 0.5"),
        (lambda homes, persons: (homes, persons.with_columns(alive=pl.lit("yes"))), "Column person.alive is of type String"),
        (lambda homes, persons: (homes, persons.with_columns(wages=pl.lit(-5, dtype=pl.Int8))), "person.wages holds -5"),
        (lambda homes, persons: (homes, persons.with_columns(wages=pl.lit(2**63, dtype=pl.UInt64))), "person.wages holds 9223372036854775808"),
        (lambda homes, persons: (homes.with_columns(residence=pl.lit("moon")), persons), "household.residence holds moon"),
    ],
)  # fmt: skip
def test_a_wrong_column_is_named_with_its_cure(change: Any, words: str) -> None:
    homes, persons = change(*people())
    with pytest.raises(rules.PolicyError) as problem:
        BOOK.evaluate(homes, persons, on=ON, policies=NAMES, parameters=STANDARDS)
    assert words in problem.value.say("en")


def test_a_reform_may_be_another_book() -> None:
    homes, persons = people()
    same = BOOK.simulate(BOOK, homes, persons, on=ON, policies=NAMES, parameters=STANDARDS)
    assert same.before_fen == same.after_fen > 0
