"""Run the make-believe bank: `python -m huimin_county.bank --folder DIR [--once] [--profile NAME]`."""

import argparse
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from huimin_county.bank import PROFILES, AlreadyOpen, clock_day, run


def main(arguments: list[str] | None = None) -> int:
    """Round after round until told to stop, or just one; 0 when all went well, 3 when the folder is taken."""
    chosen = _parser().parse_args(arguments)
    profile = PROFILES[chosen.profile]
    if chosen.answer_after is not None:
        profile = replace(profile, answer_after_rounds=chosen.answer_after)
    try:
        run(
            chosen.folder,
            profile=profile,
            seed=chosen.seed,
            today=(lambda: chosen.today) if chosen.today else clock_day,
            once=chosen.once,
            every_seconds=chosen.every,
            told=lambda name: print(name, flush=True),
        )
    except AlreadyOpen as taken:
        print(taken, file=sys.stderr)
        return 3
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m huimin_county.bank", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="exchange folder: reads out/, writes in/")
    parser.add_argument("--once", action="store_true", help="one round, then stop")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="honest", help="how the bank behaves")
    parser.add_argument("--seed", type=int, default=0, help="chance: what is closed, what is lost")
    parser.add_argument("--today", type=date.fromisoformat, help="the bank's day; else the clock's")
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="pause between rounds")
    parser.add_argument("--answer-after", type=int, metavar="ROUNDS", help="say nothing for so many rounds")
    return parser


if __name__ == "__main__":
    sys.exit(main())
