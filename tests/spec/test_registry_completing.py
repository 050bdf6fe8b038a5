"""A booklet that hides, cuts or lacks a number still finds the rows of its people, and never somebody else's."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.spec.test_registry_identity import NEIGHBOURS, PEOPLE, number, person_of, resident, row

import huimin_county
from huimin import intake
from huimin.registry import identity, mentions
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all

HERS = number("19870605", "044")
BORN = date(1987, 6, 5)
NAME = "覃月华"


def resolved(*rows: dict[str, Any]) -> identity.Resolution:
    return identity.resolve(pl.DataFrame([*PEOPLE, *NEIGHBOURS, *rows], schema=mentions.SCHEMA))


def booklet(written: str | None, **more: Any) -> dict[str, Any]:
    return resident(20, NAME, None, BORN, "20", sex="female") | {"national_id": written} | more


@pytest.mark.parametrize(
    "written",
    [None, HERS[:6] + "********" + HERS[14:], HERS[:10] + "****" + HERS[14:], HERS[:14] + "****", HERS[:14], HERS[:12],
     HERS[:16] + "9" + HERS[17], HERS[:8] + HERS[9:], HERS[:9] + HERS[8:]],
    ids=["none", "birth date hidden", "day hidden", "order hidden", "cut", "cut short", "mistyped", "a digit less", "a digit more"],
)  # fmt: skip
def test_rows_with_the_whole_number_find_who_is_in_the_booklet_without_it(written: str | None) -> None:
    found = resolved(
        booklet(written), row(1, NAME, HERS), row(2, NAME, HERS, dataset="insured", file="insured")
    )
    person = person_of(found, "booklet", 20)
    assert person is not None
    assert person_of(found, "pensions", 1) == person == person_of(found, "insured", 2)
    told = found.persons.filter(pl.col("person") == person)
    assert told["national_id"].item() == HERS


@pytest.mark.parametrize(
    ("written", "more"),
    [
        (HERS[:6] + "********" + "1234", {}),
        (None, {"born_on": date(1987, 6, 15)}),
        (None, {"sex": "male"}),
        (None, {"name": "覃月娥"}),
    ],
    ids=["other digits are shown", "another day", "another sex", "another name"],
)
def test_a_number_that_does_not_fit_is_not_hers(written: str | None, more: dict[str, Any]) -> None:
    found = resolved(booklet(written, **more), row(1, NAME, HERS))
    assert "id_completed" not in found.links["how"].to_list()
    assert (
        HERS
        not in found.persons.filter(pl.col("person") == person_of(found, "booklet", 20))[
            "national_id"
        ].to_list()
    )


def test_nothing_is_completed_where_somebody_else_has_the_name_and_birth_date() -> None:
    other = resident(21, NAME, number("19870605", "222"), BORN, "21", sex="female")
    found = resolved(booklet(None), other, row(1, NAME, HERS))
    assert "id_completed" not in found.links["how"].to_list()


def test_of_two_numbers_that_fit_one_person_neither_is_taken() -> None:
    second = number("19870605", "066")
    found = resolved(booklet(None), row(1, NAME, HERS), row(2, NAME, second))
    assert "id_completed" not in found.links["how"].to_list()
    person = found.persons.filter(pl.col("person") == person_of(found, "booklet", 20))
    assert person["national_id"].to_list() == [None]


@pytest.mark.parametrize(
    "written",
    [HERS[:17], HERS[:9] + HERS[10:], HERS[:9] + HERS[8:], HERS[:14], HERS[:6] + HERS[8:17]],
    ids=["last missing", "one missing", "one twice", "cut", "fifteen"],
)
def test_a_row_finds_its_person_by_a_number_of_another_length(written: str) -> None:
    found = resolved(booklet(HERS), row(1, NAME, written))
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 20) is not None


def test_a_child_written_with_fifteen_digits_is_no_centenarian() -> None:
    childs = number("20140220", "079")
    child = resident(30, "覃小川", childs, date(2014, 2, 20), "20", relation="child")
    found = resolved(child, row(1, "覃小川", childs[:6] + childs[8:17]))
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 30)


def test_the_worst_county_is_linked_and_hardly_ever_wrongly(tmp_path: Path) -> None:
    huimin_county.make(tmp_path, persons=4000, seed=23, errors=huimin_county.WORST)
    read = []
    for path in sorted(Path(tmp_path, "delivery").iterdir()):
        found = intake.read(path, path.name, load_all(), date(2026, 7, 1))
        if found.contract is not None:
            read.append(mentions_of(found.contract, found.rows, path.name))
    links = identity.resolve(pl.concat(read)).links.filter(pl.col("role").is_in(["holder", "husband"]))
    truth = pl.read_parquet(tmp_path / "truth" / "rows.parquet").rename({"person": "truly"})
    told = truth.join(links.select("file", "line", "person"), on=["file", "line"], how="inner").drop_nulls(
        "person"
    )
    mine = told.group_by("person").agg(truly_mine=pl.col("truly").mode().min())
    wrong = told.join(mine, on="person").filter(pl.col("truly") != pl.col("truly_mine"))
    assert told.height / truth.height > 0.97
    assert wrong.height <= 3
