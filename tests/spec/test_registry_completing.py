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


CROSSED = HERS[:10] + HERS[12:14] + HERS[10:12] + HERS[14:]
IN_NOVEMBER = number("19781124", "062")
NOVEMBERS_CROSSED = IN_NOVEMBER[:10] + "2411" + IN_NOVEMBER[14:]
CHILDS = number("20140220", "079")
CHILD = resident(30, "覃小川", CHILDS, date(2014, 2, 20), "20", relation="child")


@pytest.mark.parametrize(
    ("booklets", "written"),
    [
        (IN_NOVEMBER, NOVEMBERS_CROSSED), (NOVEMBERS_CROSSED, IN_NOVEMBER), (IN_NOVEMBER, IN_NOVEMBER[:15] + "000"),
        (NOVEMBERS_CROSSED, IN_NOVEMBER[:17]), (IN_NOVEMBER[:14] + "****", NOVEMBERS_CROSSED),
    ],
    ids=["row crossed", "booklet crossed", "rounded", "both, one cut", "both, one masked"],
)  # fmt: skip
def test_a_day_written_as_a_month_and_a_rounded_number_still_find_the_person(
    booklets: str, written: str
) -> None:
    namesake = resident(31, NAME, number("19610203", "284"), date(1961, 2, 3), "31", sex="female")
    born = date(1978, 11, 24)
    found = resolved(booklet(booklets, born_on=born), namesake, row(1, NAME, written))
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 20) is not None


@pytest.mark.parametrize("hidden", [None, HERS[:6] + "********" + HERS[14:], CROSSED, HERS[:9] + HERS[10:]])
@pytest.mark.parametrize("own_row", [False, True])
def test_a_relatives_number_that_the_booklet_hides_makes_nobody_new(
    hidden: str | None, own_row: bool
) -> None:
    own = [row(2, NAME, HERS, dataset="insured", file="insured")] if own_row else []
    found = resolved(booklet(hidden), CHILD, row(1, "覃小川", HERS), *own)
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 30)
    assert "new" not in found.links["how"].to_list()
    if own_row:
        assert person_of(found, "insured", 2) == person_of(found, "booklet", 20)


def test_a_number_that_only_looks_like_a_relatives_makes_somebody_new() -> None:
    other_day = number("19870615", "044")
    found = resolved(booklet(HERS[:6] + "********" + HERS[14:]), CHILD, row(1, "覃小川", other_day))
    assert found.links.filter(pl.col("file") == "pensions")["how"].to_list() == ["new"]


def test_a_number_near_that_of_one_namesake_is_not_his_where_it_shows_the_birth_date_of_another() -> None:
    his = number("19750724", "653")
    namesake = number("19570724", "359")
    people = [
        resident(40, "覃超", his[:2] + his[3:], date(1975, 7, 24), "40"),
        resident(41, "覃超", namesake, date(1957, 7, 24), "41"),
    ]
    found = resolved(*people, row(1, "覃超", his[:14] + "****"))
    assert person_of(found, "pensions", 1) in (None, person_of(found, "booklet", 40))


def test_a_row_and_a_booklet_that_err_differently_agree_in_the_day_of_birth() -> None:
    namesake = resident(31, NAME, number("19610203", "284"), date(1961, 2, 3), "31", sex="female")
    found = resolved(booklet(HERS[:4] + "9" + HERS[5:]), namesake, row(1, NAME, HERS[:14] + "****"))
    assert person_of(found, "pensions", 1) == person_of(found, "booklet", 20)
