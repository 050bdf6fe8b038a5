"""The database or the command killed in the middle: run again, nothing is lost and nothing is there twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import huimin_county
from huimin_platform import database

pytestmark = pytest.mark.slow
ADVANCE = ("advance", "--today", "2026-07-01")
KINDS = ("links", "households", "entitlements", "findings")


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUIMIN_")}
    line = [sys.executable, "-m", "huimin_platform.command", "--home", str(home), "--json", *words]
    return subprocess.Popen(
        line, env=clean | {"HUIMIN_LANGUAGE": "en"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(home: Path, *words: str) -> Any:
    process = start(home, *words)
    out, err = process.communicate(timeout=300)
    assert process.returncode in (0, 1), out + err
    return json.loads(out)


def kill_database(home: Path, process: subprocess.Popen[str], seconds: float) -> None:
    """Kills the server some time after the command got hold of it, and lets the command end as it must."""
    server = database.Server(home)
    until = time.monotonic() + 60
    while server.process() is None and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(seconds)
    postmaster = server.process()
    if postmaster is not None:
        postmaster.kill()
    out, err = process.communicate(timeout=300)
    assert process.returncode in (0, 1, 3), out + err
    assert "Traceback" not in err


def kill_command(process: subprocess.Popen[str], seconds: float) -> None:
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def held(home: Path) -> dict[str, Any]:
    """What a home holds, in a form that two homes can be compared by."""
    found: dict[str, Any] = run(home, "status")["counts"]
    for kind in KINDS:
        run(home, "export", kind, "--to", str(home / f"{kind}.parquet"))
        table = pl.read_parquet(home / f"{kind}.parquet")
        found[kind] = (table.height, table.unique().height, sorted(table.columns))
    return found


def test_a_home_that_was_killed_again_and_again_is_like_one_that_was_not(tmp_path: Path) -> None:
    huimin_county.make(tmp_path / "county", persons=700, seed=3)
    delivery = str(tmp_path / "county" / "delivery")
    calm, shaken = tmp_path / "calm", tmp_path / "shaken"
    run(calm, "receive", delivery)
    run(calm, *ADVANCE)

    kill_database(shaken, start(shaken, "receive", delivery), 1.5)
    kill_command(start(shaken, "receive", delivery), 2.0)
    run(shaken, "receive", delivery)
    for seconds in (3.0, 6.0):
        kill_database(shaken, start(shaken, *ADVANCE), seconds)
    kill_command(start(shaken, *ADVANCE), 5.0)
    run(shaken, *ADVANCE)
    assert held(shaken) == held(calm)
    assert run(shaken, "doctor", "--audit")["findings"]
