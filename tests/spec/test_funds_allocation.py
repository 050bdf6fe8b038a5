"""Allocation by factors: exact to the fen, within its bounds, explained step by step; a wrong formula is told with its cure."""

from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from huimin.funds.allocation import CAP, FLOOR, Allocation, Formula, allocate, load, load_all
from huimin.funds.problems import AllocationError
from huimin.tables.document import DocumentError

STANDARD = load_all()["assistance_funds"]
TEXT = """
name: two
version: 2026-01-01
title: {zh: 甲, en: a}
source: {zh: 甲, en: a}
factors:
  population: {title: {zh: 人口, en: population}, weight: 0.25, measure: [people]}
  need: {title: {zh: 困难群众, en: need}, weight: 0.75, measure: [poor, cost]}
uplift: {column: weaker, times: 1.5}
floor: 0.95
cap: 1.2
grass_roots: 0.6
discretion: 0.1
"""


def formula(tmp_path: Path, text: str = TEXT) -> Formula:
    path = tmp_path / "formula.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def areas(**columns: list[object]) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    usual = {
        "area": [f"area {n}" for n in range(size)], "last_fen": [0] * size, "people": [1] * size, "poor": [1] * size,
        "cost": [1.0] * size, "weaker": [False] * size,
    }  # fmt: skip
    return pl.DataFrame(usual | columns)


def amounts(found: Allocation) -> list[int]:
    return found.areas["amount_fen"].to_list()


def test_a_case_solved_by_hand(tmp_path: Path) -> None:
    # People 100, 300; people in need by cost 10 x 1.2 = 12 and 20 x 0.9 = 18. Shares: a quarter of 100/400 and three
    # quarters of 12/30: 0.0625 + 0.3 = 0.3625; the other 0.6375. The first is weaker: 0.54375 to 0.6375 of 1.18125.
    given_areas = areas(people=[100, 300], poor=[10, 20], cost=[1.2, 0.9], weaker=[True, False])
    found = allocate(formula(tmp_path), given_areas, 1_000_000)
    assert amounts(found) == [460_317, 539_683]
    assert found.areas["grass_roots_fen"].to_list() == [276_191, 323_810]
    assert found.explained("area 0")[0][1] == 62_500
    assert found.explained("area 0")[1][1] == 300_000


def test_floors_and_caps_are_kept_and_the_others_bear_them(tmp_path: Path) -> None:
    given_areas = areas(people=[100, 300, 600], poor=[10, 20, 70], last_fen=[300_000, 300_000, 400_000])
    found = allocate(formula(tmp_path), given_areas, 1_000_000)
    assert amounts(found)[0] == 285_000
    assert amounts(found)[2] <= 480_000
    assert sum(amounts(found)) == 1_000_000
    assert FLOOR in [words for words, _ in found.explained("area 0")]
    capped = allocate(
        formula(tmp_path),
        given_areas.with_columns(last_fen=pl.Series([300_000, 300_000, 300_000])),
        1_000_000,
    )
    assert CAP in [words for words, _ in capped.explained("area 2")]


