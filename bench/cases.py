"""Cases at size: one step, and the sweep of deadlines.

    python bench/cases.py [--cases 1000000] [--quick] [--json]

`step_*`: an officer completes one step of one case among that many open ones, again and again; the time in the
database and the whole time of the act. `sweep_s`: the deadlines of as many open steps are swept, a hundredth of them
late; `sweep_all_late_s`: every one of them late.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from huimin_platform.command import session

TODAY, AT = date(2026, 7, 1), datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
COUNTY, TOWN, VILLAGE = "330127000000", "330127201000", "330127201201"
STEPS_TIMED = 1_000

HOUSEHOLDS = """
insert into registry_household (residence, division) select 'rural', %s from generate_series(1, %s)
"""
CASES = """
insert into cases_case (number, household_id, division, department, state, opened_on, due_on, version, review_class)
select 'B-' || id, id, division, 'civil_affairs', 'reviewing', %s, %s, 1, '' from registry_household
"""
STEPS = """
insert into cases_step (case_id, key, name, department, level, policies, state, working_days, due_on, after, datasets,
    escalated_level, evidence)
select found.id, each.key, '{"zh": "x", "en": "x"}', 'civil_affairs', each.level, '[]', each.state, 3, %s,
    each.after::jsonb, '[]', '', '[]'
from cases_case found cross join (values ('review', 'township', 'open', '[]'),
    ('decide', 'county', 'waiting', '["review"]')) as each(key, level, state, after)
"""


class Stopwatch:
    """Sums the seconds that statements spend in the database."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            self.seconds += time.perf_counter() - started


class Commits:
    """Keeps the milliseconds of each commit, which no statement shows."""

    def __init__(self) -> None:
        self.spent: list[float] = []

    @contextmanager
    def timed(self, connection: Any) -> Iterator[None]:
        """Times the commits made in the block."""
        commit = connection.commit

        def watched() -> None:
            started = time.perf_counter()
            commit()
            self.spent.append((time.perf_counter() - started) * 1000)

        connection.commit = watched
        try:
            yield
        finally:
            del connection.commit


def fill(cases: int) -> float:
    """Seconds to make that many open cases, each with an open and a waiting step."""
    from django.db import connection

    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(HOUSEHOLDS, [VILLAGE, cases])
        cursor.execute(CASES, [TODAY, TODAY + timedelta(days=30)])
        cursor.execute(STEPS, [TODAY + timedelta(days=30)])
        cursor.execute("vacuum analyze cases_case")
        cursor.execute("vacuum analyze cases_step")
        # What the filling wrote is on disk before anything is timed, as on a system that has run for a while.
        cursor.execute("checkpoint")
    return time.perf_counter() - started


def steps_timed(count: int) -> dict[str, float]:
    """Milliseconds of completing one step: in the database and in all, the median and the 95th of a hundred."""
    from django.db import connection

    from huimin_platform.base.models import User
    from huimin_platform.cases import actions
    from huimin_platform.cases.models import Step

    officer = User.objects.create_user("bench", role="township", division=TOWN, department="civil_affairs")
    User.objects.create_user("superior", role="county", division=COUNTY, department="civil_affairs")
    ids = list(
        Step.objects.filter(key="review", state="open").order_by("?").values_list("pk", flat=True)[:count]
    )
    inside, whole, commits = [], [], Commits()
    for step in ids:
        watch, started = Stopwatch(), time.perf_counter()
        with connection.execute_wrapper(watch), commits.timed(connection):
            actions.complete_step(step=step, reason="核实", at=AT, by=officer)
        whole.append((time.perf_counter() - started) * 1000)
        inside.append(watch.seconds * 1000)
    return {
        "step_database_ms_median": round(statistics.median(inside), 2),
        "step_database_ms_p95": round(statistics.quantiles(inside, n=20)[-1], 2),
        "step_commit_ms_median": round(statistics.median(commits.spent), 2),
        "step_whole_ms_median": round(statistics.median(whole), 2),
        "step_whole_ms_p95": round(statistics.quantiles(whole, n=20)[-1], 2),
    }


def swept(share: int) -> tuple[int, float]:
    """How many of the open steps were found late and told upwards, and the seconds; every `share`th is late."""
    from django.db import connection

    from huimin_platform.cases import keeping

    with connection.cursor() as cursor:
        cursor.execute("update cases_step set due_on = %s where key = 'review' and case_id %% %s = 0",
                       [TODAY - timedelta(days=1), share])  # fmt: skip
        cursor.execute("vacuum analyze cases_step")
        # What made them late is on disk before the sweep is timed; else a checkpoint of it may fall into the sweep.
        cursor.execute("checkpoint")
    started = time.perf_counter()
    told = keeping.escalate(today=TODAY, at=AT)
    return told, time.perf_counter() - started


def at_size(cases: int) -> dict[str, Any]:
    """The figures of a home with that many open cases."""
    found: dict[str, Any] = {"cases": cases, "fill_s": round(fill(cases), 1)}
    found |= steps_timed(STEPS_TIMED)
    for name, share in (("sweep", 100), ("sweep_all_late", 1)):
        told, seconds = swept(share)
        found |= {f"{name}_steps": told, f"{name}_s": round(seconds, 2)}
    return found


def main() -> int:
    """Prints the figures of a fresh home."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="20,000 cases")
    parser.add_argument("--json", action="store_true", help="as one line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huimin-cases-") as folder:
        session.OPTIONS.as_json = True
        session.choose_home(Path(folder) / "home")
        with session.opened():
            found = at_size(20_000 if asked.quick else asked.cases)
    print(json.dumps(found) if asked.json else "\n".join(f"{name} {value}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
