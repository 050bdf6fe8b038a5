"""Cases going through offices that have queues and weekends: the same work, one stamp after the other or side by side.

Every step has its own work in hours, drawn once and used for every way of working. Each office (department and level)
has as many clerks as keep it busy for seven tenths of the hours; a clerk takes what came first, eight hours a working
day. Days are calendar days from the opening to the last step, weekends and holidays of the official calendar included.
"""

import heapq
import math
import random
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from huimin.cases.plan import Joint
from huimin.units.workdays import add_working_days, is_working_day

HOURS = 8
BUSY = 0.7
ARRIVAL_DAYS = 20
SPREAD = 0.6  # of the logarithm of the hours; half of the steps take less than the middle
SHARE_OF_TERM = 0.25  # the middle work of a step, as a share of its term


def work(steps: Sequence[Joint], cases: int, seed: int) -> list[dict[str, float]]:
    """For each case: step -> hours of work, and `opened` -> the working hour it was opened in."""
    chance = random.Random(seed)
    found = []
    for _ in range(cases):
        hours = {
            step.key: step.working_days * HOURS * SHARE_OF_TERM * chance.lognormvariate(0, SPREAD)
            for step in steps
        }
        found.append(hours | {"opened": chance.uniform(0, ARRIVAL_DAYS * HOURS)})
    return found


def days(
    steps: Sequence[Joint],
    drawn: Sequence[Mapping[str, float]],
    first_day: date,
    *,
    in_sequence: bool,
    by_data: Collection[str] = (),
) -> list[int]:
    """For each case the calendar days from its opening to its last step."""  # fmt: skip
    after = _sequence(steps) if in_sequence else {step.key: tuple(step.after) for step in steps}
    office = {step.key: (step.department, step.level) for step in steps}
    free = {name: [0.0] * count for name, count in _clerks(steps, drawn).items()}
    ends: list[dict[str, float]] = [{} for _ in drawn]
    waiting: list[tuple[float, int, str]] = []

    def begin(case: int) -> None:
        for key, before in after.items():
            if (
                key not in ends[case]
                and (case, key) not in begun
                and all(name in ends[case] for name in before)
            ):
                begun.add((case, key))
                ready = max((ends[case][name] for name in before), default=drawn[case]["opened"])
                heapq.heappush(waiting, (ready, case, key))

    begun: set[tuple[int, str]] = set()
    for case in range(len(drawn)):
        begin(case)
    # Work ends in the order it was begun in only within an office, so what follows is looked for after each end.
    while waiting:
        ready, case, key = heapq.heappop(waiting)
        if key in by_data:
            ends[case][key] = ready
        else:
            clerks = free[office[key]]
            start = max(ready, heapq.heappop(clerks))
            ends[case][key] = start + drawn[case][key]
            heapq.heappush(clerks, ends[case][key])
        begin(case)
    return [
        _calendar(first_day, hours["opened"], max(done.values()))
        for hours, done in zip(drawn, ends, strict=True)
    ]


def _sequence(steps: Sequence[Joint]) -> dict[str, tuple[str, ...]]:
    return {step.key: (steps[number - 1].key,) if number else () for number, step in enumerate(steps)}


def _clerks(steps: Sequence[Joint], drawn: Sequence[Mapping[str, float]]) -> dict[tuple[str, str], int]:
    load: dict[tuple[str, str], float] = {}
    for step in steps:
        name = (step.department, step.level)
        load[name] = load.get(name, 0) + sum(hours[step.key] for hours in drawn)
    return {name: max(1, math.ceil(hours / (ARRIVAL_DAYS * HOURS * BUSY))) for name, hours in load.items()}


def _calendar(first_day: date, opened: float, ended: float) -> int:
    return (_day(first_day, ended) - _day(first_day, opened)).days


def _day(first_day: date, hour: float) -> date:
    start = first_day if is_working_day(first_day) else add_working_days(first_day, 1)
    return add_working_days(start, int(hour // HOURS)) if hour >= HOURS else start + timedelta(0)
