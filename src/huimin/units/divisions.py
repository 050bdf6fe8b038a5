"""Codes of administrative divisions 行政区划代码: twelve digits, the leading ones name the places around."""

from functools import lru_cache
from itertools import pairwise
from typing import Literal

Level = Literal["nation", "province", "city", "county", "town", "village"]
DIGITS: dict[Level, int] = {"nation": 0, "province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
LONGEST = 12


# GB/T 2260: the names of the provinces, which a county's own list of divisions does not hold.
PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip


@lru_cache(maxsize=65_536)
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
