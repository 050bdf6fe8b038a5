"""Unified social credit codes 统一社会信用代码 of organisations (GB 32100-2015): cleaned, and checked by their last character."""

import unicodedata

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def clean(text: str) -> str:
    """The code without spaces, in half-width capitals.

    >>> clean(" 9133 0127mama0000 0f ")
    '91330127MAMA00000F'
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def check_sign(head: str) -> str:
    """The last character of a code that begins with these seventeen."""
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(head))
    return SIGNS[-total % 31]


def is_valid(text: str) -> bool:
    """Whether a cleaned code has 18 permitted characters and the last one fits.

    >>> is_valid("91350100M000100Y43"), is_valid("91350100M000100Y44"), is_valid("91350100I000100Y43")
    (True, False, False)
    """
    if len(text) != LENGTH or any(sign not in SIGNS for sign in text):
        return False
    return check_sign(text[:-1]) == text[-1]
