"""Amounts of money as people write them, as whole fen."""

import re
import unicodedata

from huimin.units.rounding import divide_fen

# Fen in one of each unit an amount may end in.
UNIT_FEN = {
    "": 100, "元": 100, "圆": 100, "块": 100, "千元": 100_000, "百元": 10_000,
    "万": 1_000_000, "万元": 1_000_000, "角": 10, "分": 1,
}  # fmt: skip
# What stands in a cell when there is no amount.
EMPTY = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "\\n", "null", "(null)", "none", "nan", "n/a", "#n/a", "<na>"}
    | {"无", "空", "(空)", "空白", "不详", "不明", "未知", "暂无", "缺失", "待补", "未提供", "未填", "没有"}
)
# What is written beside an amount and says nothing more: its unit in brackets, a note without digits, by the month.
UNIT_IN_BRACKETS = r"\((万元|万|千元|百元|元|角|分)\)$"
BESIDE = r"(?:\([^()0-9]*\)|/月|人民币|RMB|CNY)$"
# More digits than this is no amount of money, and would not fit 64 bits in fen.
MOST_DIGITS = 12

# Sign, currency, sign, whole number, decimals, unit. Written for every kind of regular expression.
AMOUNT = (
    "^([+-]?)(?:[¥￥$]|RMB|CNY|人民币)?:?([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:[.]([0-9]*))?"
    "(万元|万|千元|百元|元|圆|块|角|分)?(?:整|正)?$"
)
SCIENTIFIC = "^[+-]?[0-9](?:[.][0-9]+)?[eE][+-]?[0-9]{1,2}$"


def parse_fen(text: str | None) -> int | None:
    """The amount in fen; nothing for an empty cell or for text that is no amount.

    Below a fen it is rounded half up.

    >>> [parse_fen(text) for text in ("1,234.50", "¥62.71", "0.805187万元", "-", "１２元", "(5.00)")]
    [123450, 6271, 805187, None, 1200, -500]
    """
    plain = plain_amount(text)
    if re.search(SCIENTIFIC, plain):
        # Such text comes from a spreadsheet's float: nothing is lost by reading it as one.
        plain = f"{float(plain):.6f}"
    match = re.search(AMOUNT, plain)
    if match is None or plain.lower() in EMPTY:
        return None
    before, after, whole, decimals, unit = match.groups()
    digits = (whole or "").replace(",", "")
    if not (digits or decimals) or (before and after) or len(digits.lstrip("0")) > MOST_DIGITS:
        return None
    scale = 10 ** len(decimals or "")
    exact = int(digits or "0") * scale + int(decimals or "0")
    fen = divide_fen(exact * UNIT_FEN[unit or ""], scale, "half_up")
    return -fen if "-" in (before, after) else fen


def plain_amount(text: str | None) -> str:
    """The text of an amount in half-width signs, without spaces; (5.00) as -5.00."""
    plain = re.sub(r"[\s'\"’‘`]", "", unicodedata.normalize("NFKC", text or "").replace("−", "-"))
    bracketed = re.fullmatch(r"\(([^()]+)\)", plain)
    if bracketed:
        return plain if plain.lower() in EMPTY else f"-{bracketed[1]}"
    return re.sub(BESIDE, "", re.sub(UNIT_IN_BRACKETS, r"\1", plain))


def format_yuan(fen: int) -> str:
    """The amount in yuan with two decimals and commas.

    >>> format_yuan(125000), format_yuan(-5)
    ('1,250.00', '-0.05')
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
