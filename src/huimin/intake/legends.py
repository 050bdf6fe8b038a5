"""The row under the headings in which some forms number the columns, name their units or say what to write."""

import re
from collections.abc import Sequence

LEGEND = (
    r"^[（(\[【]?\s*(?:[甲乙丙丁戊己庚辛壬癸]|[0-9]{1,2}|栏次|行次|必填|选填|文本|数值|日期|"
    r"(?:单位\s*[:：]?\s*)?(?:人民币)?(?:元|万元|千元|百元|角|分)|人|户|亩|平方米|㎡)\s*[）)\]】]?$"
)
_LEGEND = re.compile(LEGEND)


def is_legend(cells: Sequence[str]) -> bool:
    """Whether every cell that is filled explains its column.

    >>> is_legend(("", "（万元）", "亩")), is_legend(("李霞", "（万元）"))
    (True, False)
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(_LEGEND.match(cell) for cell in filled)
