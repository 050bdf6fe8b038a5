"""Working days in China: official holidays and the weekends worked in their place."""

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays

ONE_DAY = timedelta(days=1)
# Deadlines that are set today reach so far, and no further as a rule.
AHEAD = timedelta(days=60)
KNOWN_YEARS = range(min(holidays).year, max(holidays).year + 1)


@dataclass(frozen=True)
class Deadline:
    """A day counted in working days; not `certain` when the calendar of a year on the way is not published
    yet and Monday to Friday were taken for it.
    """

    on: date
    certain: bool


def is_known(year: int) -> bool:
    """Whether the holidays of a year are published in the calendar at hand."""
    return year in KNOWN_YEARS


def calendar_ends(today: date) -> int | None:
    """The last year whose holidays are known, where deadlines set from a day on may reach beyond it; None while they do not.

    >>> calendar_ends(date(KNOWN_YEARS[-1], 3, 1)), calendar_ends(date(KNOWN_YEARS[-1], 12, 1)) == KNOWN_YEARS[-1]
    (None, True)
    """
    return None if is_known(today.year) and is_known((today + AHEAD).year) else KNOWN_YEARS[-1]


def is_working_day(day: date) -> bool:
    """Whether offices work on a day; in a year that is not known, on Monday to Friday."""
    return chinese_calendar.is_workday(day) if is_known(day.year) else day.weekday() < 5


def deadline(day: date, count: int) -> Deadline:
    """The day that comes `count` working days after a day, which itself is not counted.

    With 0 it is the day itself, or the next working day. Backwards for a negative count.
    """
    on, left, certain = day, abs(count), is_known(day.year)
    step = -ONE_DAY if count < 0 else ONE_DAY
    while left or not is_working_day(on):
        on += step
        certain = certain and is_known(on.year)
        left -= left > 0 and is_working_day(on)
    return Deadline(on, certain)


def add_working_days(day: date, count: int) -> date:
    """The day of `deadline`, without saying how certain it is."""
    return deadline(day, count).on


def working_days_between(started_on: date, ended_on: date) -> int:
    """How many working days the period holds, its end excluded; below zero when it runs backwards."""
    if ended_on < started_on:
        return -working_days_between(ended_on, started_on)
    days = (ended_on - started_on).days
    return sum(is_working_day(started_on + ONE_DAY * number) for number in range(days))
