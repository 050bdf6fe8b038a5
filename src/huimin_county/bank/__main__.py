"""Run the make-believe bank: `python -m huimin_county.bank --folder DIR [--once] [--profile NAME]`."""

import argparse
import fcntl
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from huimin_county.bank.profiles import PROFILES
from huimin_county.bank.rounds import Bank

EAST_OF_GREENWICH = timedelta(hours=8)


def main(arguments: list[str] | None = None) -> int:
    """Round after round until told to stop, or just one; 0 when all went well, 3 when the folder is taken."""
    chosen = _parser().parse_args(arguments)
    profile = PROFILES[chosen.profile]
    if chosen.answer_after is not None:
        profile = replace(profile, answer_after_rounds=chosen.answer_after)
    home = chosen.folder / "bank"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"Another bank works on {chosen.folder}; stop it first.", file=sys.stderr)
            return 3
        _run(Bank(chosen.folder, profile, chosen.seed), chosen)
    return 0


def _run(bank: Bank, chosen: argparse.Namespace) -> None:
    try:
        while True:
            today = chosen.today or (datetime.now(UTC) + EAST_OF_GREENWICH).date()
            for name in bank.round(today):
                print(name, flush=True)
            if chosen.once:
                return
            time.sleep(chosen.every)
    except KeyboardInterrupt:
        return
    finally:
        bank.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m huimin_county.bank", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="exchange folder: reads out/, writes in/")
    parser.add_argument("--once", action="store_true", help="one round, then stop")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="honest", help="how the bank behaves")
    parser.add_argument(
        "--seed", type=int, default=0, help="chance: which cards are closed, which answers are lost"
    )
    parser.add_argument(
        "--today", type=date.fromisoformat, help="the bank's day, 2026-07-01; the clock's if left out"
    )
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="pause between rounds")
    parser.add_argument("--answer-after", type=int, metavar="ROUNDS", help="say nothing for so many rounds")
    return parser


if __name__ == "__main__":
    sys.exit(main())
