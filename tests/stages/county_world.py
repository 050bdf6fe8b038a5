"""A small make-believe county for tests: made once a run, received and advanced as a department would."""

import shutil
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import huimin_county
from huimin_platform.intake import actions as intake
from huimin_platform.matching import steps as matching
from huimin_platform.needs import steps as needs
from huimin_platform.registry import steps as registry

DAY = date(2026, 7, 1)
AT = datetime(2026, 7, 1, 1, tzinfo=UTC)
PERSONS = 300


@cache
def made(seed: int = 5) -> Path:
    """The folder of the county: delivery and truth."""
    import os

    folder = Path(os.environ["HUIMIN_HOME"]) / f"county-{seed}-{os.getpid()}"
    if not folder.exists():
        huimin_county.make(folder, persons=PERSONS, seed=seed)
    return folder


def copied(to: Path, seed: int = 5) -> Path:
    """A copy of the county's delivery, to change before it is sent."""
    return Path(shutil.copytree(made(seed) / "delivery", to / "delivery"))


def receive(folder: Path, at: datetime = AT) -> None:
    """Sends a folder."""
    assert intake.receive(paths=[folder], at=at, by="system") is not None


def advance_registry(day: date = DAY, at: datetime = AT, *, whole: bool = False) -> dict[str, int]:
    """One turn of the registry."""
    return registry.advance(today=day, at=at, progress=lambda words: None, whole=whole)


def advance_needs(day: date = DAY, at: datetime = AT, *, whole: bool = False) -> dict[str, int]:
    """One turn of the needs stage."""
    return needs.advance(today=day, at=at, progress=lambda words: None, whole=whole)


def advance_matching(day: date = DAY, at: datetime = AT, *, whole: bool = False) -> dict[str, int]:
    """One turn of matching."""
    return matching.advance(today=day, at=at, progress=lambda words: None, whole=whole)
