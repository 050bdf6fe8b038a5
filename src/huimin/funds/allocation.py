"""Allocation by factors 因素分配法: a pot shared out by population, need, cost, effort and performance.

What a formula is, is data: factors with weights that make up 1, each measured by columns multiplied with one another. An
area's share is the weighted sum of its shares of all factors; weaker areas count by a coefficient more; nobody falls
below or rises above a share of last year, and what that costs or leaves is borne by the others in proportion.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from huimin.funds.problems import AllocationError
from huimin.funds.sharing import whole_fen
from huimin.tables.document import Section, read, read_text
from huimin.units.words import Words

KEYS = (
    "name",
    "version",
    "title",
    "source",
    "factors",
    "uplift",
    "floor",
    "cap",
    "grass_roots",
    "discretion",
)
GRASS_ROOTS_LEAST = Fraction(60, 100)
TURNS = 200

UPLIFT = Words("薄弱地区系数", "coefficient of weaker areas")
FLOOR = Words("提高到上年保底", "raised to its floor of last year")
CAP = Words("降到上年封顶", "brought down to its cap of last year")
SPREAD = Words("分担其他地区的保底和封顶", "its part in the floors and caps of others")
ROUNDING = Words("四舍五入到分", "rounding to fen")


@dataclass(frozen=True)
class Factor:
    """One thing that counts: its weight, and the columns whose product measures it."""

    name: str
    title: Words
    weight: Fraction
    measure: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """A versioned formula. `floor` and `cap` are shares of last year; `uplift` is a column of yes and no, and times."""

    name: str
    version: str
    title: Words
    source: Words
    factors: tuple[Factor, ...]
    uplift: tuple[str, Fraction] | None
    floor: Fraction
    cap: Fraction | None
    grass_roots: Fraction
    discretion: Fraction

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it asks of the areas."""
        found = [column for factor in self.factors for column in factor.measure]
        return tuple(dict.fromkeys([*found, *([self.uplift[0]] if self.uplift else [])]))

    def told(self) -> dict[str, Any]:
        """The whole formula as plain values, to be kept with what was decided by it."""
        return {
            "name": self.name,
            "version": self.version,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "source": {"zh": self.source.zh, "en": self.source.en},
            "factors": [
                {
                    "name": each.name,
                    "title": {"zh": each.title.zh, "en": each.title.en},
                    "weight": str(each.weight),
                    "measure": list(each.measure),
                }
                for each in self.factors
            ],
            "uplift": {"column": self.uplift[0], "times": str(self.uplift[1])} if self.uplift else None,
            "floor": str(self.floor),
            "cap": str(self.cap) if self.cap is not None else None,
            "grass_roots": str(self.grass_roots),
            "discretion": str(self.discretion),
        }


@dataclass(frozen=True)
class Allocation:
    """What each area gets.

    `areas`: area, last_fen, floor_fen, cap_fen, amount_fen, grass_roots_fen (of it, at least, straight to townships),
    discretion_fen (of that, for townships to decide on) and, for the explanation, a column in fen for each factor, then
    uplift_fen, bounds_fen; those add up to the amount.
    """

    formula: Formula
    pot_fen: int
    areas: pl.DataFrame

    def explained(self, area: str) -> list[tuple[Words, int]]:
        """How an area's amount comes about, step by step in fen; the steps add up to the amount."""
        row = self.areas.row(by_predicate=pl.col("area") == area, named=True)
        steps = [(factor.title, row[factor.name]) for factor in self.formula.factors]
        if self.formula.uplift:
            steps.append((UPLIFT, row["uplift_fen"]))
        return [*steps, (self._bounded(row), row["bounds_fen"])]

    @staticmethod
    def _bounded(row: dict[str, Any]) -> Words:
        if row["amount_fen"] == row["floor_fen"] and row["bounds_fen"] > 0:
            return FLOOR
        if row["amount_fen"] == row["cap_fen"] and row["bounds_fen"] < 0:
            return CAP
        return ROUNDING if abs(row["bounds_fen"]) <= 1 else SPREAD


