"""How often a household that receives is looked at again 分类定期核查.

The Interim Measures say 定期核查 and no more; the classes are those of 重庆市城乡居民最低生活保障条例, article 26: each year where
somebody is seriously ill or disabled and income hardly changes, each half-year where things are fairly stable, each
quarter where somebody could work and has none. Whom nobody has put in a class is looked at each year.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from huimin.units.words import Words


@dataclass(frozen=True)
class ReviewClass:
    """One class: its months between two reviews, and whom it is for."""

    months: int
    whom: Words


CLASSES: Mapping[str, ReviewClass] = {
    "A": ReviewClass(12, Words("有重病、重残人员，收入基本无变化：每年核查", "Seriously ill or disabled, income hardly changes: each year")),
    "B": ReviewClass(6, Words("人员和收入相对稳定：每半年核查", "People and income fairly stable: each half-year")),
    "C": ReviewClass(3, Words("有劳动能力但处于无业状态：每季度核查", "Somebody could work and has none: each quarter")),
}  # fmt: skip
UNCLASSED_MONTHS = 12
