"""Citizen identity numbers 公民身份号码 after GB 11643: cleaned, checked, read."""

import re
import unicodedata
from datetime import date
from typing import Literal

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
EARLIEST_BIRTH = date(1870, 1, 1)
LATEST_BIRTH = date(2200, 1, 1)

_DROPPED = re.compile(r"[\s'\"’‘`“”\-‐-―\u200b-\u200f\ufeff]")
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")


def clean(text: str | None) -> str:
    """The number in half-width digits and a capital X, without quotes, spaces and dashes.

    >>> clean("'３３０１２７ 19900805029x")
    '33012719900805029X'
    """
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text or "")).upper()


def check_digit(id17: str) -> str:
    """The eighteenth character that belongs to seventeen digits.

    >>> check_digit("11010519491231002")
    'X'
    """
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(id17, WEIGHTS, strict=True)) % 11]


def is_valid(id18: str) -> bool:
    """Whether a cleaned number has its shape, a day of birth that exists, and the right check digit."""
    if not _SHAPE.fullmatch(id18) or birth_date(id18) is None:
        return False
    return check_digit(id18[:17]) == id18[17]


def upgrade15(id15: str) -> str:
    """The eighteen characters that belong to a number of fifteen digits, born in the 1900s.

    >>> upgrade15("110105491231002")
    '11010519491231002X'
    """
    if not re.fullmatch(r"[0-9]{15}", id15):
        raise ValueError("A number of the first generation has fifteen digits.")
    id17 = f"{id15[:6]}19{id15[6:]}"
    return id17 + check_digit(id17)


def birth_date(number: str) -> date | None:
    """The day of birth in a number of 15 or 18 characters; nothing when it names no day."""
    digits = f"19{number[6:12]}" if len(number) == 15 else number[6:14]
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born_on if EARLIEST_BIRTH <= born_on < LATEST_BIRTH else None


def sex(number: str) -> Literal["male", "female"] | None:
    """The sex in a number of 15 or 18 characters; nothing when its place holds no digit."""
    place = number[14:15] if len(number) == 15 else number[16:17]
    if not re.fullmatch(r"[0-9]", place):
        return None
    return "male" if int(place) % 2 else "female"
