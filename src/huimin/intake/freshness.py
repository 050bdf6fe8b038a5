"""Whether departments keep their promise: each data set's last delivery against its rhythm, and what share keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

State = Literal["in_time", "late", "never"]


@dataclass(frozen=True)
class Freshness:
    """How a data set stands on a day: when it came last, until when the next delivery is due, by how much it is late."""

    state: State
    last_on: date | None = None
    due_on: date | None = None
    late_days: int = 0


@dataclass(frozen=True)
class Sharing:
    """Who delivers in time 共享率: data sets of those in the catalogue; departments all of whose data sets are in time."""

    data_sets: int
    data_sets_in_time: int
    departments: int
    departments_in_time: int

    @property
    def rate(self) -> float | None:
        """The share of data sets in time, 0 to 1; nothing where the catalogue is empty."""
        return self.data_sets_in_time / self.data_sets if self.data_sets else None

    @property
    def departments_rate(self) -> float | None:
        """The share of departments all of whose data sets are in time, 0 to 1."""
        return self.departments_in_time / self.departments if self.departments else None


def freshness(last_on: date | None, freshness_days: int, today: date) -> Freshness:
    """How a data set stands that came last on a day and is promised every so many days.

    >>> freshness(date(2026, 5, 1), 31, date(2026, 6, 5)).late_days
    4
    """
    if last_on is None:
        return Freshness("never")
    due_on = last_on + timedelta(days=freshness_days)
    late = max((today - due_on).days, 0)
    return Freshness("late" if late else "in_time", last_on, due_on, late)


def sharing(standings: Iterable[tuple[str, State]]) -> Sharing:
    """The shares in time of data sets, given as (department, state) each."""
    of_departments: dict[str, list[bool]] = {}
    for department, state in standings:
        of_departments.setdefault(department, []).append(state == "in_time")
    in_time = [kept for each in of_departments.values() for kept in each]
    return Sharing(len(in_time), sum(in_time), len(of_departments), sum(map(all, of_departments.values())))
