"""Whoever gets a home folder without its keys finds no identity number, phone, card or address in it."""

import base64
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_county
from huimin import intake
from huimin.tables import contract
from huimin_platform.database import program

COLUMNS = ("national_id", "phone", "card", "address")
CANARIES = 60  # of each kind
ENCODED = 10  # of each kind are looked for in the other encodings too
OUTSIDE = {"keys", "exchange", "county"}


@pytest.mark.slow
def test_nothing_sealed_lies_in_the_clear(tmp_path: Path) -> None:
    home = tmp_path / "home"
    huimin_county.make(tmp_path / "county", persons=400, seed=11)
    assert command(home, "receive", str(tmp_path / "county" / "delivery")).returncode in (0, 1)
    done = command(home, "advance", "--today", "2026-07-01")
    assert done.returncode == 0, done.stderr
    assert command(home, "doctor", "--dump", str(home / "dump"), "--audit").returncode == 0
    plain = [str(program("pg_restore")), f"--file={home / 'dump.sql'}", str(home / "dump")]
    subprocess.run(plain, check=True)
    canaries = dict.fromkeys(wanted(tmp_path / "county" / "delivery"))
    assert len(canaries) > 3 * CANARIES
    contents = dict(files(home))
    found = {where for where, data in contents.items() for canary in canaries if canary in data}
    assert found == set()
    # Names are not sealed; that they are found says that the search can find.
    name = pl.read_parquet(tmp_path / "county" / "truth" / "persons.parquet")["name"][0].encode()
    assert {"dump.sql"} < {where for where, data in contents.items() if name in data}


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUIMIN_")}
    line = [sys.executable, "-m", "huimin_platform.command", "--home", str(home), *words]
    return subprocess.run(line, env=clean, capture_output=True, text=True)


def files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a home but its keys: database, write-ahead log, lake, logs, caches, the dump."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.relative_to(home).parts[0] not in OUTSIDE:
            yield str(path.relative_to(home)), path.read_bytes()


def wanted(delivery: Path) -> Iterator[bytes]:
    """What to look for, drawn from what the departments sent."""
    contracts = contract.load_all()
    rows = [
        intake.read(path, path.name, contracts, date(2026, 7, 1)).rows for path in sorted(delivery.iterdir())
    ]
    for column in COLUMNS:
        values = [frame[column].drop_nulls() for frame in rows if column in frame.columns]
        texts = sorted({text for text in pl.concat([one.cast(pl.String) for one in values]) if len(text) > 8})
        chosen = random.Random(7).sample(texts, min(CANARIES, len(texts)))
        for number, text in enumerate(chosen):
            yield text.encode()
            if number < ENCODED:
                yield from encoded(text)


def encoded(text: str) -> Iterator[bytes]:
    """The text as five other encodings write it."""
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield text.encode("gb18030")
    yield text.encode().hex().encode()
    yield base64.b64encode(text.encode())[:-4]
