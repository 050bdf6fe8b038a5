"""Cases at size, and the loop's own promise on a make-believe county.

    python bench/cases.py [--cases 1000000] [--persons 3000] [--quick] [--json]

`step_*`: an officer completes one step of one case among that many open ones, again and again; the time in the
database and the whole time of the act. `sweep_s`: the deadlines of as many open steps are swept, a hundredth of them
late; `sweep_all_late_s`: every one of them late. `promise_*`: the low-income allowance on a county that is received and
advanced through the public doors, with the same working days a step: before, each department's stamp after the other
and every paper brought; after, as the cases of the county stand once opened. Those are terms, the most that may pass;
`promise_worked_*` has the same cases worked by offices with queues and weekends (`cases_queues.py`), each step with the
same work in every way of working.
"""

import argparse
import json
import statistics
import subprocess
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
ALLOWANCE = "subsistence_allowance"
STEPS_TIMED = 1_000
SEED = 20260701

HOUSEHOLDS = """
insert into registry_household (residence, division) select 'rural', %s from generate_series(1, %s)
"""
CASES = """
insert into cases_case (number, household_id, division, department, state, opened_on, due_on, version)
select 'B-' || id, id, division, 'civil_affairs', 'reviewing', %s, %s, 1 from registry_household
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


def promise(home: Path, persons: int) -> dict[str, Any]:
    """Days and papers of the allowance before and after, over the cases of a make-believe county."""
    from huimin.units.workdays import add_working_days
    from huimin_platform.cases import policies
    from huimin_platform.cases.models import Case
    from huimin_platform.command import demo
    from huimin_platform.intake.queries import delivered

    demo.receive(home / "county", persons, demo.officers()["steward"])
    demo.advance(demo.FIRST_DAY)
    rule = policies.policy(ALLOWANCE, TODAY)
    days, here = sum(step.working_days for step in rule.steps), delivered()
    left = [paper for paper in rule.papers if not paper.data_sets or not set(paper.data_sets) <= here]
    before, after = [], []
    for case in Case.objects.filter(items__policy=ALLOWANCE).prefetch_related("steps"):
        due = [
            step.due_on for step in case.steps.all() if ALLOWANCE in step.policies and step.state != "done"
        ]
        before.append((add_working_days(case.opened_on, days) - case.opened_on).days)
        after.append((max(due, default=case.opened_on) - case.opened_on).days)
    return _worked(rule, here, len(after)) | {
        "promise_cases": len(after),
        "promise_stamps_before": len({(step.department, step.level) for step in rule.steps}),
        "promise_days_before": statistics.mean(before),
        "promise_days_after": statistics.mean(after),
        "promise_days_after_most": max(after),
        "promise_papers_before": len(rule.papers),
        "promise_papers_after": len(left),
    }


def _worked(rule: Any, here: set[str], cases: int) -> dict[str, Any]:
    """The same cases with work, queues and weekends: stamps in sequence, side by side, and side by side with the data."""
    from cases_queues import days, work

    from huimin.cases.plan import joint

    steps = joint({rule.name: rule.steps})
    drawn = work(steps, cases, SEED)
    by_data = {step.key for step in steps if step.evidence and set(step.evidence) <= here}
    ways = {
        "sequence": days(steps, drawn, TODAY, in_sequence=True),
        "parallel": days(steps, drawn, TODAY, in_sequence=False),
        "parallel_with_data": days(steps, drawn, TODAY, in_sequence=False, by_data=by_data),
    }
    found: dict[str, Any] = {"promise_worked_seed": SEED}
    for name, spent in ways.items():
        found[f"promise_worked_days_{name}"] = round(statistics.mean(spent), 1)
        found[f"promise_worked_days_{name}_p95"] = round(statistics.quantiles(spent, n=20)[-1], 1)
    return found


def in_home(part: str, size: int) -> dict[str, Any]:
    """The figures of one part, in a fresh home."""
    with tempfile.TemporaryDirectory(prefix="huimin-cases-") as folder:
        home = Path(folder) / "home"
        session.OPTIONS.as_json = True
        session.choose_home(home)
        with session.opened():
            return at_size(size) if part == "size" else promise(home, size)


def main() -> int:
    """Prints the figures; each part runs in a process of its own, because a process has one home."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--persons", type=int, default=3_000)
    parser.add_argument("--quick", action="store_true", help="20,000 cases and 1,000 persons")
    parser.add_argument("--json", action="store_true", help="as one line")
    parser.add_argument("--part", choices=["size", "promise"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sizes = (
        {"size": 20_000, "promise": 1_000} if asked.quick else {"size": asked.cases, "promise": asked.persons}
    )
    if asked.part:
        print(json.dumps(in_home(asked.part, sizes[asked.part])))
        return 0
    found: dict[str, Any] = {}
    for part in sizes:
        run = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--part", part],
                             stdout=subprocess.PIPE, check=True)  # fmt: skip
        found |= json.loads(run.stdout.splitlines()[-1])
    print(json.dumps(found) if asked.json else "\n".join(f"{name} {value}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
