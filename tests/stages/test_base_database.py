"""The embedded server: started by the first, stopped by the last, recovered after abrupt ends."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from huimin_platform import database

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own; whatever runs in it is stopped in the end."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield tmp_path / "home"
    if (tmp_path / "home" / "postgres").exists():
        database.Server(tmp_path / "home").stop()


def run(home: Path, sql: str) -> list[tuple]:
    """The rows of a statement, committed, on a connection of its own."""
    import psycopg

    server = database.Server(home)
    with psycopg.connect(
        host=str(server.socket), port=5432, user="huimin", dbname="huimin", autocommit=True
    ) as connection:
        cursor = connection.execute(sql)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def in_another_process(home: Path, body: str) -> subprocess.Popen[str]:
    """A process that keeps the server running, runs `body`, says ready, and waits for a line."""
    script = f"""
import sys
from pathlib import Path
from huimin_platform import database
with database.running(Path({str(home)!r})):
{textwrap.indent(textwrap.dedent(body), "    ")}
    print("ready", flush=True)
    sys.stdin.readline()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)


def postmaster(home: Path) -> psutil.Process:
    process = database.Server(home).process()
    assert process is not None
    return process


def test_it_starts_is_shared_and_stops_with_the_last(home: Path) -> None:
    with database.running(home):
        first = postmaster(home).pid
        with database.running(home):
            assert postmaster(home).pid == first
        assert run(home, "select 1") == [(1,)]
        assert run(home, "show fsync") == [("on",)]
        assert run(home, "show listen_addresses") == [("",)]
    assert database.Server(home).process() is None


def test_two_processes_share_it_and_the_last_one_stops_it(home: Path) -> None:
    other = in_another_process(home, "pass")
    with database.running(home):
        finish(other)
        assert run(home, "select 1") == [(1,)]
    assert database.Server(home).process() is None


def test_a_killed_process_does_not_keep_it_running_for_ever(home: Path) -> None:
    other = in_another_process(home, "pass")
    other.kill()
    other.communicate()
    assert postmaster(home)
    with database.running(home):
        assert run(home, "select 1") == [(1,)]
    assert database.Server(home).process() is None


def test_what_was_committed_survives_a_killed_server(home: Path) -> None:
    with database.running(home):
        run(home, "create table kept (n int)")
        run(home, "insert into kept select generate_series(1, 10000)")
        killed = postmaster(home)
        killed.send_signal(signal.SIGKILL)
        # A busy machine takes its time to end it; it is not taken from its parent, who has to notice.
        while killed.is_running() and killed.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        with database.running(home):
            assert run(home, "select count(*) from kept") == [(10000,)]
            run(home, "insert into kept values (0)")
    with database.running(home):
        assert run(home, "select count(*) from kept") == [(10001,)]


def test_everything_killed_at_once_in_the_middle_of_a_write(home: Path) -> None:
    body = f"""
    import psycopg, threading
    place = str(database.Server(Path({str(home)!r})).socket)
    def write():
        connection = psycopg.connect(host=place, port=5432, user="huimin", dbname="huimin")
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
        connection.commit()
        print("ready", flush=True)
        for _ in range(1000):
            connection.execute("insert into kept select generate_series(1, 100000)")
    threading.Thread(target=write, daemon=True).start()
    import time; time.sleep(3600)
    """
    process = in_another_process(home, body)
    server = postmaster(home)
    family = [process.pid, server.pid, *(child.pid for child in server.children(recursive=True))]
    time.sleep(0.3)
    for number in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    process.communicate()
    with database.running(home):
        assert run(home, "select count(*) from kept") == [(1,)]


def test_a_pid_file_whose_number_belongs_to_somebody_else(home: Path) -> None:
    with database.running(home):
        run(home, "create table kept (n int)")
    (home / "postgres" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{home / 'postgres'}\n1\n5432\n/tmp\n\n1 1\nready\n"
    )
    with database.running(home):
        assert run(home, "select count(*) from kept") == [(0,)]


def test_the_log_holds_no_values_of_failed_statements(home: Path) -> None:
    import psycopg

    with database.running(home):
        run(home, "create table kept (n text check (n <> 'hush'))")
        with pytest.raises(psycopg.errors.CheckViolation):
            run(home, "insert into kept values ('hush')")
        log = database.Server(home).log.read_text()
    assert "violates check constraint" in log
    assert "hush" not in log


def test_a_home_with_a_long_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    home = tmp_path / ("a very long name " * 6) / "数据" / "home"
    with database.running(home):
        assert run(home, "select 1") == [(1,)]
        assert database.Server(home).socket != home / "postgres"
        assert database.Server(home).socket.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_major_version_is_left_alone(home: Path) -> None:
    with database.running(home):
        pass
    (home / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(database.DatabaseProblem, match="PostgreSQL 14") as problem, database.running(home):
        pass
    assert "doctor --dump" in str(problem.value)
    (home / "postgres" / "PG_VERSION").write_text("18\n")


def test_a_server_that_cannot_start_shows_its_log(home: Path) -> None:
    with database.running(home):
        pass
    (home / "postgres" / "pg_hba.conf").write_text("nonsense\n")
    with pytest.raises(database.DatabaseProblem, match=r"pg_hba\.conf"), database.running(home):
        pass


def test_making_that_was_interrupted_starts_over(home: Path) -> None:
    (home / "postgres.draft").mkdir(parents=True)
    (home / "postgres.draft" / "half").touch()
    with database.running(home):
        assert run(home, "select 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try it as another account")
def test_it_runs_as_an_ordinary_user(tmp_path: Path) -> None:
    import pwd

    account = pwd.getpwnam("nobody")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, account.pw_uid, account.pw_gid)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
    script = f"""
from pathlib import Path
from huimin_platform import database
with database.running(Path({str(home)!r})):
    print(database.Server(Path({str(home)!r})).process().username())
"""
    try:
        done = as_account(account, home, script)
    except PermissionError:
        pytest.skip("the environment is in a folder that only root may enter")
    assert done.stdout.strip() == "nobody", done.stderr


def as_account(account: Any, home: Path, script: str) -> subprocess.CompletedProcess[str]:
    """What a script says that another account runs."""
    return subprocess.run(
        [sys.executable, "-c", script], user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/",
        capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "HUIMIN_HOME": str(home)},
    )  # fmt: skip
