"""Opening a person's file among many persons: milliseconds and questions to the database, through the whole site.

    python bench/person_file.py [--persons 10000,100000] [--opened 300] [--quick] [--json]

A fresh home is filled by COPY-like statements: households of two or three, eight facts a person of five kinds and three
files, four answers a household, two needs, a case in every fourth household with its steps, and as many lines in the audit log as
there are persons. When the database has settled, as one filled days ago, an officer of the county opens files of
persons, and of households, that nobody has opened before, through middleware, access, audit, views and templates. For a
million: `--persons 1000000` (about ten minutes and 10 GB of disk).
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from huimin_platform.command import session

COUNTY, TOWNS = "330127000000", 20
FILL = """
insert into base_division (code, name) select '3301272' || lpad(n::text, 2, '0') || '201', '第' || n || '村' from generate_series(1, 20) n;
insert into registry_person (name, sex, born_on, division) select '王' || chr(20000 + n %% 5000), case n %% 2 when 0 then 'male' else 'female' end,
    date '1940-01-01' + (n::bigint * 7919 %% 29000)::int, '3301272' || lpad((n / 5 %% 20 + 1)::text, 2, '0') || '201' from generate_series(1, %(persons)s) n;
insert into registry_household (residence, division, head_id) select 'rural', '3301272' || lpad((n / 2 %% 20 + 1)::text, 2, '0') || '201', 1 + n * 5 / 2
    from generate_series(0, %(homes)s - 1) n;
insert into registry_membership (person_id, household_id, relation, started_on, received_at)
    select n, 1 + (n - 1) * 2 / 5, 'member', '2020-01-01', '2026-07-01T00:00Z' from generate_series(1, %(persons)s) n
    where 1 + (n - 1) * 2 / 5 <= %(homes)s;
insert into registry_fact (person_id, kind, value, words, started_on, ended_on, occurred_on, key, source_file_id, source_line, received_at)
    select n, k.kind, 100000 + n %% 1000 * 100, '', k.started, k.ended, k.occurred, k.part || '-' || n, f.id, n, '2026-07-01T00:00Z'
    from generate_series(1, %(persons)s) n, (values ('wages', date '2025-01-01', date '2026-01-01', null::date, 'incomes', 'a'),
        ('business_income', '2025-01-01', '2026-01-01', null, 'incomes', 'b'), ('medical_own_expense', null, null, date '2026-02-03', 'medical_bills', 'c'),
        ('medical_own_expense', null, null, '2026-03-04', 'medical_bills', 'd'), ('medical_own_expense', null, null, '2026-04-05', 'medical_bills', 'e'),
        ('medical_own_expense', null, null, '2026-05-06', 'medical_bills', 'f'), ('pension', '2025-07-01', '2026-07-01', null, 'pensions', 'g'),
        ('pension', '2026-07-01', null, null, 'pensions', 'h')) k(kind, started, ended, occurred, dataset, part)
    join intake_deliveryfile f on f.dataset = k.dataset;
insert into matching_entitlement (policy, policy_version, household_id, status, amount_fen, missing, "on", run_id, current)
    select p, '2025', n, case when n %% 4 = 0 then 'entitled' else 'not_entitled' end, case when n %% 4 = 0 then 50000 end, '[]', '2026-07-01', r.id, true
    from generate_series(1, %(homes)s) n, matching_run r,
    unnest(array['subsistence_allowance', 'low_income_edge', 'medical_aid', 'temporary_aid']) p;
insert into needs_need (key, household_id, division, kind, level, reason, source, state, raised_on, department, responded_by, found_with, escalated_level)
    select k || '/' || h.id, h.id, h.division, k, 'subsistence', '{"zh": "收入低于标准", "en": "Income below the standard"}', 'indicator', 'open', '2026-07-01',
    'civil_affairs', '', 0, '' from registry_household h, unnest(array['income_below_standard', 'income_near_standard']) k;
insert into cases_case (number, household_id, division, department, state, opened_on, due_on, decided_at, version, review_class)
    select 'B-' || id, id, division, 'civil_affairs', 'approved', '2026-07-01', '2026-07-20', '2026-07-10T00:00Z', 1, '' from registry_household where id %% 4 = 0;
