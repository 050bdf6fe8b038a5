"""Shares as whole fen that make up a sum exactly (largest remainders, Hamilton's method)."""

from collections.abc import Sequence
from math import floor

import numpy as np


def whole_fen(
    amounts: np.ndarray, pot_fen: int, floors: Sequence[int], tops: Sequence[int] | None = None
) -> list[int]:
    """The amounts as whole fen that make up the pot, none below its floor or above its top.

    What is left over goes to the largest rests, a fen each. The floors must fit into the pot, and the pot into the tops.
    """
    exact = amounts.tolist()
    most = tops if tops is not None else [pot_fen] * len(exact)
    # A float may fall a hair short of the whole number it stands for.
    whole = [
        min(high, max(low, floor(amount + 1e-6)))
        for amount, low, high in zip(exact, floors, most, strict=True)
    ]
    order = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    left, step = pot_fen - sum(whole), 1
    if left < 0:
        order, step = order[::-1], -1
    while left:
        for place in order:
            if left and floors[place] <= whole[place] + step <= most[place]:
                whole[place] += step
                left -= step
    return whole
