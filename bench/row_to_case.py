"""From a row to an opened case on the running system: the pages and the workers of `huimin up`, on a county that is there.

    python bench/row_to_case.py [--persons 10000,100000] [--rows 5] [--quick] [--json]

A make-believe county goes through the loop; then the system is started as a bureau starts it. Each time a household that
is entitled to nothing gets one hospital bill that makes it entitled to medical aid, in each of four ways: a file put into
the watched inbox, with and without the mark that says it is complete, a row sent by the API, and a file sent on the page.
Taken is the time from then until the page of the case that opened by itself answers, in seconds; and how much of it went
by until the row was received, until a turn of the loop took it up, and until the case was there. Rows come at odd
moments, so that the waiting for the next look is that which people have.
"""

import argparse
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from score import HUIMIN, Watch, huimin, made

TODAY = "2026-07-01"
GOAL_S = 60
PATIENCE_S = 600
HEAD = "结算流水号,姓名,身份证号,结算日期,医疗机构,总费用,基金支付,个人自付\n"
WAYS = ("inbox_marked", "inbox", "api", "page")


class System:
    """The running system: its pages, its inbox, a key of a department and a clerk's session."""

    def __init__(self, home: Path, inbox: Path) -> None:
        self.home, self.inbox = home, inbox
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.key, self.cookies = "", {}

    @contextlib.contextmanager
    def up(self) -> Iterator[psutil.Popen]:
        """Serves until the end."""
        log = (self.home / "up.log").open("w")
        process = psutil.Popen(
            [str(HUIMIN), "--home", str(self.home), "up", "--port", str(self.port)], stdout=log, stderr=log,
            env=os.environ | {"HUIMIN_TODAY": TODAY, "HUIMIN_INBOX": self.inbox.as_uri()},
        )  # fmt: skip
        try:
            _until(lambda: self.page("/health/") is not None)
            yield process
        finally:
            process.terminate()
            process.wait(60)
            log.close()

    def page(self, path: str, user: str = "", **sent: Any) -> bytes | None:
        """The page, as a user sees it; None where there is none."""
        request = urllib.request.Request(self.address + path, **sent)
        if user:
            request.add_header("Cookie", self.cookies[user])
            request.add_header("X-CSRFToken", "a" * 32)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def sign_in(self, user: Any) -> None:
        """Opens a session, as the page of signing in does."""
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = (
            str(user.pk),
            settings.AUTHENTICATION_BACKENDS[-1],
        )
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        named = {settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: "a" * 32}
        self.cookies[user.username] = "; ".join(f"{name}={value}" for name, value in named.items())


def send(system: System, way: str, name: str, row: str) -> None:
    """Sends one row in one of the ways."""
    text = (HEAD + row + "\n").encode()
    if way.startswith("inbox"):
        (system.inbox / f"{name}.csv").write_bytes(text)
        if way == "inbox_marked":
            (system.inbox / f"{name}.csv.done").touch()
    elif way == "api":
        fields = dict(zip(HEAD.strip().split(","), row.split(","), strict=True))
        headers = {
            "Authorization": f"Bearer {system.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": name,
        }
        body = json.dumps({"records": [fields]}).encode()
        path = "/api/v1/datasets/medical_settlements/records"
        assert system.page(path, data=body, headers=headers) is not None, "the API refused the row"
    else:
        edge = "edge-of-a-part"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="sent"; filename="{name}.csv"\r\nContent-Type: text/csv\r\n\r\n'.encode(),
            text,
            f"\r\n--{edge}--\r\n".encode(),
        ]
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        assert (
            system.page("/deliveries/send/", "steward", data=b"".join(parts), headers=headers) is not None
        ), "the page refused the file"


def households(count: int, chance: random.Random) -> list[tuple[int, str, str]]:
    """Households without any answer in their favour, each with a member's name and number."""
    from django.db import connection

    from huimin_platform.registry.known import persons

    with connection.cursor() as cursor:
        cursor.execute(
            "select m.household_id, min(m.person_id) from registry_membership m"
            " join registry_household h on h.id = m.household_id and h.ended_on is null"
            " where m.withdrawn_at is null and m.ended_on is null"
            " and not exists (select from matching_entitlement e where e.household_id = m.household_id and e.current and e.status <> 'not_entitled')"
            " and not exists (select from registry_fact f where f.kind = 'death' and f.person_id in"
            "   (select person_id from registry_membership o where o.household_id = m.household_id))"
            " group by 1 having count(*) between 1 and 4 order by 1"
        )
        found = cursor.fetchall()
    known = {person: (name, number) for person, number, name, _born in persons().iter_rows()}
    fit = [
        (home, *known[person]) for home, person in found if known[person][1] and len(known[person][1]) == 18
    ]
    return chance.sample(fit, count)


def measured(system: System, home: int, send_it: Callable[[], None]) -> dict[str, float]:
    """Seconds until the case was visible, and the parts of them."""
    from huimin_platform.base.models import AuditLine
    from huimin_platform.cases.models import Case
    from huimin_platform.matching.models import Run
    from huimin_platform.registry.models import Fact

    before, started = clock(), time.perf_counter()
    send_it()
    sent = time.perf_counter()
    _until(lambda: Case.objects.filter(household=home).exists())
    case = Case.objects.get(household=home)
    _until(lambda: system.page(f"/cases/{case.number}/", "insurance") is not None)
    ended = time.perf_counter()
    fact = Fact.objects.filter(
        person__memberships__household=home, kind="medical_own_expense", received_at__gte=before
    ).latest("pk")
    received = fact.source_file.delivery.received_at
    opened = AuditLine.objects.filter(action="opens_case", object_id=case.number).latest("pk")
    assert Run.objects.filter(at=fact.received_at).exists()
    return {
        "sent_s": sent - started, "received_s": (received - before).total_seconds(),
        "taken_up_s": (fact.received_at - before).total_seconds(), "turn_s": ended - started - (opened.at - before).total_seconds(),
        "seconds": ended - started,
    }  # fmt: skip


