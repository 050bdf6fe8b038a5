"""How poor and how unequal people are, and whether benefits reach them: measures over weighted persons.

Definitions are those of Eurostat's social indicators (Commission Regulation 1177/2003; Alfons and Templ, "Estimation of
social exclusion indicators", Journal of Statistical Software 54(15), 2013), so that figures compare with published ones.
Incomes are of persons, in any one unit; weights say how many persons each stands for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huimin.rules.spread import gini

Numbers = NDArray[Any]
POOR_SHARE = 0.6
DRAWS, SURE = 1000, 0.95


@dataclass(frozen=True)
class Interval:
    """A figure, and between which it lies if the people were drawn again."""

    value: float
    low: float
    high: float


def quantile(values: Numbers, weights: Numbers, share: float) -> float:
    """The value below which a share of the people lies; between two values, their mean. Not a number of nobody.

    >>> quantile(np.array([1, 2, 3, 4]), np.array([1, 1, 1, 1]), 0.5)
    2.5
    """
    if not len(values):
        return float("nan")
    order = np.argsort(values, kind="stable")
    ordered, reached = values[order], np.cumsum(weights[order]) / weights.sum()
    place = min(int(np.searchsorted(reached, share)), len(ordered) - 1)
    if reached[place] == share and place + 1 < len(ordered):
        return float((ordered[place] + ordered[place + 1]) / 2)
    return float(ordered[place])


def poverty_line(incomes: Numbers, weights: Numbers, share: float = POOR_SHARE) -> float:
    """The at-risk-of-poverty threshold 相对贫困线: a share of the median income."""
    return share * quantile(incomes, weights, 0.5)


def poverty_rate(incomes: Numbers, weights: Numbers, line: float) -> float:
    """The share of the people whose income is below a line."""
    return _share(weights, incomes < line)


def poverty_gap(incomes: Numbers, weights: Numbers, line: float) -> float:
    """The relative median gap: how far below a line the middle one of the poor is, as a share of the line."""
    poor = incomes < line
    return (line - quantile(incomes[poor], weights[poor], 0.5)) / line


def quintile_ratio(incomes: Numbers, weights: Numbers) -> float:
    """What the richest fifth have for each unit that the poorest fifth have (S80/S20)."""
    low, high = (quantile(incomes, weights, share) for share in (0.2, 0.8))
    poorest, richest = ((incomes * weights)[each].sum() for each in (incomes <= low, incomes > high))
    return float(richest / poorest) if poorest else float("nan")


def gini_index(incomes: Numbers, weights: Numbers) -> float:
    """The Gini coefficient."""
    found = gini(incomes, weights)
    return float(found.numerator / found.denominator) if found.denominator else float("nan")


def concentration(amounts: Numbers, incomes: Numbers, weights: Numbers) -> float:
    """The concentration index 集中系数 of amounts along the order of incomes: below zero where the poor get more."""
    order = np.argsort(incomes, kind="stable")
    amount, weight = amounts[order].astype(np.float64), weights[order].astype(np.float64)
    rank = np.cumsum(weight) - weight / 2
    total, people = float((amount * weight).sum()), float(weight.sum())
    if not total:
        return float("nan")
    return float((weight * amount * (2 * rank - people)).sum()) / (people * total)


def progressivity(amounts: Numbers, incomes: Numbers, weights: Numbers) -> float:
    """How much more benefits favour the poor than incomes are unequal (Kakwani 1977, for what is received).

    The Gini coefficient of the incomes less the concentration of the benefits: above zero where benefits make people
    more equal in shares, above the Gini coefficient where the poor get more in money.
    """
    return gini_index(incomes, weights) - concentration(amounts, incomes, weights)


def coverage(entitled: Numbers, received: Numbers, weights: Numbers) -> float:
    """The share of those entitled who receive 应保尽保; what is left is the error of exclusion 漏保."""
    return _share(weights[entitled], received[entitled])


def leakage(entitled: Numbers, received: Numbers, weights: Numbers) -> float:
    """The share of those who receive who are not entitled 错保: the error of inclusion.

    With amounts times weights for weights, it is the share of the money.
    """
    return _share(weights[received], ~entitled[received])


def programme(amounts: Numbers, weights: Numbers) -> tuple[float, float]:
    """The weighted total of a programme, and how many receive it."""
    return float((amounts * weights).sum()), float(weights[amounts > 0].sum())


def interval(
    measure: Callable[..., float],
    columns: Mapping[str, Numbers],
    weights: Numbers,
    *,
    groups: Numbers | None = None,
    draws: int = DRAWS,
    share: float = SURE,
    seed: int = 0,
) -> Interval:
    """A measure of columns and weights with its bootstrap interval, by percentiles.

    People, or whole `groups` of them such as households, are drawn again as often as there are; the draw multiplies
    the weights.
    """
    value = measure(**columns, weights=weights)
    chance = np.random.default_rng(seed)
    if groups is None:
        groups = np.arange(len(weights))
    _, member_of = np.unique(groups, return_inverse=True)
    count = int(member_of.max()) + 1 if len(member_of) else 0
    found = []
    for _ in range(draws):
        times = np.bincount(chance.integers(0, count, count), minlength=count)[member_of]
        drawn = times > 0
        again = {name: column[drawn] for name, column in columns.items()}
        found.append(measure(**again, weights=(weights * times)[drawn]))
    low, high = np.quantile(found, [(1 - share) / 2, (1 + share) / 2])
    return Interval(value, float(low), float(high))


def _share(weights: Numbers, picked: Numbers) -> float:
    total = weights.sum()
    return float(weights[picked].sum() / total) if total else float("nan")
