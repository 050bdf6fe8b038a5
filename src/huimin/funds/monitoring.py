"""Whole-process monitoring of funds 资金全程监控: how fast money reaches people, how long it lies idle, which projects to end.

A fund's plan is its part of the year: half-way from the day its money came to the year's end, half should have gone out.
Speed is what was used over what the plan asks for by today.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from huimin.units.words import Words

# M21: a warning below seven tenths; two years in a row below them and a project is put up for ending.
BAR = 0.70
IDLE_DAYS = 180
YEARS_BELOW = 2

WARNINGS = {
    "slow": Words(
        "按时间进度应已使用 {planned:.1%}，实际 {used:.1%}，不到计划的 {bar:.0%}。请查明原因，加快支付或调减预算。",
        "By today {planned:.1%} should have been used, {used:.1%} is: less than {bar:.0%} of the plan. Find out why; pay faster or give money back.",
    ),
    "idle": Words(
        "已 {days} 天没有支付，闲置 {yuan} 元。请说明用途或交回财政。",
        "Nothing was paid for {days} days; {yuan} yuan lie idle. Say what they are for or give them back.",
    ),
    "exit": Words(
        "{years} 两个年度使用率都低于 {bar:.0%}，建议退出。",
        "Below {bar:.0%} in both years {years}: put up for ending.",
    ),
}


@dataclass(frozen=True)
class Use:
    """How a fund is used on a day: shares of what came in, its speed against the plan, days without a payment."""

    used: float
    planned: float
    speed: float
    idle_days: int
    warnings: tuple[Words, ...]


def use(
    *,
    received_fen: int,
    paid_fen: int,
    left_fen: int,
    year: int,
    received_on: date,
    last_paid_on: date | None,
    today: date,
) -> Use:
    """How a fund is used on a day.

    Money counts as idle since it was last paid from, or since it came in; only while some is left.
    """
    planned = _passed(max(received_on, date(year, 1, 1)), year, today)
    used = paid_fen / received_fen if received_fen else 0.0
    speed = used / planned if planned else 1.0
    idle = max((today - (last_paid_on or received_on)).days, 0) if left_fen else 0
    warnings = []
    if received_fen and left_fen and speed < BAR:
        warnings.append(WARNINGS["slow"].filled(planned=planned, used=used, bar=BAR))
    if idle > IDLE_DAYS:
        warnings.append(WARNINGS["idle"].filled(days=idle, yuan=f"{left_fen / 100:,.2f}"))
    return Use(used, planned, speed, idle, tuple(warnings))


def to_end(shares: Iterable[tuple[int, float]], today: date) -> Words | None:
    """Why a project is put up for ending: two full years in a row in which too little of its money was used.

    `shares` are (year, share used) of the project; the running year does not count. A person decides, never this.
    """
    full = sorted((year, share) for year, share in shares if year < today.year)
    for (one, first), (other, second) in reversed(list(pairwise(full))):
        if other - one == 1 and first < BAR and second < BAR:
            return WARNINGS["exit"].filled(years=f"{one}, {other}", bar=BAR)
    return None


def _passed(first: date, year: int, today: date) -> float:
    """Which share of the time from a day to the end of a year has passed by the end of today."""
    whole = max((date(year + 1, 1, 1) - first).days, 1)
    return min(max(((today - first).days + 1) / whole, 0.0), 1.0)
