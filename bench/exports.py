"""Exports of a million rows: seconds and peak memory of each kind of file, and of a short list in a request.

    python bench/exports.py [--rows 1000000] [--quick] [--json]

A table of facts is filled by COPY in a fresh home, then exported through the job that the pages enqueue: read block by
block, sealed, written, sealed again. Each kind of file in a process of its own, so that the peak is its own; `base_mb`
is the peak of a process that has loaded the platform and done nothing. `taken_s` unseals the file from front to back.
`xlsxwriter_s` writes as many rows of as many columns with XlsxWriter in its constant-memory mode, unsealed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from huimin_platform.command import session

SHORT_ROWS = 1_000
FILL = """
insert into registry_person (name, sex, division) select '王小明', 'male', '330127201201' from generate_series(1, %(rows)s / 10 + 1);
insert into registry_fact (person_id, kind, value, words, started_on, key, source_file_id, source_line, received_at)
    select (select min(id) from registry_person) + n / 10, 'wages', n * 100, '工资', '2025-01-01', '',
        (select id from intake_deliveryfile), n, '2026-07-01T00:00Z'
    from generate_series(0, %(rows)s - 1) n;
analyze
"""


def peak_mb() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fill(rows: int) -> None:
    """Fills the table."""
    from django.db import connection

    from huimin_platform.base import clock
    from huimin_platform.intake.models import Delivery, DeliveryFile

    delivery = Delivery.objects.create(name="d", received_at=clock.now(), by="bench", state="received")
    for file, dataset, department in (("税务局_个人收入.csv", "incomes", "tax"),):
        DeliveryFile.objects.create(
            delivery=delivery, name=file, sha256=file, dataset=dataset, department=department, state="accepted",
            rows_accepted=1, current=True,
        )  # fmt: skip
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            cursor.execute(statement % {"rows": rows})


def made(form: str, rows: int | None) -> dict[str, Any]:
    """The figures of one export."""
    from django.db import connection

    from huimin_platform.base import clock, exports
    from huimin_platform.base.models import User
    from huimin_platform.portal import exporting

    by = User.objects.filter(username="bench").first() or User.objects.create_user(
        "bench", role="auditor", name="bench"
    )
    base, started = peak_mb(), time.perf_counter()
    export, _ = exports.ask(
        key=exports.new_key(), table="facts", kind="fact", form=form, filters={}, as_of=clock.now(), purpose="audit",
        language="zh-hans", hidden=[], at=clock.now(), by=by,
    )  # fmt: skip
    if rows is not None:
        with connection.cursor() as cursor:
            cursor.execute(
                "update registry_fact set withdrawn_at = received_at where source_line >= %s", [rows]
            )
    exporting.make(export.pk, clock.now)
    seconds = time.perf_counter() - started
    export.refresh_from_db()
    assert export.state == "done", export.state
    started = time.perf_counter()
    size = 0
    for part in range(len(export.parts)):
        size += sum(map(len, exports.take(export=export, part=part, at=clock.now(), by=by)))
    return {
        "form": form, "rows": export.rows_read, "parts": len(export.parts), "mb": size // 2**20,
        "seconds": round(seconds, 2), "taken_s": round(time.perf_counter() - started, 2),
        "peak_mb": peak_mb(), "base_mb": base,
    }  # fmt: skip


def by_xlsxwriter(rows: int) -> float:
    """Seconds that XlsxWriter takes for as many rows of eleven columns."""
    import xlsxwriter

    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(f"{folder}/a.xlsx", {"constant_memory": True, "tmpdir": folder})
        sheet = book.add_worksheet()
        for row in range(min(rows, 1_048_575)):
            sheet.write_row(
                row,
                0,
                [row, None, "wages", row, "工资", "2025-01-01", None, None, "税务局", row, "2026-07-01"],
            )
        book.close()
    return round(time.perf_counter() - started, 1)


def in_home(home: str, part: str, rows: int) -> Any:
    """The figures of one part in a home."""
    if part == "xlsxwriter":
        return by_xlsxwriter(rows)
    session.OPTIONS.as_json = True
    session.choose_home(Path(home))
    with session.opened():
        if part == "fill":
            return fill(rows)
        return made(part.removeprefix("short "), SHORT_ROWS if part.startswith("short") else None)


def main() -> int:
    """Prints the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="50,000 rows")
    parser.add_argument("--json", action="store_true", help="as one line")
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    rows = 50_000 if asked.quick else asked.rows
    if asked.part:
        print(json.dumps(in_home(*asked.part, rows)))
        return 0
    found = {}
    with tempfile.TemporaryDirectory(prefix="huimin-exports-") as folder:
        for part in ("fill", "csv", "parquet", "xlsx", "short csv", "short xlsx", "xlsxwriter"):
            command = [sys.executable, __file__, "--rows", str(rows), "--part", f"{folder}/home", part]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode:
                print(run.stderr, file=sys.stderr)
                return 1
            found[part] = json.loads(run.stdout.strip().splitlines()[-1])
    forms = ("csv", "parquet", "xlsx", "short csv", "short xlsx")
    result = {"rows": rows, "xlsxwriter_s": found["xlsxwriter"], "exports": [found[form] for form in forms]}
    print(
        json.dumps(result, ensure_ascii=False)
        if asked.json
        else json.dumps(result, indent=1, ensure_ascii=False)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
