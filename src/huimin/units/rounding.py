"""The one place where money is rounded."""

from typing import Literal

Mode = Literal["half_up", "down", "up"]
MODES: tuple[Mode, ...] = ("half_up", "down", "up")


def divide_fen(numerator: int, denominator: int, mode: Mode) -> int:
    """The quotient in whole fen.

    `half_up` goes away from zero from the half on, `down` towards zero, `up` away from it.

    >>> divide_fen(5, 2, "half_up"), divide_fen(5, 2, "down"), divide_fen(-5, 2, "half_up")
    (3, 2, -3)
    """
    if denominator == 0:
        raise ZeroDivisionError("An amount cannot be divided by zero.")
    negative = (numerator < 0) != (denominator < 0)
    whole, rest = divmod(abs(numerator), abs(denominator))
    if mode == "half_up":
        whole += 2 * rest >= abs(denominator)
    elif mode == "up":
        whole += rest > 0
    elif mode != "down":
        raise ValueError(f"Rounding mode {mode!r} is not one of {', '.join(MODES)}.")
    return -whole if negative else whole