insert into cases_step (case_id, key, name, department, level, policies, state, working_days, due_on, after, datasets, escalated_level, evidence, reason, done_at)
    select id, k, '{"zh": "审核", "en": "review"}', 'civil_affairs', 'township', '[]', 'done', 3, '2026-07-10', '[]', '[]', '', '[]', '{}', '2026-07-05T00:00Z'
    from cases_case, unnest(array['check', 'review', 'decide']) k;
insert into base_auditline (at, by, action, kind, object_id, purpose, decision, digest)
    select now(), 'system', 'opens', 'person', n::text, 'visit', 'allow', '' from generate_series(1, %(persons)s) n;
vacuum analyze;
checkpoint
"""


def fill(persons: int) -> None:
    """Fills the home."""
    from django.db import connection

    from huimin_platform.base import clock
    from huimin_platform.intake.models import Delivery, DeliveryFile
    from huimin_platform.matching.models import Run

    delivery = Delivery.objects.create(name="d", received_at=clock.now(), by="bench", state="received")
    for file, dataset, department in (
        ("税务局_个人收入.csv", "incomes", "tax"),
        ("医保局_医疗结算.csv", "medical_bills", "medical_insurance"),
        ("人社局_养老待遇.csv", "pensions", "human_resources"),
    ):
        DeliveryFile.objects.create(
            delivery=delivery, name=file, sha256=file, dataset=dataset, department=department, state="accepted",
            rows_accepted=1, current=True,
        )  # fmt: skip
    Run.objects.create(at=clock.now(), on=date(2026, 7, 1), inputs="x")
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            cursor.execute(statement % {"persons": persons, "homes": persons * 2 // 5})


def opened(persons: int, count: int) -> dict[str, Any]:
    """Milliseconds and questions of opening files that nobody has opened before."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from huimin_platform.base.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    officer = User.objects.create_user("bench", role="county", division=COUNTY)
    client, chance = Client(), random.Random(1)
    client.force_login(officer)
    found: dict[str, Any] = {}
    for kind, address, most in (("person", "people", persons), ("household", "households", persons * 2 // 5)):
        numbers = chance.sample(range(1, most + 1), min(count + 20, most))
        times, asked = [], 0
        for place, number in enumerate(numbers):
            client.post(f"/purpose/{kind}/{number}/", {"purpose": "visit"})
            started = time.perf_counter()
            answer = client.get(f"/{address}/{number}/")
            if place >= 20:  # The first ones load code and templates.
                times.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, answer.status_code
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/{address}/{numbers[-1]}/")
        asked = len(captured.captured_queries)
        found |= {
            f"{kind}_ms_p50": round(statistics.median(times), 1),
            f"{kind}_ms_p95": round(statistics.quantiles(times, n=20)[-1], 1),
            f"{kind}_queries": asked, f"{kind}_kb": len(answer.content) // 1024,
        }  # fmt: skip
    return found


def in_home(persons: int, count: int) -> dict[str, Any]:
    """The figures of one size, in a fresh home."""
    with tempfile.TemporaryDirectory(prefix="huimin-file-") as folder:
        session.OPTIONS.as_json = True
        session.choose_home(Path(folder) / "home")
        with session.opened():
            started = time.perf_counter()
            fill(persons)
            seconds = time.perf_counter() - started
            return {"persons": persons, "fill_s": round(seconds, 1), **opened(persons, count)}


def main() -> int:
    """Prints the figures; each size runs in a process of its own, because a process has one home."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", default="10000,100000")
    parser.add_argument("--opened", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="2,000 persons")
    parser.add_argument("--json", action="store_true", help="as one line")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.size:
        print(json.dumps(in_home(asked.size, asked.opened)))
        return 0
    sizes = [2_000] if asked.quick else [int(size) for size in asked.persons.split(",")]
    rows = []
    for size in sizes:
        command = [sys.executable, __file__, "--size", str(size), "--opened", str(asked.opened)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            print(run.stderr, file=sys.stderr)
            return 1
        rows.append(json.loads(run.stdout.strip().splitlines()[-1]))
    result = {"files": rows}
    print(json.dumps(result) if asked.json else json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
