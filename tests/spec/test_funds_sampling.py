"""A sample: its size against a published table, its parts against all others there are, its draw the same for everybody."""

import itertools
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from huimin.funds import sampling
from huimin.funds.sampling import Stratum, Unit

# Krejcie and Morgan, "Determining sample size for research activities", Educational and Psychological Measurement 30
# (1970), table 1: margin 5 %, confidence 95 %, share one half. The table rounds to the nearest, we round up.
KREJCIE_MORGAN = {
    10: 10, 20: 19, 50: 44, 100: 80, 200: 132, 300: 169, 500: 217, 1000: 278, 2000: 322, 5000: 357, 10_000: 370,
    100_000: 384,
}  # fmt: skip


@pytest.mark.parametrize(("population", "published"), KREJCIE_MORGAN.items())
def test_the_size_is_the_published_one(population: int, published: int) -> None:
    assert abs(sampling.size(population, margin=0.05, confidence=0.95) - published) <= 1


def test_a_size_never_exceeds_the_population_and_grows_as_the_margin_shrinks() -> None:
    assert sampling.size(0, margin=0.05, confidence=0.95) == 0
    assert sampling.size(3, margin=0.01, confidence=0.99) == 3
    sizes = [sampling.size(5000, margin=margin, confidence=0.95) for margin in (0.1, 0.08, 0.05, 0.02)]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 7, 10, 30, 120, 5000])
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_students_quantile_is_scipys(freedom: int, confidence: float) -> None:
    assert sampling.student(confidence, freedom) == pytest.approx(
        stats.t.ppf((1 + confidence) / 2, freedom), rel=1e-5
    )


def variance(found: dict[str, Stratum], asked: dict[str, int]) -> float:
    """Of the stratified mean, up to what no allocation changes (Cochran 1977, 5.6)."""
    return sum((each.size * each.spread) ** 2 / asked[name] for name, each in found.items())


STRATA = st.dictionaries(
    st.sampled_from("abc"),
    st.builds(Stratum, st.integers(2, 9), st.sampled_from([1.0, 2.5, 7.0])),
    min_size=1,
)


@settings(max_examples=200, deadline=None)
@given(STRATA, st.integers(0, 30))
def test_the_parts_have_the_least_variance_of_all_that_are_possible(
    found: dict[str, Stratum], wanted: int
) -> None:
    asked = sampling.parts(found, wanted, "neyman")
    total = sum(asked.values())
    assert total == max(2 * len(found), min(wanted, sum(each.size for each in found.values())))
    others = itertools.product(*(range(2, each.size + 1) for each in found.values()))
    best = min(variance(found, dict(zip(found, each, strict=True))) for each in others if sum(each) == total)
    assert variance(found, asked) == pytest.approx(best)


def test_equal_spreads_part_in_proportion() -> None:
    found = {"a": Stratum(600, 5.0), "b": Stratum(300, 5.0), "c": Stratum(100, 5.0)}
    assert sampling.parts(found, 100, "neyman") == {"a": 60, "b": 30, "c": 10}
    assert sampling.parts(found, 100, "proportional") == {"a": 60, "b": 30, "c": 10}


def test_amounts_that_are_all_equal_do_not_stop_the_neyman_way() -> None:
    found = {"a": Stratum(60, 0.0), "b": Stratum(40, 0.0)}
    assert sampling.parts(found, 10, "neyman") == {"a": 6, "b": 4}


def test_each_place_is_asked_often_enough() -> None:
    found = {
        "x/large": Stratum(3, 1.0), "x/usual": Stratum(50, 1.0), "y/usual": Stratum(40, 1.0), "z/large": Stratum(1, 0.0)
    }  # fmt: skip
    assert sampling.least_of(found, 10) == {"x/large": 3, "x/usual": 7, "y/usual": 10, "z/large": 1}


UNITS = st.lists(
    st.builds(
        Unit,
        st.text("0123456789", min_size=1, max_size=6),
        st.sampled_from(["t1", "t2"]),
        st.integers(1, 10**7),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda unit: unit.id,
)


@settings(max_examples=150, deadline=None)
@given(UNITS, st.randoms(use_true_random=False), st.text(max_size=8))
def test_a_draw_holds_everybody_once_and_can_be_made_again_in_any_order(
    units: list[Unit], chance, seed: str
) -> None:
    of = sampling.strata(units)
    known = sampling.known(units, of)
    assert sum(each.size for each in known.values()) == len(units)
    asked = sampling.parts(known, 10, "proportional")
    drawn = sampling.draw(of, asked, seed)
    assert sorted(each.id for each in drawn) == sorted(unit.id for unit in units)
    assert {each.id: each.stratum for each in drawn} == of
    counted = {name: sum(each.asked for each in drawn if each.stratum == name) for name in known}
    assert counted == asked
    again = list(units)
    chance.shuffle(again)
    assert sampling.draw(sampling.strata(again), asked, seed) == drawn
    assert sampling.digest(again) == sampling.digest(units)


def test_every_unit_is_drawn_as_often_as_any_other() -> None:
    units = [Unit(str(number), "t", 1) for number in range(20)]
    of = sampling.strata(units)
    hits = dict.fromkeys(of, 0)
    turns = 2000
    for seed in range(turns):
        for each in sampling.draw(of, {"t/usual": 5}, str(seed)):
            hits[each.id] += each.asked
    usual = turns * 5 / 20
    assert all(abs(count - usual) < 5 * sqrt(usual * 0.75) for count in hits.values())
