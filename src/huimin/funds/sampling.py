"""Drawing a sample that anybody can draw again 分层抽样: how many, how many of each stratum, and who.

The size is Cochran's for a share, corrected for a finite population. It is parted among strata by the exact optimum for
whole numbers, and each stratum gives the first of its units in an order that the seed makes. The same units and the same
seed give the same sample on any machine; whoever cannot be reached is replaced by the next in that order.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import heapify, heapreplace
from math import ceil, expm1, inf, pi, sqrt, tan
from statistics import NormalDist, fmean, pstdev

from huimin.units.words import Words

LARGE, USUAL = "large", "usual"
BANDS: Mapping[str, Words] = {
    LARGE: Words("高于平均金额", "above the average amount"),
    USUAL: Words("不高于平均金额", "up to the average amount"),
}
WAYS: Mapping[str, Words] = {
    "neyman": Words("按层的大小和金额差异分配（奈曼）", "by size and spread of amounts of each stratum (Neyman)"),
    "proportional": Words("按层的大小分配（比例）", "by size of each stratum (proportional)"),
}  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """One of those that may be drawn: a grant or a voucher, where it is, and its amount in a year."""

    id: str
    place: str
    amount_fen: int


@dataclass(frozen=True)
class Stratum:
    """A stratum: how many units it has, and how far their amounts lie apart (standard deviation)."""

    size: int
    spread: float


@dataclass(frozen=True)
class Drawn:
    """A unit in the order of its stratum, 1 first; those up to the stratum's size are asked, the others stand in reserve."""

    id: str
    stratum: str
    rank: int
    asked: bool


def size(population: int, *, margin: float, confidence: float, share: float = 0.5) -> int:
    """How many of a population have to be asked for a share to be known within a margin.

    Cochran, Sampling Techniques (3rd ed. 1977), formulas 4.1 and 4.2: n0 = z² p (1-p) / e², n = n0 / (1 + (n0 - 1) / N).
    A share of one half is the safe guess.

    >>> size(1000, margin=0.05, confidence=0.95)
    278
    """
    assert population >= 0, population
    assert 0 < margin < 1, margin
    assert 0 < confidence < 1, confidence
    if not population:
        return 0
    many = normal(confidence) ** 2 * share * (1 - share) / margin**2
    return min(population, ceil(many / (1 + (many - 1) / population) - 1e-9))


def strata(units: Sequence[Unit]) -> dict[str, str]:
    """unit -> its stratum, `place/band`: the place, and whether its amount is above the average of all."""
    if not units:
        return {}
    average = fmean(unit.amount_fen for unit in units)
    return {unit.id: f"{unit.place}/{LARGE if unit.amount_fen > average else USUAL}" for unit in units}


def known(units: Sequence[Unit], of: Mapping[str, str]) -> dict[str, Stratum]:
    """stratum -> its size and spread."""
    amounts: dict[str, list[int]] = defaultdict(list)
    for unit in units:
        amounts[of[unit.id]].append(unit.amount_fen)
    return {name: Stratum(len(found), pstdev(found)) for name, found in sorted(amounts.items())}


def least_of(found: Mapping[str, Stratum], fewest: int) -> dict[str, int]:
    """stratum -> how many of it are asked at least, so that of each place `fewest` are, where it has as many; two of each stratum."""
    by_place: dict[str, list[str]] = defaultdict(list)
    for name in sorted(found, key=lambda name: (found[name].size, name)):
        by_place[name.partition("/")[0]].append(name)
    least = {}
    for names in by_place.values():
        left = fewest
        for place, name in enumerate(names):
            least[name] = min(found[name].size, max(2, ceil(left / (len(names) - place))))
            left = max(0, left - least[name])
    return least


def parts(
    found: Mapping[str, Stratum], wanted: int, way: str, least: Mapping[str, int] | None = None
) -> dict[str, int]:
    """stratum -> how many of it are asked: at least `least`, or two, never more than it has.

    Fewer than two say nothing of how much a stratum differs within itself.

    Whole numbers with the least variance of the stratified mean, by priority values N S / √(n (n+1)); with equal spreads
    this is the proportional way. Wright, "Exact optimal sample allocation: more efficient than Neyman", Statistics and
    Probability Letters 129 (2017), 50-57. Where the least of all strata come to more than wanted, more are asked than wanted.
    """
    assert way in WAYS, way
    spread = _spreads(found, way)
    given = dict(least) if least else {name: min(2, each.size) for name, each in found.items()}
    waiting = [
        (-_priority(each.size, spread[name], given[name]), name)
        for name, each in found.items()
        if each.size > given[name]
    ]
    heapify(waiting)
    left = max(0, min(wanted, sum(each.size for each in found.values())) - sum(given.values()))
    for _ in range(left):
        name = waiting[0][1]
        given[name] += 1
        full = given[name] >= found[name].size
        heapreplace(waiting, (inf if full else -_priority(found[name].size, spread[name], given[name]), name))
    return given


def draw(of: Mapping[str, str], asked: Mapping[str, int], seed: str) -> list[Drawn]:
    """All units in the order that the seed makes of each stratum (SHA-256 of seed and unit), the first ones asked."""
    by_stratum: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for unit, stratum in of.items():
        by_stratum[stratum].append((sha256(f"{seed}|{unit}".encode()).hexdigest(), unit))
    return [
        Drawn(unit, stratum, rank, rank <= asked[stratum])
        for stratum in sorted(by_stratum)
        for rank, (_order, unit) in enumerate(sorted(by_stratum[stratum]), 1)
    ]


def digest(units: Sequence[Unit]) -> str:
    """SHA-256 over all that could be drawn, so that it can be shown later that nobody was left out."""
    lines = sorted(f"{unit.id}|{unit.place}|{unit.amount_fen}" for unit in units)
    return sha256("\n".join(lines).encode()).hexdigest()


def normal(confidence: float) -> float:
    """How many standard errors of a normal quantity hold a two-sided confidence.

    >>> round(normal(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def student(confidence: float, freedom: float) -> float:
    """How many standard errors hold a two-sided confidence with so many degrees of freedom, rounded down to a whole number.

    Hill, "Algorithm 396: Student's t-quantiles", Communications of the ACM 13 (1970), 619-620; exact for one and two.

    >>> round(student(0.95, 10), 3)
    2.228
    """
    n, p = max(1, int(freedom)), 1 - confidence
    if n == 1:
        return 1 / tan(p * pi / 2)
    if n == 2:
        return sqrt(2 / (p * (2 - p)) - 2)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * pi / 2) * n
    y = (d * p) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(p / 2)
        y = x * x
        if n < 5:
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = expm1(a * y * y)
    else:
        y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (
            n + 1
        ) / (n + 2) + 1 / y
    return sqrt(n * y)


def _spreads(found: Mapping[str, Stratum], way: str) -> dict[str, float]:
    """stratum -> the spread that counts: its own where that is asked and any differs, else the same for all."""
    if way == "neyman" and any(each.spread for each in found.values()):
        return {name: each.spread for name, each in found.items()}
    return dict.fromkeys(found, 1.0)


def _priority(units: int, spread: float, given: int) -> float:
    """How much one more asked of a stratum helps."""
    return units * spread / sqrt(given * (given + 1))
