"""Codes of administrative divisions 行政区划代码: twelve digits, the leading ones name the places around."""

from itertools import pairwise
from typing import Literal

Level = Literal["nation", "province", "city", "county", "town", "village"]
DIGITS: dict[Level, int] = {"nation": 0, "province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
LONGEST = 12


def prefix(code: str) -> str:
    """The leading digits that all places inside share: the code without the zeros of the levels below.

    >>> prefix("330127000000"), prefix("330127"), prefix("330127201000")
    ('330127', '330127', '330127201')
    """
    lengths = sorted(DIGITS.values())
    for outer, inner in pairwise(lengths):
        if not code[outer:].strip("0"):
            return code[:outer]
        if len(code) <= inner:
            break
    return code


def level(code: str) -> Level:
    """The level a code names.

    >>> level("330127201000"), level("330000000000")
    ('town', 'province')
    """
    digits = len(prefix(code))
    return next(name for name, length in DIGITS.items() if digits <= length)


def encloses(outer: str, inner: str) -> bool:
    """Whether the outer division is the inner one or lies around it.

    >>> encloses("330127000000", "330127201206"), encloses("330127201000", "330127000000")
    (True, False)
    """
    return inner.startswith(prefix(outer))


def padded(code: str) -> str:
    """The code in its twelve digits.

    >>> padded("330127")
    '330127000000'
    """
    return code.ljust(LONGEST, "0")
