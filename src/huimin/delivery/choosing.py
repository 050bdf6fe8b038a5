"""Whom a service order is offered to 派单: who is qualified, near and has room; among these, who is furthest below its fair share.

A share is fair by size and by what residents say. The order goes where the persons served, counted by weight, are fewest: Webster's
method (Sainte-Laguë), by which the seats of a parliament follow the votes. So the best rated gets more, and nobody gets all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

# The worst answer of the scale. A provider weighs by the steps it stands above it, and a hundredth at least.
WORST = 1
HUNDREDTH = 100


@dataclass(frozen=True)
class Candidate:
    """A contract that fits an order: how many digits of the place it is for, the persons it serves and may serve at most
    (None: no limit), what residents give its provider of five, since when it is signed, and the skills it lacks for the order.
    """

    contract: str
    digits: int
    serving: int
    most: int | None
    estimate: float
    signed_at: datetime
    lacks: tuple[str, ...] = ()

    @property
    def full(self) -> bool:
        """Whether it serves as many persons as the contract allows."""
        return self.most is not None and self.serving >= self.most

    @property
    def open(self) -> bool:
        """Whether it can be asked: qualified, and with room."""
        return not self.lacks and not self.full


@dataclass(frozen=True)
class Standing:
    """A candidate with the share of persons that is fair among those of its place that can be asked, and the share it has.

    Both are in hundredths; none for who cannot be asked.
    """

    candidate: Candidate
    fair_percent: int | None
    has_percent: int | None


def ranked(candidates: Sequence[Candidate]) -> list[Standing]:
    """The candidates in the order in which they are asked: who can be asked, of the nearest place, furthest below the fair share;
    then who serves fewer, then the older contract. Who lacks a skill comes last.
    """
    weights = _weights(candidates)
    found = sorted(
        candidates,
        key=lambda one: (
            bool(one.lacks),
            one.full,
            -one.digits,
            -Fraction(weights[one.contract], 2 * one.serving + 1),
            one.serving,
            one.signed_at,
            one.contract,
        ),
    )
    return [_standing(each, candidates, weights) for each in found]


def _weights(candidates: Sequence[Candidate]) -> dict[str, int]:
    """contract -> its weight: how many it may serve, times the steps that residents put it above the worst.

    Who sets no limit counts as large as the largest one of its place that does.
    """
    largest: dict[int, int] = {}
    for each in candidates:
        largest[each.digits] = max(largest.get(each.digits, 1), each.most or 1)
    return {
        each.contract: (each.most or largest[each.digits])
        * max(1, round((each.estimate - WORST) * HUNDREDTH))
        for each in candidates
    }


def _standing(one: Candidate, candidates: Sequence[Candidate], weights: dict[str, int]) -> Standing:
    if not one.open:
        return Standing(one, None, None)
    beside = [each for each in candidates if each.open and each.digits == one.digits]
    weight, served = sum(weights[each.contract] for each in beside), sum(each.serving for each in beside)
    return Standing(
        one, round(100 * weights[one.contract] / weight), round(100 * one.serving / served) if served else 0
    )
