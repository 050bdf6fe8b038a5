"""From a decision to the periods that are due: when a grant starts, what it owes in a month, under which
key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

# Not every entitlement is money: an edge household 低保边缘家庭 gets a standing that opens other help, and what services
# may cost a month is paid to who gave them.
KINDS = ("cash", "status", "service")
PERIODS = ("month", "once", "none")


@dataclass(frozen=True)
class Terms:
    """What a policy grants: money, a standing or services, once or each month, from when, for how many months."""

    kind: str
    per: str
    months: int | None = None
    starts: str = "next_month"

    def __post_init__(self) -> None:
        assert self.kind in KINDS, self.kind
        assert self.per in PERIODS, self.per
        assert self.starts in ("next_month", "this_month", "at_once"), self.starts


@dataclass(frozen=True)
class Due:
    """One period of a grant that is due: `2026-08` or `once`, with the day it falls due."""

    period: str
    on: date
    amount_fen: int


@dataclass(frozen=True)
class Rate:
    """What a grant owes each month from a month on, as decided."""

    started_on: date
    amount_fen: int


def span(terms: Terms, decided_on: date) -> tuple[date, date | None]:
    """The half-open period of a grant decided on a day; no end where the policy sets none.

    >>> span(Terms("cash", "month", 12), date(2026, 7, 1))
    (datetime.date(2026, 8, 1), datetime.date(2027, 8, 1))
    """
    started_on = _start(terms, decided_on)
    ended_on = add_months(started_on, terms.months) if terms.months else None
    return started_on, ended_on


def due(
    terms: Terms,
    amount_fen: int,
    started_on: date,
    ended_on: date | None,
    today: date,
    rates: Sequence[Rate] = (),
) -> list[Due]:
    """Every period of a grant that is due by today, oldest first; what was due before stays in the list. `rates`: where
    the amount was changed, all there were, in the order decided.

    The caller keeps them apart by key, so asking twice orders once.

    >>> [item.period for item in due(Terms("cash", "month"), 100, date(2026, 7, 1), None, date(2026, 8, 15))]
    ['2026-07', '2026-08']
    """
    if terms.kind != "cash" or amount_fen <= 0 or today < started_on:
        return []
    if terms.per == "once":
        return [Due("once", started_on, amount_fen)]
    return [
        Due(f"{day:%Y-%m}", day, rate_in(rates, day, amount_fen))
        for day in _months(started_on, ended_on, today)
    ]


def rate_in(rates: Sequence[Rate], month: date, amount_fen: int) -> int:
    """What is owed in a month: the last decision that counts by then; `amount_fen` where none does.

    >>> rate_in([Rate(date(2026, 7, 1), 100), Rate(date(2026, 9, 1), 80)], date(2026, 8, 1), 100)
    100
    """
    return next((rate.amount_fen for rate in reversed(rates) if rate.started_on <= month), amount_fen)


def arrears(rates: Sequence[Rate], amount_fen: int, ordered: Mapping[date, int]) -> dict[date, int]:
    """month -> what is missing in it, where less was ordered than is owed. What was ordered above is not touched.

    >>> arrears([Rate(date(2026, 8, 1), 120)], 100, {date(2026, 7, 1): 100, date(2026, 8, 1): 100})
    {datetime.date(2026, 8, 1): 20}
    """
    missing = {month: rate_in(rates, month, amount_fen) - fen for month, fen in sorted(ordered.items())}
    return {month: fen for month, fen in missing.items() if fen > 0}


def order_key(grant: int, period: str) -> str:
    """The key of the one order a grant can have for a period."""
    return f"{grant}:{period}"


def add_months(day: date, months: int) -> date:
    """The first of the month that many months after the month of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _start(terms: Terms, decided_on: date) -> date:
    if terms.starts == "at_once":
        return decided_on
    return add_months(decided_on, 1 if terms.starts == "next_month" else 0)


def _months(started_on: date, ended_on: date | None, today: date) -> Iterator[date]:
    day = started_on
    while day <= today and (ended_on is None or day < ended_on):
        yield day
        day = add_months(day, 1)
