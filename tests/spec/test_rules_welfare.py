"""Measures of poverty, inequality and reach: worked by hand, and against figures that others published."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from huimin.rules import welfare

MICRODATA = Path(__file__).parents[3] / "shared" / "data" / "microdata"
ONES = np.ones(5)
# laeken's guide "Standard methods" prints these for eusilc: rate, S80/S20, gap, Gini, by region.
PRINTED = {
    "Burgenland": ("19.53984", "5.008486", "12.32438", "32.05489"),
    "Carinthia": ("13.08627", "3.562404", "13.12787", "25.49448"),
    "Lower Austria": ("13.84362", "3.824539", "17.48023", "25.93737"),
    "Salzburg": ("13.78734", "3.768393", "28.89533", "25.01652"),
    "Styria": ("14.37464", "3.464305", "15.53486", "23.71190"),
    "Tyrol": ("15.30819", "3.586046", "19.58447", "25.24881"),
    "Upper Austria": ("10.88977", "3.668289", "19.47177", "25.49202"),
    "Vienna": ("17.23468", "4.654743", "23.35608", "28.94944"),
    "Vorarlberg": ("16.53731", "4.366511", "26.96706", "28.74120"),
}
# Rate and gap by age and sex, as printed there.
PRINTED_BY_AGE = {
    (0, "female"): ("18.948125", "19.05696"),
    (0, "male"): ("17.973597", "19.05696"),
    (16, "female"): ("16.703016", "32.93985"),
    (16, "male"): ("16.156673", "23.70534"),
    (25, "female"): ("15.220300", "20.78422"),
    (25, "male"): ("9.638359", "18.19213"),
    (50, "female"): ("12.941125", "21.34382"),
    (50, "male"): ("8.221154", "18.92860"),
    (65, "female"): ("21.252184", "14.48597"),
    (65, "male"): ("12.046903", "15.34966"),
}
# taxcalc's benefits_expect.csv for 2014 (CC0): billions of dollars, millions of people.
PROGRAMMES = {
    "ssi": (55.554, 12.571), "mcare": (527.775, 54.037), "mcaid": (407.903, 72.079), "snap": (113.035, 65.146),
    "wic": (4.44, 20.215), "tanf": (33.735, 8.371), "vet": (135.159, 8.138), "housing": (41.069, 11.249),
}  # fmt: skip


def table(name: str) -> pl.DataFrame:
    path = MICRODATA / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"needs the microdata folder: {name}.parquet is not there")
    return pl.read_parquet(path)


def printed(value: float, as_in: str) -> str:
    """A figure with as many decimals as another was printed with."""
    return f"{value:.{len(as_in.partition('.')[2])}f}"


def test_poverty_by_hand() -> None:
    # The median is 30, the line 18: two of five are below, the one in the middle of them at (4 + 10) / 2 = 7.
    incomes = np.array([4, 10, 30, 40, 66])
    line = welfare.poverty_line(incomes, ONES)
    assert line == pytest.approx(18)
    assert welfare.poverty_rate(incomes, ONES, line) == pytest.approx(0.4)
    assert welfare.poverty_gap(incomes, ONES, line) == pytest.approx(11 / 18)
    # The poorest fifth ends between 4 and 10, at 7; the richest begins above 53.
    assert welfare.quintile_ratio(incomes, ONES) == pytest.approx(66 / 4)


def test_a_weight_counts_as_so_many_people() -> None:
    incomes, weights = np.array([4, 10, 30, 40, 66]), np.array([2, 1, 3, 1, 1])
    many = np.repeat(incomes, weights)
    ones = np.ones(len(many))
    for measure in (welfare.poverty_line, welfare.quintile_ratio, welfare.gini_index):
        assert measure(incomes, weights) == pytest.approx(measure(many, ones))


def test_reach_by_hand() -> None:
    entitled = np.array([True, True, True, True, False])
    received = np.array([True, True, True, False, True])
    assert welfare.coverage(entitled, received, ONES) == pytest.approx(0.75)
    assert welfare.leakage(entitled, received, ONES) == pytest.approx(0.25)
    amounts = np.array([100, 100, 100, 0, 300])
    assert welfare.leakage(entitled, received, amounts) == pytest.approx(0.5)


def test_what_only_the_poorest_get_is_most_progressive() -> None:
    incomes = np.array([0, 10, 20, 30, 40])
    poorest, flat, like_income = np.array([50, 0, 0, 0, 0]), np.full(5, 10), incomes
    found = [welfare.progressivity(each, incomes, ONES) for each in (poorest, flat, like_income)]
    # Gini .4; concentrations -.8, 0 and .4.
    assert found == pytest.approx([1.2, 0.4, 0.0])


def test_an_interval_holds_the_figure_and_narrows_with_more_people() -> None:
    chance = np.random.default_rng(3)
    spans = []
    for size in (400, 6400):
        incomes = chance.lognormal(9, 0.6, size)
        found = welfare.interval(
            lambda incomes, weights: welfare.gini_index(incomes, weights),
            {"incomes": incomes}, np.ones(size), draws=400, seed=1,
        )  # fmt: skip
        assert found.low < found.value < found.high
        spans.append(found.high - found.low)
    assert spans[0] / spans[1] == pytest.approx(4, rel=0.35)


def test_households_are_drawn_whole() -> None:
    incomes = np.repeat(np.random.default_rng(5).lognormal(9, 0.6, 300), 4)
    ones, groups = np.ones(len(incomes)), np.repeat(np.arange(300), 4)
    apart, whole = (
        welfare.interval(welfare.gini_index, {"incomes": incomes}, ones, groups=each, draws=200)
        for each in (None, groups)
    )
    # Members of a household say the same: four times as many rows are no more evidence.
    assert (whole.high - whole.low) / (apart.high - apart.low) == pytest.approx(2, rel=0.3)


def test_published_figures_of_eusilc_come_out_to_every_printed_digit() -> None:
    people = table("eusilc")
    incomes, weights = people["eqIncome"].to_numpy(), people["rb050"].to_numpy()
    line = welfare.poverty_line(incomes, weights)
    assert printed(line, "10859.24") == "10859.24"
    assert printed(100 * welfare.poverty_rate(incomes, weights, line), "14.44422") == "14.44422"
    assert printed(100 * welfare.poverty_gap(incomes, weights, line), "18.9286") == "18.9286"
    assert printed(welfare.quintile_ratio(incomes, weights), "3.970004") == "3.970004"
    assert printed(100 * welfare.gini_index(incomes, weights), "26.48962") == "26.48962"
    for share, limit, rate in (
        (0.4, "7239.491", "4.766885"),
        (0.5, "9049.363", "7.988134"),
        (0.7, "12669.11", "21.85638"),
    ):
        other = welfare.poverty_line(incomes, weights, share)
        assert printed(other, limit) == limit
        assert printed(100 * welfare.poverty_rate(incomes, weights, other), rate) == rate
    for region, wanted in PRINTED.items():
        here = people.filter(pl.col("db040") == region)
        own, heavy = here["eqIncome"].to_numpy(), here["rb050"].to_numpy()
        found = (
            100 * welfare.poverty_rate(own, heavy, line), welfare.quintile_ratio(own, heavy),
            100 * welfare.poverty_gap(own, heavy, line), 100 * welfare.gini_index(own, heavy),
        )  # fmt: skip
        assert tuple(printed(value, text) for value, text in zip(found, wanted, strict=True)) == wanted
    ages = [0, 16, 25, 50, 65, 200]
    for first, last in pairwise(ages):
        for sex in ("female", "male"):
            here = people.filter(
                (pl.col("age") >= first if first else pl.col("age") < last)
                & (pl.col("age") < last)
                & (pl.col("rb090") == sex)
            )
            own, heavy = here["eqIncome"].to_numpy(), here["rb050"].to_numpy()
            found = (
                100 * welfare.poverty_rate(own, heavy, line),
                100 * welfare.poverty_gap(own, heavy, line),
            )
            wanted = PRINTED_BY_AGE[first, sex]
            assert tuple(printed(value, text) for value, text in zip(found, wanted, strict=True)) == wanted


def test_published_totals_of_eight_programmes_come_out() -> None:
    units = table("us_cps_benefits")
    weights = units["w2014"].to_numpy()
    # A tax unit stands for its members.
    members = units["XTOT"].to_numpy()
    for name, (billions, millions) in PROGRAMMES.items():
        amounts = units[f"{name}_ben"].to_numpy()
        total, _ = welfare.programme(amounts, weights)
        _, receivers = welfare.programme(amounts, weights * members)
        assert round(total / 1e9, 3) == billions
        assert round(receivers / 1e6, 3) == millions
