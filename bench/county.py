"""How fast a make-believe county is made, and in how much memory.

python bench/county.py [--persons 10000,100000,1000000] [--errors usual] [--json]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from huimin_county import PRESETS, make


def measured(persons: int, errors: str) -> dict[str, object]:
    """The figures of one county made in this process."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        made = make(Path(folder), persons=persons, seed=1, errors=PRESETS[errors])
        seconds = time.perf_counter() - started
        size = sum(path.stat().st_size for path in made.files)
    return {
        "persons": made.persons,
        "rows": made.rows,
        "seconds": round(seconds, 1),
        "persons/s": round(made.persons / seconds),
        "rows/s": round(made.rows / seconds),
        "files MB": round(size / 1e6, 1),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def alone(persons: int, errors: str) -> dict[str, object]:
    """The same in a process of its own, so that one size's memory does not count for the next."""
    command = [sys.executable, __file__, "--one", str(persons), "--errors", errors]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", default="10000,100000,1000000", help="sizes, with commas between")
    parser.add_argument("--errors", choices=sorted(PRESETS), default="usual")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measured(chosen.one, chosen.errors)))
        return 0
    sizes = []
    for persons in map(int, chosen.persons.split(",")):
        sizes.append(alone(persons, chosen.errors))
        if not chosen.json:
            print("  ".join(f"{name} {value}" for name, value in sizes[-1].items()), flush=True)
    if chosen.json:
        print(json.dumps({"errors": chosen.errors, "sizes": sizes}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
