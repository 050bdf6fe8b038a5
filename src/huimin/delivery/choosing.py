"""Whom a service order is offered to first 派单次序: who is near, has room, and is well spoken of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Candidate:
    """A contract that fits an order: how many digits of the place it is for, the persons it serves and may serve at most
    (None: no limit), what residents give its provider of five, and since when it is signed.
    """

    contract: str
    digits: int
    serving: int
    most: int | None
    estimate: float
    signed_at: datetime

    @property
    def full(self) -> bool:
        """Whether it serves as many persons as the contract allows."""
        return self.most is not None and self.serving >= self.most


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates in the order in which they are asked: of the nearest place, with room, by rating, then who serves the
    fewest, then the oldest. Ratings that differ by less than a tenth are alike.
    """
    return sorted(
        candidates,
        key=lambda one: (
            one.full,
            -one.digits,
            -round(one.estimate, 1),
            one.serving,
            one.signed_at,
            one.contract,
        ),
    )
