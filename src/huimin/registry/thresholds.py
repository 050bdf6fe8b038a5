"""From which probability a row is linked, asked of a clerk, or doubted: as set, and as what clerks decided proposes.

Clerks see only pairs between the two upper thresholds, so their decisions can show that `sure` may be lower or `grey`
higher; for the opposite a pair has to go wrong first.
"""

from dataclasses import dataclass

import polars as pl

# Fewer decisions than this say nothing yet.
FEWEST = 50
Z = 1.96


@dataclass(frozen=True)
class Thresholds:
    """`sure`: linked from here on. `grey`: a clerk is asked from here on. `doubt`: a doubt from here on."""

    sure: float = 0.95
    grey: float = 0.5
    doubt: float = 0.15

    def __post_init__(self) -> None:
        if not 0 < self.doubt <= self.grey <= self.sure < 1:
            raise ValueError(f"0 < doubt <= grey <= sure < 1 does not hold for {self}")


@dataclass(frozen=True)
class Estimate:
    """Of so many pairs so many were wrong; with 95 % certainty the share wrong lies between `low` and `high`."""

    pairs: int
    wrong: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Proposal:
    """Thresholds, and what the decided pairs say of them.

    `linked`: pairs that would be linked, wrong where two persons. `unasked`: pairs nobody would be asked any more, wrong
    where they are one person. `asked`: the share of today's queue that would still be asked.
    """

    thresholds: Thresholds
    linked: Estimate
    unasked: Estimate
    asked: float


def propose(
    decided: pl.DataFrame, now: Thresholds, *, wrong_at_most: float = 0.01, lost_at_most: float = 0.05
) -> Proposal | None:
    """The thresholds that ask least and still err no more often than allowed; None while too little is decided.

    `decided` has a row for each pair that clerks settled: score, same. What is allowed must hold for the upper end of
    what the decisions leave possible, so few decisions propose little.
    """
    if decided.height < FEWEST:
        return None
    pairs = decided.sort("score", descending=True)
    sure, grey = now.sure, now.grey
    for score, above in _above(pairs):
        if estimate(above, same=True).high <= wrong_at_most:
            sure = min(sure, score)
    for score, below in _above(pairs.reverse(), lower=True):
        if score < sure and estimate(below, same=False).high <= lost_at_most:
            grey = max(grey, score)
    found = Thresholds(sure, min(grey, sure), min(now.doubt, grey))
    return Proposal(
        found,
        estimate(pairs.filter(pl.col("score") >= found.sure), same=True),
        estimate(pairs.filter(pl.col("score") < found.grey), same=False),
        pairs.filter((pl.col("score") < found.sure) & (pl.col("score") >= found.grey)).height / pairs.height,
    )


def estimate(pairs: pl.DataFrame, *, same: bool) -> Estimate:
    """How often pairs taken for the same person (or for two) were decided otherwise, after Wilson.

    >>> estimate(pl.DataFrame({"same": [True] * 99 + [False]}), same=True).wrong
    1
    """
    number, wrong = pairs.height, int((pairs["same"] != same).sum()) if pairs.height else 0
    if number == 0:
        return Estimate(0, 0, 0.0, 0.0, 1.0)
    share, square = wrong / number, Z**2 / number
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * (share * (1 - share) / number + square / (4 * number)) ** 0.5
    return Estimate(number, wrong, share, max(middle - half, 0.0), min(middle + half, 1.0))


def _above(pairs: pl.DataFrame, *, lower: bool = False) -> list[tuple[float, pl.DataFrame]]:
    """For each distinct score the pairs at it and beyond; going down, those strictly below."""
    side = pl.col("score")
    scores = pairs["score"].unique(maintain_order=True).to_list()
    return [(score, pairs.filter(side < score if lower else side >= score)) for score in scores]
