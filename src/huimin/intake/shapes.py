"""What cells of a type look like: how long they are, the shapes of numbers that are names, spellings compared."""

import unicodedata

from huimin.units.divisions import DIGITS

LONGEST_TEXT = 500
LONGEST_NAME = 100
SHAPES = {
    "card": "^[0-9]{8,32}$",
    "phone": "^(?:1[3-9][0-9]{9}|0[0-9]{9,11}|[0-9]{7,8})$",
    "division": f"^(?:{'|'.join(f'[0-9]{{{digits}}}' for digits in DIGITS.values() if digits)})$",
    "disability_certificate": "^[0-9]{17}[0-9X][1-7][1-4](?:B[0-9])?[0-9]{0,2}$",
}


def longest(kind: str) -> int:
    """How many characters a cell of a type may have."""
    return LONGEST_NAME if kind == "name" else LONGEST_TEXT


def spelled(way: str) -> str:
    """A spelling of a value in half-width capitals without spaces, as cells are compared with it."""
    return unicodedata.normalize("NFKC", way).upper().replace(" ", "")
