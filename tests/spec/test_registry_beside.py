"""A row without a number is told by its neighbours where a file keeps families together, and nowhere else."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from tests.spec.test_registry_identity import NEIGHBOURS, PEOPLE, resident, row

from huimin.registry import identity, mentions

# Three of one name in three families of three: NEIGHBOURS repeats its names every hundred.
NAMESAKES = (50, 150, 250)


def insured(place: int, *, numbered: bool = True) -> dict[str, Any]:
    neighbour = NEIGHBOURS[place]
    number = neighbour["national_id"] if numbered else None
    return row(place, neighbour["name"], number, dataset="insured", file="insured", content=None)


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows


def reversed_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[::-1]


def strewn(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda each: each["line"] * 7919 % 307)


def by_name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda each: (each["name"], each["line"]))


Order = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def told(
    order: Order, *more: dict[str, Any]
) -> tuple[list[int | None], list[int | None], identity.Resolution]:
    """The persons of the three rows without a number, and of the three people they are about."""
    rows = [insured(place, numbered=place not in NAMESAKES) for place in range(len(NEIGHBOURS))]
    ordered = order([*rows, *more])
    line_of = {each["line"]: line for line, each in enumerate(ordered)}
    ordered = [each | {"line": line} for line, each in enumerate(ordered)]
    found = identity.resolve(pl.DataFrame([*PEOPLE, *NEIGHBOURS, *ordered], schema=mentions.SCHEMA))
    links = {(file, line): person for file, line, _, person, *_ in found.links.iter_rows()}
    rows_of = [links["insured", line_of[place]] for place in NAMESAKES]
    return rows_of, [links["booklet", NEIGHBOURS[place]["line"]] for place in NAMESAKES], found


@pytest.mark.parametrize("order", [in_order, reversed_order])
def test_a_row_between_rows_of_a_family_is_about_its_member(order: Order) -> None:
    rows, people, found = told(order)
    assert rows == people
    evidence = found.evidence.filter(pl.col("file") == "insured")["evidence"].struct.field("beside")
    assert (evidence > 3).all()


@pytest.mark.parametrize("order", [strewn, by_name])
def test_a_file_in_another_order_says_nothing_of_families(order: Order) -> None:
    rows, _, found = told(order)
    assert rows == [None, None, None]
    weights = (
        found.evidence.filter(pl.col("file") == "insured")["evidence"].struct.field("beside").drop_nulls()
    )
    assert (weights.abs() < 1).all()


def test_neighbours_of_another_data_set_do_not_count() -> None:
    alone = [insured(place, numbered=False) for place in NAMESAKES]
    others = [row(place, NEIGHBOURS[place]["name"], NEIGHBOURS[place]["national_id"]) for place in (49, 51)]
    found = identity.resolve(
        pl.DataFrame([*PEOPLE, *NEIGHBOURS, others[0], *alone, others[1]], schema=mentions.SCHEMA)
    )
    assert found.evidence.filter(
        (pl.col("file") == "insured") & pl.col("evidence").struct.field("beside").is_not_null()
    ).is_empty()


def test_somebody_of_the_same_name_in_the_family_is_not_taken_for_certain() -> None:
    first = NEIGHBOURS[150]
    twin = resident(
        1500,
        first["name"],
        None,
        first["born_on"].replace(year=1931),
        first["household_no"],
        relation="other",
    )
    rows = [insured(place, numbered=place not in NAMESAKES) for place in range(len(NEIGHBOURS))]
    found = identity.resolve(pl.DataFrame([*PEOPLE, *NEIGHBOURS, twin, *rows], schema=mentions.SCHEMA))
    link = found.links.filter((pl.col("file") == "insured") & (pl.col("line") == 150))
    assert link["person"].to_list() == [None]
