"""How unequal values are: Gini and the coefficient of variation, each as the fraction it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spread:
    """A measure of spread as the fraction it is; the denominator is zero where nothing can be said."""

    numerator: float
    denominator: float


def gini(incomes: NDArray[np.int64], weights: NDArray[np.int64]) -> Spread:
    """The Gini coefficient 基尼系数: mean difference of two persons over twice the mean income.

    `incomes` is the income a head of each household and `weights` its members. An income below zero
    counts as zero, because the coefficient has no meaning otherwise.

    >>> gini(np.array([100, 100]), np.array([3, 1])).numerator
    0.0
    >>> spread = gini(np.array([0, 0, 0, 100]), np.array([1, 1, 1, 1])); spread.numerator / spread.denominator
    0.75
    """
    if incomes.size == 0 or weights.sum() == 0:
        return Spread(0.0, 0.0)
    order = np.argsort(incomes, kind="stable")
    income = np.maximum(incomes[order], 0).astype(np.float64)
    weight = weights[order].astype(np.float64)
    people = weight.sum()
    total = float((income * weight).sum())
    # Each person ranked at the middle of its own group: exact for grouped equal incomes.
    rank = np.cumsum(weight) - weight / 2
    difference = float((weight * income * (2 * rank - people)).sum()) * 2 / people**2
    return Spread(difference, 2 * total / people)


def variation(values: NDArray[np.float64]) -> Spread:
    """The coefficient of variation 变异系数: standard deviation over mean, each value counted once.

    >>> variation(np.array([2.0, 4.0])).numerator
    1.0
    """
    if values.size == 0:
        return Spread(0.0, 0.0)
    return Spread(float(values.std()), float(values.mean()))
