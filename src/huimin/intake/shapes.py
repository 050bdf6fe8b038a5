"""What cells of a type look like: how long they are, the shapes of numbers that are names, spellings compared."""

import unicodedata

from huimin.units.divisions import DIGITS

LONGEST_TEXT = 500
# What programs write where there is nothing, and what people write where they do not know.
BLANK = [
    "-", "--", "---", "—", "——", "―", "–", "/", "\\", "\\N", "NULL", "null", "Null", "(NULL)", "(null)", "[NULL]", "[null]",
    "NONE", "None", "none", "NAN", "NaN", "nan", "N/A", "n/a", "#N/A", "<NA>", "NaT", "nil", "#NULL!", "#VALUE!", "#REF!",
    "#NAME?", "#DIV/0!", "#NUM!", "undefined",
]  # fmt: skip
NOT_KNOWN = [
    "无", "空", "（空）", "(空)", "空白", "不详", "不明", "未知", "暂无", "缺失", "待补", "待补充", "未提供", "未填", "未填写", "没有",
]  # fmt: skip
# Types whose cells are no words, so that such a word says that there is nothing.
NO_WORDS = (
    "national_id", "money", "date", "month", "integer", "decimal", "card", "phone", "division", "disability_certificate",
    "reference", "name",
)  # fmt: skip
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