AREAS = st.integers(1, 20).flatmap(
    lambda size: st.tuples(
        *(
            st.lists(each, min_size=size, max_size=size)
            for each in (
                st.integers(1, 10**6), st.integers(0, 10**5), st.floats(0.5, 2.0), st.booleans(), st.integers(0, 10**9),
            )
        )
    )
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(AREAS, st.integers(0, 10**12))
def test_every_fen_is_given_once_and_explained(sizes, pot: int) -> None:
    people, poor, cost, weaker, last = sizes
    given_areas = areas(
        people=people, people_in_need=poor, cost_index=cost, strain_index=cost, performance_score=cost, weaker=weaker,
        last_fen=last,
    )  # fmt: skip
    try:
        found = allocate(STANDARD, given_areas, pot)
    except AllocationError as error:
        assert error.code in ("floors_above_pot", "caps_below_pot", "measure_of_nobody")
        return
    assert sum(amounts(found)) == pot
    assert (found.areas["amount_fen"] >= found.areas["floor_fen"]).all()
    assert (found.areas["amount_fen"] <= found.areas["cap_fen"]).all()
    assert (found.areas["grass_roots_fen"] * 10 >= found.areas["amount_fen"] * 6).all()
    assert (found.areas["discretion_fen"] <= found.areas["grass_roots_fen"]).all()
    for row in found.areas.iter_rows(named=True):
        assert sum(fen for _, fen in found.explained(row["area"])) == row["amount_fen"]


@settings(max_examples=80, deadline=None)
@given(AREAS, st.integers(10**6, 10**10), st.integers(1, 5))
def test_more_people_in_need_never_get_less(sizes, pot: int, times: int) -> None:
    people, poor, cost, weaker, _last = sizes
    assume(sum(poor))
    columns = {
        "people": people,
        "cost_index": cost,
        "strain_index": cost,
        "performance_score": cost,
        "weaker": weaker,
    }
    before = allocate(STANDARD, areas(people_in_need=poor, **columns), pot)
    after = allocate(STANDARD, areas(people_in_need=[poor[0] * times + 1, *poor[1:]], **columns), pot)
    assert amounts(after)[0] >= amounts(before)[0] - 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows.drop("cost"), "column_missing"),
        (lambda rows: rows.with_columns(poor=pl.lit(0)), "measure_of_nobody"),
        (lambda rows: rows.with_columns(cost=pl.lit(float("nan"))), "measure_wrong"),
        (lambda rows: rows.with_columns(people=pl.lit(-1)), "measure_wrong"),
        (lambda rows: rows.with_columns(people=pl.lit(None, dtype=pl.Int64)), "measure_wrong"),
        (lambda rows: rows.with_columns(area=pl.lit("x")), "twice"),
        (lambda rows: rows.clear(), "no_area"),
        (lambda rows: rows.with_columns(last_fen=pl.lit(10**9)), "floors_above_pot"),
        (lambda rows: rows.with_columns(last_fen=pl.lit(10)), "caps_below_pot"),
    ],
)  # fmt: skip
def test_what_cannot_be_shared_out_is_told(tmp_path: Path, change, code: str) -> None:
    with pytest.raises(AllocationError) as told:
        allocate(formula(tmp_path), change(areas(people=[5, 6])), 1_000_000)
    assert told.value.code == code
    assert "{" not in told.value.say("zh") + told.value.say("en")
    with pytest.raises(AllocationError):
        allocate(formula(tmp_path), areas(people=[5, 6]), -1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("weight: 0.25", "weight: 0.35"),
        ("weight: 0.25", "weight: one"),
        ("measure: [people]", "measure: []"),
        ("floor: 0.95", "floor: 1.5"),
        ("cap: 1.2", "cap: 0.9"),
        ("grass_roots: 0.6", "grass_roots: 0.5"),
        ("discretion: 0.1", "discretion: 0.7"),
        ("floor: 0.95", "flor: 0.95"),
        ("times: 1.5", "times: 0.5"),
    ],
)  # fmt: skip
def test_a_wrong_formula_is_told_with_its_key(tmp_path: Path, before: str, after: str) -> None:
    with pytest.raises(DocumentError) as told:
        formula(tmp_path, TEXT.replace(before, after))
    assert told.value.file == "formula.yaml"
    assert told.value.key


def test_a_weaker_area_counts_by_the_coefficient_more() -> None:
    assert STANDARD.uplift == ("weaker", Fraction(3, 2))
    columns = {
        "people_in_need": [5, 5],
        "cost_index": [1, 1],
        "strain_index": [1, 1],
        "performance_score": [1, 1],
    }
    found = allocate(STANDARD, areas(people=[9, 9], weaker=[True, False], **columns), 1_000_000)
    assert amounts(found) == [600_000, 400_000]
