"""Chance that depends on the seed, the question and the thing asked about, never on the order of asking.

Every draw is a hash of (seed, question, number of the person, household or row). So a county is the same
whatever the size of the chunks it is made in, and a new question changes no older answer.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.int64]
Shares = NDArray[np.floating[Any]]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Chance:
    """Draws for the things numbered in an array; the same seed, question and number give the same draw."""

    seed: int

    def uniform(self, question: str, of: ArrayLike) -> Shares:
        """Numbers from 0 (included) to 1 (excluded)."""
        return (self._hash(question, of) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def happens(self, question: str, of: ArrayLike, share: float | Shares) -> NDArray[np.bool_]:
        """True in that share of cases."""
        return self.uniform(question, of) < share

    def below(self, question: str, of: ArrayLike, limit: int) -> Numbers:
        """Whole numbers from 0 (included) to `limit` (excluded)."""
        return (self.uniform(question, of) * limit).astype(np.int64)

    def choose(self, question: str, of: ArrayLike, weights: ArrayLike) -> Numbers:
        """Positions in `weights`, each as often as its weight says."""
        steps = np.cumsum(np.asarray(weights, dtype=np.float64))
        position = np.searchsorted(steps, self.uniform(question, of) * steps[-1], side="right")
        return np.minimum(position, len(steps) - 1).astype(np.int64)

    def normal(self, question: str, of: ArrayLike) -> Shares:
        """Standard normal numbers (Box-Muller)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(question + "#radius", of)))
        return radius * np.cos(2.0 * np.pi * self.uniform(question + "#angle", of))

    def one(self, question: str) -> float:
        """A single number from 0 to 1, for a question about the county as a whole."""
        return float(self.uniform(question, [0])[0])

    def _hash(self, question: str, of: ArrayLike) -> NDArray[np.uint64]:
        digest = blake2b(f"{self.seed}|{question}".encode(), digest_size=8).digest()
        key = np.uint64(int.from_bytes(digest, "little"))
        with np.errstate(over="ignore"):
            mixed = np.asarray(of).astype(np.uint64) * GOLDEN + key
            mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
            mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
            mixed = mixed ^ (mixed >> np.uint64(31))
            # A second round: neighbours in `of` are otherwise related under related keys.
            mixed = (mixed ^ key ^ (mixed >> np.uint64(29))) * FIRST
        return mixed ^ (mixed >> np.uint64(32))
