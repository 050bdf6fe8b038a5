"""Equalisation 均衡性调节: the smallest shift of money that brings spending per head to a wanted evenness.

Evenness is the coefficient of variation of what stands behind each person: standard deviation over mean of the amount
a head, each person counted once. What all have together is fixed, so the mean is, and the problem

    least     sum of |amount - base| over the areas
    so that   the amounts make up the pot, none is below its floor,
              sum of people x (amount a head - mean)^2 <= people of all x (wanted x mean)^2

is convex. By its optimality conditions (Karush, Kuhn, Tucker) all areas that are lifted are lifted to one amount a head,
all that are lowered come down to one, and the rest keep their base: a head has max(floor, lower <= base <= upper). Both
bounds are found by bisection, one so that the pot is met, the other so that the wanted evenness just is. That is the
optimum itself and no approximation; a linear programme with cutting planes finds the same in the tests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf, isfinite

import numpy as np
import polars as pl

from huimin.funds.problems import AllocationError
from huimin.funds.sharing import whole_fen
from huimin.units.words import Words

KEPT_SHARE = Fraction(95, 100)
TURNS = 200
# Amounts are rounded to fen at the end, which may cost this much of evenness at most.
MARGIN = 1e-9
COLUMNS = ("area", "people", "base_fen", "last_fen")

# fmt: off
REASONS = {
    "lifted": Words("人均低于下限，提高到下限", "lifted to the lower bound a head"),
    "lowered": Words("人均高于上限，降到上限", "brought down to the upper bound a head"),
    "floor": Words("不低于上年的规定比例", "kept at its share of last year"),
    "kept": Words("人均在上下限之间，不变", "between both bounds, unchanged"),
}
# fmt: on


@dataclass(frozen=True)
class Equalisation:
    """What each area gets, and how even that is.

    `areas`: area, people, base_fen, floor_fen, amount_fen, shift_fen (amount less base), reason (a key of `REASONS`).
    `lower_fen` and `upper_fen` are the bounds a head; infinite where none is needed. `shift_fen` is what is moved: half
    the sum of all differences where the pot is what the bases make up.
    """

    areas: pl.DataFrame
    target: float
    before: float
    after: float
    lower_fen: float
    upper_fen: float
    shift_fen: int


def equalise(
    areas: pl.DataFrame, target: float, *, pot_fen: int | None = None, kept_share: Fraction = KEPT_SHARE
) -> Equalisation:
    """The smallest shift that brings the coefficient of variation of the amount a head down to `target`.

    `areas` has area, people, base_fen (what it would get without) and last_fen (what it got last year); nobody falls
    below `kept_share` of last year. The pot is what the bases make up, unless another is given. Amounts are whole fen
    and make up the pot exactly. Raises `AllocationError`, which names the lowest coefficient within reach and the
    smallest pot that would do where the wanted one is out of reach.
    """
    problem = _Problem.of(areas, pot_fen, kept_share)
    if not 0 < target <= 10:
        raise AllocationError("target_wrong", target=target)
    # What a fen more or less changes.
    aim, step = target, max(target * MARGIN, 1 / max(problem.pot_fen, 1))
    while True:
        bounds = problem.bounds(aim)
        if bounds is None:
            raise problem.unreachable(target)
        lower, upper = bounds
        found = problem.answer(problem.between(lower, upper), target, lower, upper)
        if found.after <= target:
            return found
        # Rounding to whole fen has made it a little less even: where the pot is a few fen, it has to aim lower. Steps
        # that grow reach the end also where the difference is too small to be seen beside the target.
        aim -= max(step, 2 * (found.after - target))
        step *= 2


def proportional(
    areas: pl.DataFrame, target: float, *, pot_fen: int | None = None, kept_share: Fraction = KEPT_SHARE
) -> Equalisation:
    """What is usual instead: every area gives up, or gets, the same share of its distance from the mean a head.

    The smallest share that reaches the target. It moves more money than need be, because it moves the areas near the
    mean too.
    """
    problem = _Problem.of(areas, pot_fen, kept_share)
    if problem.coefficient(problem.toward(1.0)) > target:
        raise problem.unreachable(target)
    low, high = 0.0, 1.0
    for _ in range(TURNS):
        share = (low + high) / 2
        low, high = (low, share) if problem.coefficient(problem.toward(share)) <= target else (share, high)
    return problem.answer(problem.toward(high), target, -inf, inf)


def frontier(
    areas: pl.DataFrame,
    *,
    steps: int = 20,
    pot_fen: int | None = None,
    kept_share: Fraction = KEPT_SHARE,
) -> list[tuple[float, int]]:
    """How much has to be moved for each evenness, from the present one to the best within reach: coefficient, fen."""
    problem = _Problem.of(areas, pot_fen, kept_share)
    present, best = problem.coefficient(problem.between(*problem.widest())), problem.lowest()
    # At the very end of the curve no bounds are left between which anything could lie.
    targets = np.linspace(present, best + (present - best) / (10 * steps), steps).tolist()
    bounds = ((target, problem.bounds(target)) for target in targets if target > 0)
    found = (problem.answer(problem.between(*each), target, *each) for target, each in bounds if each)
    return [(each.after, each.shift_fen) for each in found]


def coefficient_of_variation(amounts_fen: Iterable[int], people: Iterable[int]) -> float:
    """Standard deviation over mean of the amount a head, each person counted once; 0 where nothing is given.

    >>> coefficient_of_variation([100, 300], [1, 1])
    0.5
    """
    amounts, heads = (np.array(list(each), dtype=np.float64) for each in (amounts_fen, people))
    if not amounts.sum():
        return 0.0
    mean = amounts.sum() / heads.sum()
    return float(np.sqrt(heads @ (amounts / heads - mean) ** 2 / heads.sum()) / mean)


@dataclass(frozen=True)
class _Problem:
    """Amounts a head: what each area would have, and at least must have."""

    areas: pl.DataFrame
    people: np.ndarray
    base: np.ndarray
    floor: np.ndarray
    floors_fen: list[int]
    pot_fen: int

    @classmethod
    def of(cls, areas: pl.DataFrame, pot_fen: int | None, kept_share: Fraction) -> "_Problem":
        _check(areas)
        floors = [ceil(last * kept_share) for last in areas["last_fen"].to_list()]
        pot = sum(areas["base_fen"].to_list()) if pot_fen is None else pot_fen
        if sum(floors) > pot:
            raise AllocationError("floors_above_pot", floors=sum(floors), pot=pot)
        people = areas["people"].to_numpy().astype(np.float64)
        base = areas["base_fen"].to_numpy().astype(np.float64) / people
        return cls(areas, people, base, np.array(floors, dtype=np.float64) / people, floors, pot)

    @property
    def mean(self) -> float:
        return self.pot_fen / self.people.sum()

    def between(self, lower: float, upper: float) -> np.ndarray:
        """What a head has when it is kept between two bounds and above its floor."""
        return np.maximum(self.floor, np.minimum(np.maximum(self.base, lower), upper))

    def toward(self, share: float) -> np.ndarray:
        """What a head has when a share of its distance from a middle is closed, the middle such that the pot is met."""

        def given(middle: float) -> np.ndarray:
            return np.maximum(
                self.floor, self.base + share * (middle - self.base) + (1 - share) * (middle - self.mean)
            )

        low, high = 0.0, 2 * float(max(self.base.max(), self.floor.max(), self.mean)) + 1
        return given(self._met(given, low, high))

    def coefficient(self, heads: np.ndarray) -> float:
        if not self.mean:
            return 0.0
        return float(np.sqrt(self.people @ (heads - self.mean) ** 2 / self.people.sum()) / self.mean)

    def lowest(self) -> float:
        """The best evenness: everybody at one level, but for those whose floor is above it."""
        return self.coefficient(np.maximum(self.floor, self._level()))

    def widest(self) -> tuple[float, float]:
        """The bounds that meet the pot and change least: one of both is not needed."""
        least = self.people @ np.maximum(self.floor, self.base)
        if least > self.pot_fen:
            return -inf, self._met(lambda upper: self.between(-inf, upper), 0.0, float(self.base.max()))
        if least < self.pot_fen:
            return self._met(lambda lower: self.between(lower, inf), 0.0, self._level()), inf
        return -inf, inf

    def bounds(self, target: float) -> tuple[float, float] | None:
        """The widest bounds that meet the pot and the target; None where there are none."""
        lower, upper = self.widest()
        if self.coefficient(self.between(lower, upper)) <= target:
            return lower, upper
        level, wanted = self._level(), target * (1 - MARGIN)
        if self.coefficient(np.maximum(self.floor, level)) > wanted:
            return None
        low, high = (lower if isfinite(lower) else 0.0), level
        for _ in range(TURNS):
            lower = (low + high) / 2
            upper = self._upper(lower, level)
            even = self.coefficient(self.between(lower, upper)) <= wanted
            low, high = (low, lower) if even else (lower, high)
        return high, self._upper(high, level)

    def unreachable(self, target: float) -> AllocationError:
        """The error that says how far one can come, and with how much money one would."""
        return AllocationError(
            "not_reachable", target=target, lowest=self.lowest(), smallest_pot=self._smallest_pot(target)
        )

    def answer(self, heads: np.ndarray, target: float, lower: float, upper: float) -> Equalisation:
        """The amounts as whole fen."""
        amounts = whole_fen(heads * self.people, self.pot_fen, self.floors_fen)
        bases, people = self.areas["base_fen"].to_list(), self.areas["people"].to_list()
        # A shift below what rounding to fen makes is none.
        reasons = [
            "kept" if abs(amount - base) <= 1 else "floor" if amount == least else "lifted" if amount > base else "lowered"
            for amount, base, least in zip(amounts, bases, self.floors_fen, strict=True)
        ]  # fmt: skip
        moved = sum(abs(amount - base) for amount, base in zip(amounts, bases, strict=True))
        areas = self.areas.select("area", "people", "base_fen").with_columns(
            floor_fen=pl.Series(self.floors_fen, dtype=pl.Int64),
            amount_fen=pl.Series(amounts, dtype=pl.Int64),
            shift_fen=pl.Series([a - b for a, b in zip(amounts, bases, strict=True)], dtype=pl.Int64),
            reason=pl.Series(reasons, dtype=pl.String),
        )
        before, after = (coefficient_of_variation(each, people) for each in (bases, amounts))
        return Equalisation(areas, target, before, after, lower, upper, moved // 2)

    def _level(self) -> float:
        """The level to which the pot lifts everybody whose floor is not above it."""
        return self._met(
            lambda level: np.maximum(self.floor, level), 0.0, float(max(self.mean, self.floor.max()))
        )

    def _upper(self, lower: float, level: float) -> float:
        """The upper bound that meets the pot beside a lower one."""
        top = float(max(self.base.max(), self.floor.max(), level))
        return self._met(lambda upper: self.between(lower, upper), level, top)

    def _met(self, given, low: float, high: float) -> float:  # type: ignore[no-untyped-def]
        """Where amounts a head that grow with a number come to the pot."""
        for _ in range(TURNS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.people @ given(middle) >= self.pot_fen else (middle, high)
        return high

    def _smallest_pot(self, target: float) -> int:
        """The smallest pot with which the target is within reach, all floors kept."""
        low, high = self.pot_fen, ceil(float(self.people.sum() * self.floor.max())) + 1
        while low < high:
            middle = (low + high) // 2
            larger = _Problem(self.areas, self.people, self.base, self.floor, self.floors_fen, middle)
            low, high = (low, middle) if larger.lowest() <= target * (1 - MARGIN) else (middle + 1, high)
        return high


def _check(areas: pl.DataFrame) -> None:
    if areas.is_empty():
        raise AllocationError("no_area")
    seen: set[str] = set()
    for area, people, *amounts in areas.select(*COLUMNS).iter_rows():
        if area in seen:
            raise AllocationError("twice", area=area)
        seen.add(area)
        if people is None or people <= 0:
            raise AllocationError("no_people", area=area, people=people)
        for fen in amounts:
            if fen is None or fen < 0:
                raise AllocationError("below_zero", area=area, fen=fen)
