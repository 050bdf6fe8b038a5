"""The process that pays is killed, its database is killed, again and again: nothing lost, nothing twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PAYMENTS, KILLS = 90, 8


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of its own, whose server is not the one of the other tests."""
    yield tmp_path / "home"
    for process in servers(tmp_path / "home"):
        process.kill()


def servers(home: Path) -> list[psutil.Process]:
    """The postmaster of a home, if it runs."""
    file = home / "postgres" / "postmaster.pid"
    try:
        found = psutil.Process(int(file.read_text().split()[0]))
        return [found] if "postgres" in found.name() else []
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return []


def command(home: Path, *act: str) -> list[str]:
    return [sys.executable, "-m", "tests.stages.funds_child", str(home), *act]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIMIN_", "DJANGO_"))}
    return {**kept, "HUIMIN_FUNDS_BATCH_PAYMENTS": "3"}


def run(home: Path, *act: str) -> str:
    """What the child printed last; it must end well."""
    result = subprocess.run(
        command(home, *act), cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip().splitlines()[-1] if result.stdout.strip() else ""


def work_and_kill(home: Path, after_seconds: float, *, database: bool) -> None:
    """Lets the child work for a while, then kills it, or its database under it."""
    child = subprocess.Popen(
        command(home, "work"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "ready"
    time.sleep(after_seconds)
    if database:
        for process in servers(home):
            for each in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    each.send_signal(signal.SIGKILL)
    else:
        child.send_signal(signal.SIGKILL)
    child.stdout.close()
    child.wait(timeout=60)


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_paid_twice(home: Path) -> None:
    chance = random.Random(11)
    run(home, "seed", str(PAYMENTS))
    for kill in range(KILLS):
        work_and_kill(home, chance.uniform(0.0, 0.5), database=kill % 2 == 1)
    assert run(home, "work") == "done"
    said = json.loads(run(home, "books"))
    assert sum(said["states"].values()) == PAYMENTS
    assert set(said["states"]) == {"settled", "returned"}, said
    assert (said["double"], said["missing"], said["untold"], said["difference_fen"]) == (0, 0, 0, 0)
    assert said["disagreements"] == {}
