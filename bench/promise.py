"""The loop's own promise on a make-believe county: days and papers of the low-income allowance, before and after.

    python bench/promise.py [--persons 10000] [--quick] [--json]

The county is received and advanced through the public doors; the figures are of the cases that opened. Before: each
department's stamp after the other and every paper brought. After: as the cases stand once opened, with the same working
days a step. Those are terms, the most that may pass. `worked_*` has the same cases worked by offices with queues and
weekends (`cases_queues.py`), each step with the same work in every way of working. The days of the public posting are
the same before and after and nobody works in them; like the law (重庆市城乡居民最低生活保障条例, article 19) the figures leave them
out, and `posting_days` says how many they are.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from cases_queues import days, work

from huimin.cases.plan import Joint, joint
from huimin.rules.policy import POSTED_STEP
from huimin.units.workdays import add_working_days
from huimin_platform.command import session

ALLOWANCE = "subsistence_allowance"
SEED = 20260701
GOAL_DAYS, GOAL_PAPERS_LESS = 7, 0.6


def measured(home: Path, persons: int) -> dict[str, Any]:
    """The figures of a county of that many persons."""
    from huimin_platform.cases import policies
    from huimin_platform.cases.models import Case
    from huimin_platform.command import demo
    from huimin_platform.intake.queries import delivered

    started = time.perf_counter()
    demo.receive(home / "county", persons, demo.officers()["steward"])
    demo.advance(demo.FIRST_DAY)
    rule = policies.policy(ALLOWANCE, demo.FIRST_DAY)
    steps, here = without_posting(joint({rule.name: rule.steps})), delivered()
    cases = list(Case.objects.filter(items__policy=ALLOWANCE).prefetch_related("steps"))
    assert cases, "no case of the allowance opened"
    in_sequence = sum(step.working_days for step in steps)
    before = [(add_working_days(case.opened_on, in_sequence) - case.opened_on).days for case in cases]
    after = [
        (
            _last(steps, {step.key for step in case.steps.all() if step.state == "done"}, case.opened_on)
            - case.opened_on
        ).days
        for case in cases
    ]
    brought = [paper for paper in rule.papers if not paper.data_sets or not set(paper.data_sets) <= here]
    less = 1 - len(brought) / len(rule.papers)
    return {
        "persons": persons,
        "cases": len(cases),
        "stamps_before": len({(step.department, step.level) for step in steps}),
        "stamps_after": statistics.mean(
            sum(step.state != "done" and not step.key.endswith(POSTED_STEP) for step in case.steps.all() if ALLOWANCE in step.policies)
            for case in cases
        ),
        "days_before": statistics.mean(before),
        "days_after": round(statistics.mean(after), 2),
        "days_after_most": max(after),
        "papers_before": len(rule.papers),
        "papers_after": len(brought),
        "papers_less": round(less, 2),
        "posting_days": rule.posting.days if rule.posting else 0,
        "kept": max(after) <= GOAL_DAYS and less >= GOAL_PAPERS_LESS,
    } | _worked(steps, here, len(cases)) | {"seconds": round(time.perf_counter() - started, 1)}  # fmt: skip


def without_posting(steps: Iterable[Joint]) -> tuple[Joint, ...]:
    """The steps that somebody works on; what waited for the posting waits for what the posting waited for."""
    from dataclasses import replace

    posted = {step.key: step.after for step in steps if step.key.endswith(POSTED_STEP)}
    return tuple(
        replace(step, after=tuple(key for name in step.after for key in posted.get(name, (name,))))
        for step in steps
        if step.key not in posted
    )


def _last(steps: Iterable[Joint], done: Collection[str], opened_on: date) -> date:
    """The last deadline of a case whose departments work side by side."""
    due: dict[str, date] = {}
    for step in steps:
        start = max((due[name] for name in step.after), default=opened_on)
        due[step.key] = start if step.key in done else add_working_days(start, step.working_days)
    return max(due.values())


def _worked(steps: tuple[Joint, ...], here: set[str], cases: int) -> dict[str, Any]:
    """The same cases with work, queues and weekends: stamps in sequence, side by side, and side by side with the data."""
    from huimin_platform.command import demo

    drawn = work(steps, cases, SEED)
    by_data = {step.key for step in steps if step.evidence and set(step.evidence) <= here}
    ways = {
        "sequence": days(steps, drawn, demo.FIRST_DAY, in_sequence=True),
        "parallel": days(steps, drawn, demo.FIRST_DAY, in_sequence=False),
        "parallel_with_data": days(steps, drawn, demo.FIRST_DAY, in_sequence=False, by_data=by_data),
    }
    found: dict[str, Any] = {"worked_seed": SEED}
    for name, spent in ways.items():
        found[f"worked_days_{name}"] = round(statistics.mean(spent), 1)
        found[f"worked_days_{name}_p95"] = round(statistics.quantiles(spent, n=20)[-1], 1)
    return found


def main() -> int:
    """Prints the figures; 1 where the promise is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="1,000 persons")
    parser.add_argument("--json", action="store_true", help="as one line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huimin-promise-") as folder:
        home = Path(folder) / "home"
        session.OPTIONS.as_json = True
        session.choose_home(home)
        with session.opened():
            found = measured(home, 1_000 if asked.quick else asked.persons)
    print(json.dumps(found) if asked.json else "\n".join(f"{name} {value}" for name, value in found.items()))
    return 0 if found["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