def clock() -> datetime:
    """The platform's own time."""
    from huimin_platform.base import clock as of_platform

    return of_platform.now()


def _until(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing after {patience_s:.0f} s")
        time.sleep(0.2)


def _idle() -> bool:
    """Whether the worker has nothing to do."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from procrastinate_jobs where status in ('todo', 'doing') and task_name like '%%loop%%'"
        )
        return cursor.fetchone()[0] == 0


def county(persons: int, rows: int, seed: int, folder: Path) -> list[dict[str, Any]]:
    """The figures of one county, a line for each way. A county that is there already is taken as it is."""
    home, inbox, chance = folder / "home", folder / "inbox", random.Random(time.time())
    os.environ |= {"HUIMIN_HOME": str(home), "HUIMIN_TODAY": TODAY}
    if not home.exists():
        huimin(home, "receive", str(made(persons, "usual", seed, folder / "county") / "delivery"))
        huimin(home, "advance", "--today", TODAY)
    inbox.mkdir(exist_ok=True)
    system = System(home, inbox)
    from huimin_platform.command import session

    session.choose_home(home)
    session.OPTIONS.as_json = True
    with session.opened():
        chosen = iter(households((rows + 1) * len(WAYS), chance))
        _people(system)
        with system.up() as process, Watch(process, home) as watch:
            time.sleep(15)
            _until(_idle)
            # The first row finds the machine code of a few households not yet read; people do not come to a fresh system.
            _one(system, "inbox_marked", next(chosen), f"first-{time.time():.0f}")
            told = []
            for way in WAYS:
                taken = []
                for number in range(rows):
                    time.sleep(chance.uniform(0, 20))
                    taken.append(_one(system, way, next(chosen), f"{way}-{number}-{time.time():.0f}"))
                told.append(_line(persons, way, taken))
        for line in told:
            line["peak_mb"] = round(watch.peak / 2**20)
    return told


def _one(system: System, way: str, whose: tuple[int, str, str], name: str) -> dict[str, float]:
    home, person, number = whose
    row = f"{name},{person},{number},2026-06-{random.Random(name).randint(1, 28):02d},市人民医院,300000.00,100000.00,200000.00"
    return measured(system, home, lambda: send(system, way, name, row))


def _line(persons: int, way: str, taken: list[dict[str, float]]) -> dict[str, Any]:
    middle = {name: round(statistics.median(each[name] for each in taken), 1) for name in taken[0]}
    most = max(each["seconds"] for each in taken)
    return (
        {"persons": persons, "way": way, "rows": len(taken)}
        | middle
        | {"most_s": round(most, 1), "kept": most <= GOAL_S}
    )


def _people(system: System) -> None:
    from datetime import timedelta

    from django.db.models import Count

    from huimin_platform.base import api_keys, audit
    from huimin_platform.base.models import User
    from huimin_platform.registry.models import Household

    whole = Household.objects.values("division").annotate(many=Count("pk")).order_by("-many")[0]["division"]
    division = whole[:6].ljust(12, "0")
    for name, role, department in (
        ("steward", "steward", "civil_affairs"),
        ("insurance", "county", "medical_insurance"),
    ):
        known = {"role": role, "department": department, "division": division}
        system.sign_in(User.objects.get_or_create(username=name, defaults=known)[0])
    holder = api_keys.Holder("insurance-1", "", "medical_insurance", division)
    wanted = api_keys.Wanted(("sends",), ("medical_settlements",), (), 600, 2**30)
    _, system.key = api_keys.make(
        holder=holder,
        wanted=wanted,
        reason="agreement 1",
        expires_at=clock() + timedelta(days=30),
        at=clock(),
        by=audit.SYSTEM,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", default="10000,100000")
    parser.add_argument("--rows", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keep the county here, or take the one that is here")
    parser.add_argument("--quick", action="store_true", help="one county of 2,000 persons, one row each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    sizes, rows = (
        ([2_000], 1) if chosen.quick else ([int(each) for each in chosen.persons.split(",")], chosen.rows)
    )
    if len(sizes) > 1:
        # A process has one home: each county has a process of its own.
        own = [_in_own_process(size, rows, chosen.seed) for size in sizes]
        print(json.dumps({"goal_s": GOAL_S, "ways": [line for each in own for line in each["ways"]]}))
        return 0
    with (
        contextlib.nullcontext(chosen.folder)
        if chosen.folder
        else tempfile.TemporaryDirectory(prefix="huimin-row-") as folder
    ):
        ways = county(sizes[0], rows, chosen.seed, Path(folder).absolute())
    print(json.dumps({"goal_s": GOAL_S, "ways": ways}))
    return 0


def _in_own_process(persons: int, rows: int, seed: int) -> dict[str, Any]:
    command = [
        sys.executable,
        __file__,
        "--persons",
        str(persons),
        "--rows",
        str(rows),
        "--seed",
        str(seed),
        "--json",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr[-3000:])
    return json.loads(run.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
