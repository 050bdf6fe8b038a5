"""The drill of payments, small: killed, lost, repeated, bounced, and the books agree."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def drill(home: Path, *more: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HUIMIN_", "DJANGO_", "DATABASE_"))
    }
    command = [
        sys.executable,
        "-m",
        "huimin_platform.command",
        "--home",
        str(home),
        "drill",
        "payments",
        *more,
        "--json",
    ]
    return subprocess.run(
        command, capture_output=True, text=True, env={**kept, **environment}, timeout=300, check=False
    )


@pytest.mark.slow
def test_the_books_agree_after_every_kill(tmp_path: Path) -> None:
    done = drill(tmp_path / "home", "--payments", "60", "--kills", "2", "--seed", "3")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["books_equal"]
    none = ("double", "missing", "unknown_open", "untold", "open", "to_another", "unverified")
    assert {name: found[name] for name in none} == dict.fromkeys(none, 0)
    assert found["paid"] > 30
    ended = ("paid", "returned", "unknown_on_desk", "cards_refused")
    assert sum(found[name] for name in ended) == found["payments"] == 60


@pytest.mark.slow
def test_more_deaths_than_there_is_work_for_end_in_equal_books(tmp_path: Path) -> None:
    done = drill(tmp_path / "home", "--payments", "5", "--kills", "14", "--seed", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["books_equal"]
    assert (found["kills"], found["paid"] + found["returned"] + found["cards_refused"]) == (14, 5)


def test_a_drill_never_touches_a_home_or_a_server_in_use(tmp_path: Path) -> None:
    # A home whose database is elsewhere has keys and an exchange folder from which a real bank takes files.
    (tmp_path / "keys").mkdir()
    assert drill(tmp_path, "--payments", "1").returncode == 2
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]
    assert drill(tmp_path / "new", "--payments", "1", DATABASE_URL="postgresql://x/y").returncode == 3