def load(path: Path | Traversable) -> Formula:
    """The formula of a file. Raises `DocumentError`, which names file, key and cure."""
    return _formula(read(path))


def load_text(text: str, name: str) -> Formula:
    """The formula of a text; `name` is how errors call it. Raises `DocumentError`, which names it, key and cure."""
    return _formula(read_text(text, name))


def _formula(text: Section) -> Formula:
    text = text.only(*KEYS)
    factors = tuple(_factors(text))
    if not factors:
        raise text.fail("factors", Words("至少写一个因素", "name at least one factor"))
    if sum(factor.weight for factor in factors) != 1:
        whole = float(sum(factor.weight for factor in factors))
        raise text.fail(
            "factors", Words(f"权重合计 {whole}，应为 1", f"the weights come to {whole}; make it 1")
        )
    uplift = text.section("uplift").only("column", "times") if "uplift" in text.values else None
    grass_roots = _number(text, "grass_roots", GRASS_ROOTS_LEAST, 1)
    return Formula(
        name=text.text("name"),
        version=text.text("version"),
        title=text.words("title"),
        source=text.words("source"),
        factors=factors,
        uplift=(uplift.text("column"), _number(uplift, "times", 1, 10)) if uplift else None,
        floor=_number(text, "floor", 0, 1),
        cap=_number(text, "cap", 1, 100) if "cap" in text.values else None,
        grass_roots=grass_roots,
        discretion=_number(text, "discretion", 0, grass_roots),
    )


def load_all() -> dict[str, Formula]:
    """The formulas that come with the product, by name."""
    folder = files("huimin.funds") / "formulas"
    found = (
        load(each)
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".yaml")
    )
    return {formula.name: formula for formula in found}


def allocate(formula: Formula, areas: pl.DataFrame, pot_fen: int) -> Allocation:
    """The pot shared out among areas: area, last_fen and the columns of the formula. Amounts are whole fen and make up the pot.

    An area without a last year (last_fen 0) has neither floor nor cap. Raises `AllocationError`, which names area,
    column and cure.
    """
    _check(formula, areas, pot_fen)
    last = areas["last_fen"].to_list()
    floors = [ceil(each * formula.floor) for each in last]
    caps = [floor(each * formula.cap) if formula.cap is not None and each else pot_fen for each in last]
    if sum(floors) > pot_fen:
        raise AllocationError("floors_above_pot", floors=sum(floors), pot=pot_fen)
    plain = {
        factor.name: float(factor.weight) * _shares(factor, areas) * pot_fen for factor in formula.factors
    }
    raised = _uplifted(formula, areas, np.sum(list(plain.values()), axis=0))
    # Whom no factor counts gets its floor, however much is left.
    most = [high if share else low for share, low, high in zip(raised.tolist(), floors, caps, strict=True)]
    if sum(most) < pot_fen:
        raise AllocationError("caps_below_pot", caps=sum(most), pot=pot_fen)
    bounded = _bounded(raised, np.array(floors, dtype=np.float64), np.array(caps, dtype=np.float64), pot_fen)
    amounts = whole_fen(bounded, pot_fen, floors, caps)
    before = whole_fen(raised, pot_fen, [0] * len(amounts))
    parts = {name: np.floor(part + 1e-6).astype(np.int64).tolist() for name, part in plain.items()}
    # What rounding down the parts leaves belongs to the step after them.
    uplift = [total - sum(part[at] for part in parts.values()) for at, total in enumerate(before)]
    found = areas.select("area", "last_fen").with_columns(
        floor_fen=pl.Series(floors, dtype=pl.Int64),
        cap_fen=pl.Series(caps, dtype=pl.Int64),
        amount_fen=pl.Series(amounts, dtype=pl.Int64),
        grass_roots_fen=pl.Series([ceil(each * formula.grass_roots) for each in amounts], dtype=pl.Int64),
        discretion_fen=pl.Series([floor(each * formula.discretion) for each in amounts], dtype=pl.Int64),
        **{name: pl.Series(part, dtype=pl.Int64) for name, part in parts.items()},
        uplift_fen=pl.Series(uplift, dtype=pl.Int64),
        bounds_fen=pl.Series([a - b for a, b in zip(amounts, before, strict=True)], dtype=pl.Int64),
    )
    return Allocation(formula, pot_fen, found)


