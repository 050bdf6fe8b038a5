"""The bank as a process: one on a folder, round after round."""

import fcntl
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from huimin_county.bank.profiles import PROFILES, Profile
from huimin_county.bank.rounds import Bank

EAST_OF_GREENWICH = timedelta(hours=8)


class AlreadyOpen(Exception):
    """Another bank works on the folder."""


def run(
    folder: Path,
    *,
    profile: Profile = PROFILES["honest"],
    seed: int = 0,
    today: Callable[[], date] | None = None,
    once: bool = False,
    every_seconds: float = 1.0,
    told: Callable[[str], None] = lambda name: None,
) -> int:
    """Round after round until interrupted, or one; how many answers were written (`told` hears their names).

    Raises `AlreadyOpen` when another bank works on the folder.
    """
    home = folder / "bank"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyOpen(f"Another bank works on {folder}; stop it first.") from None
        bank = Bank(folder, profile, seed)
        written = 0
        try:
            while True:
                for name in bank.round((today or clock_day)()):
                    told(name)
                    written += 1
                if once:
                    return written
                time.sleep(every_seconds)
        except KeyboardInterrupt:
            return written
        finally:
            bank.close()


def clock_day() -> date:
    """The day it is in China by the clock."""
    return (datetime.now(UTC) + EAST_OF_GREENWICH).date()
