"""Which deliveries of a data set count: snapshots end what they no longer name, increments add, parts replace their like."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from huimin.tables.definitions import Way

# Days, months and years in names: 2026-6-30, 20260630, 2026年6月30日; 2026-06, 202606, 2026年6月; 2026年度.
_DAYS = (
    r"(?<![0-9])(20[0-9]{2})[-_.年](1[0-2]|0?[1-9])[-_.月](3[01]|[12][0-9]|0?[1-9])日?(?![0-9])",
    r"(?<![0-9])(20[0-9]{2})(1[0-2]|0[1-9])(3[01]|[12][0-9]|0[1-9])(?![0-9])",
)
_MONTHS = (
    r"(?<![0-9])(20[0-9]{2})[-_.年](1[0-2]|0?[1-9])月?(?![0-9])",
    r"(?<![0-9])(20[0-9]{2})(1[0-2]|0[1-9])(?![0-9])",
)
_YEAR = r"(?<![0-9])(20[0-9]{2})年度?"


@dataclass(frozen=True)
class Sent:
    """One file as a delivery sent it: whose rows it holds, in which part, how it is meant, and when it holds."""

    content: int
    delivery: int
    part: str
    way: Way
    order: tuple[Any, ...]


def counting(sent: Iterable[Sent]) -> list[int]:
    """The contents whose rows count, each once, the earlier first: what a day says stands until a later day says otherwise.

    >>> one, two = Sent(1, 1, "a", "records", (1,)), Sent(2, 2, "a", "records", (2,))
    >>> counting([two, one]), counting([one])
    ([2], [1])
    """
    standing: list[Sent] = []
    for each in sorted(sent, key=lambda each: each.order):
        if each.way == "snapshot":
            standing = [other for other in standing if other.delivery == each.delivery]
        elif each.way != "increment":
            standing = [
                other for other in standing if other.part != each.part or other.content == each.content
            ]
        standing = [other for other in standing if other.content != each.content] + [each]
    return [each.content for each in standing]


def part_of(name: str, way: Way) -> str:
    """The part that a file stands for: its name, of a register without the date.

    >>> part_of("低保名册2026年6月.xlsx", "register"), part_of("低保名册2026年6月.xlsx", "records")
    ('低保名册.xlsx', '低保名册2026年6月.xlsx')
    """
    if way != "register":
        return name
    for pattern in (*_DAYS, *_MONTHS, _YEAR):
        name = re.sub(pattern, "", name)
    return re.sub(r"[-_（(]?[)）]?(?=\.[A-Za-z]+$)", "", name)


def as_of(name: str) -> date | None:
    """The day that a file's name says its rows are of, the last one of a month or year; nothing where it names none.

    >>> as_of("名册20260630.csv"), as_of("2026年2月结算.xlsx"), as_of("名册.csv")
    (datetime.date(2026, 6, 30), datetime.date(2026, 2, 28), None)
    """
    stem = name.rpartition("/")[2]
    if found := next(filter(None, (re.search(pattern, stem) for pattern in _DAYS)), None):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            return None
    if found := next(filter(None, (re.search(pattern, stem) for pattern in _MONTHS)), None):
        year, month = map(int, found.groups())
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    if found := re.search(_YEAR, stem):
        return date(int(found[1]), 12, 31)
    return None


def without_replaced(
    frames: Sequence[tuple[pl.DataFrame, bool]],
    key: Sequence[str],
    others: Sequence[pl.DataFrame] | None = None,
) -> list[pl.DataFrame]:
    """The rows of files, the earlier first, without those whose key a later increment has again.

    Each frame comes with whether its file is an increment. `others` are further rows of the same files, from which
    the same is left out instead. A row without a whole key is never replaced.
    """
    result, later = [], pl.DataFrame()
    of = others or [frame for frame, _ in frames]
    for (frame, increment), rows in zip(reversed(frames), reversed(of), strict=True):
        kept = rows
        if later.height and key:
            kept = rows.join(later, on=list(key), how="anti")
        result.append(kept)
        if increment and key:
            own = frame.select(key).drop_nulls().unique()
            later = pl.concat([later, own]).unique() if later.height else own
    return result[::-1]


@dataclass(frozen=True)
class Difference:
    """What a delivery would change: rows new, gone, with another content under the same key, and the same."""

    fresh: int
    gone: int
    changed: int
    same: int


def difference(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> Difference:
    """How the rows that count would change; rows without their key are compared as wholes."""
    names = [name for name in after.columns if name != "line" and name in before.columns]
    one, two = (frame.select(names).unique(maintain_order=True) for frame in (before, after))
    same = two.join(one, on=names, how="semi", nulls_equal=True).height
    on: list[str] = [name for name in key if name in names] or names
    fresh = two.join(one, on=names, how="anti", nulls_equal=True)
    lost = one.join(two, on=names, how="anti", nulls_equal=True)
    changed = fresh.join(lost.select(on).unique(), on=on, how="semi").height if on != names else 0
    replaced = lost.join(fresh.select(on).unique(), on=on, how="semi").height if on != names else 0
    return Difference(fresh.height - changed, lost.height - replaced, changed, same)