def effect_of(column: str, formula: Formula, areas: pl.DataFrame, pot_fen: int) -> dict[str, int]:
    """area -> what it gets more (or less, below zero) because of a column than if all areas were alike in it, in fen."""
    given = allocate(formula, areas, pot_fen).areas["amount_fen"]
    alike = allocate(formula, areas.with_columns(pl.lit(1.0).alias(column)), pot_fen).areas["amount_fen"]
    return dict(zip(areas["area"].to_list(), (given - alike).to_list(), strict=True))


def _uplifted(formula: Formula, areas: pl.DataFrame, plain: np.ndarray) -> np.ndarray:
    """The amounts when weaker areas count by their coefficient more, of the same pot."""
    if formula.uplift is None:
        return plain
    column, times = formula.uplift
    counted = plain * np.where(areas[column].to_numpy(), float(times), 1.0)
    return counted * (plain.sum() / counted.sum()) if counted.sum() else plain


def _bounded(amounts: np.ndarray, floors: np.ndarray, caps: np.ndarray, pot_fen: int) -> np.ndarray:
    """The amounts between their bounds, the others in proportion, so that they make up the pot."""
    low, high = 0.0, 1.0
    while np.clip(amounts * high, floors, caps).sum() < pot_fen and high < 1e18:
        high *= 2
    for _ in range(TURNS):
        times = (low + high) / 2
        low, high = (low, times) if np.clip(amounts * times, floors, caps).sum() >= pot_fen else (times, high)
    return np.clip(amounts * high, floors, caps)


def _shares(factor: Factor, areas: pl.DataFrame) -> np.ndarray:
    measure = np.ones(areas.height)
    for column in factor.measure:
        measure = measure * areas[column].to_numpy().astype(np.float64)
    if not measure.sum():
        raise AllocationError("measure_of_nobody", factor=factor.title.zh)
    return measure / measure.sum()


def _check(formula: Formula, areas: pl.DataFrame, pot_fen: int) -> None:
    if pot_fen < 0:
        raise AllocationError("pot_below_zero", pot=pot_fen)
    if areas.is_empty():
        raise AllocationError("no_area")
    for column in ("area", "last_fen", *formula.columns):
        if column not in areas.columns:
            raise AllocationError("column_missing", column=column)
    repeated = areas.filter(pl.col("area").is_duplicated())
    if repeated.height:
        raise AllocationError("twice", area=repeated["area"][0])
    for column in ("last_fen", *(each for each in formula.columns if areas[each].dtype != pl.Boolean)):
        wrong = areas.filter(~pl.col(column).is_finite().fill_null(False) | (pl.col(column) < 0))
        if wrong.height:
            raise AllocationError(
                "measure_wrong", area=wrong["area"][0], column=column, value=wrong[column][0]
            )


def _factors(text: Section) -> Iterator[Factor]:
    for name, place in text.sections("factors"):
        place.only("title", "weight", "measure")
        if not name.isidentifier():
            raise text.fail(
                f"factors.{name}",
                Words("名称只用字母、数字和下划线", "use letters, digits and _ for the name"),
            )
        measure = place.listed("measure")
        if not measure:
            raise place.fail("measure", Words("至少写一列", "name at least one column"))
        yield Factor(name, place.words("title"), _number(place, "weight", 0, 1), measure)


def _number(place: Section, key: str, low: Fraction | int, high: Fraction | int) -> Fraction:
    text = place.text(key)
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise place.fail(key, Words(f"“{text}”不是数", f"“{text}” is no number")) from None
    if not low <= number <= high:
        raise place.fail(
            key,
            Words(
                f"{text} 不在 {float(low)} 至 {float(high)} 之间",
                f"{text} lies outside {float(low)} to {float(high)}",
            ),
        )
    return number
