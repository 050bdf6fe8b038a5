"""Runs every benchmark and writes bench/RESULTS.md with date, machine, sizes and figures.

    python bench/run.py [--quick] [--only NAME …]

Each benchmark is a script of this folder that prints one JSON object as its last line; it can be run alone.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
HEAD = "# Benchmarks\n\n`make bench` writes this page; `python bench/run.py --only NAME` writes a part of it anew.\n"
BENCHMARKS = {
    "county": (
        "Making a make-believe county",
        ["county.py", "--persons", "10000,100000,1000000"],
        ["10000,100000"],
    ),
    "intake": (
        "Reading and checking files, beside pandas with pandera and beside frictionless",
        ["intake.py", "--rows", "200000"],
        ["--rows", "50000"],
    ),
    "rules": (
        "Our rules beside OpenFisca: the same rules, the same households",
        ["rules.py", "--households", "1000000"],
        ["--quick"],
    ),
    "policies": (
        "Twenty policies at once, a reform on a county, ten million households streamed",
        ["policies.py"],
        ["--quick"],
    ),
    "kernel": (
        "The rule kernel against a plain copy of its columns and against Polars",
        ["kernel.py"],
        ["--quick"],
    ),
    "linkage": (
        "Linking FEBRL 4 without the social-security number, beside Splink alone",
        ["linkage.py", "--data", "febrl4"],
        ["--data", "febrl4"],
    ),
    "linkage_county": (
        "Linking a million applications with the booklets of a county, beside Splink alone",
        ["linkage.py", "--data", "county:1000000", "--seed", "77"],
        ["--data", "county:20000", "--seed", "77"],
    ),
    "linkage_groups": (
        "For whom rows find their persons less well: by sex, age, name and number",
        ["linkage_groups.py"],
        ["--persons", "2000"],
    ),
    "increments": (
        "A county that goes on: a tenth more, a day's rows, and everything again",
        ["increments.py", "--persons", "100000"],
        ["--persons", "2000"],
    ),
    "row_to_case": (
        "From a row to an opened case on the running system",
        ["row_to_case.py", "--persons", "10000,100000"],
        ["--quick"],
    ),
    "cases": (
        "A step and a sweep of deadlines among a million open cases",
        ["cases.py"],
        ["--quick"],
    ),
    "promise": (
        "Days and papers of the low-income allowance, before and after",
        ["promise.py", "--persons", "10000"],
        ["--quick"],
    ),
    "person_file": (
        "Opening a person's file and a household's among many",
        ["person_file.py", "--persons", "10000,100000,1000000"],
        ["--quick"],
    ),
    "exports": (
        "A million rows as CSV, Parquet and workbook: seconds and memory",
        ["exports.py", "--rows", "1000000"],
        ["--quick"],
    ),
    "ledger": (
        "A million postings in PostgreSQL: how many a second, and balances among them",
        ["ledger.py", "--postings", "1000000"],
        ["--quick"],
    ),
    "allocation": (
        "Sharing out a pot among 3,000 counties and evening it out",
        ["allocation.py", "--counties", "3000"],
        ["--counties", "300"],
    ),
    "loop": (
        "From files to entitlements and cases, in a fresh home",
        ["score.py", "--persons", "10000,100000"],
        ["--quick"],
    ),
}


def sections(text: str) -> dict[str, str]:
    """title -> what stands below it; a benchmark that is not run again keeps its figures."""
    parts = text.split("\n## ")[1:]
    return {title: below for title, _, below in (part.partition("\n") for part in parts)}


def machine() -> str:
    """The processor, cores and memory this ran on."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory_gb:.0f} GiB, Python {platform.python_version()}"


def measured(script: str, arguments: list[str]) -> dict[str, object]:
    """What a benchmark printed as its last line."""
    run = subprocess.run(
        [sys.executable, str(FOLDER / script), *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        return {"failed": run.stderr.strip().splitlines()[-1:] or [f"exit code {run.returncode}"]}
    return json.loads(run.stdout.strip().splitlines()[-1])


def table(result: dict[str, object]) -> list[str]:
    """The result as Markdown: one table for plain figures, one for each list of sizes."""
    lines = []
    plain = {key: value for key, value in result.items() if not isinstance(value, list)}
    if plain:
        lines += [
            "| figure | value |",
            "|---|---|",
            *(f"| {key} | {value} |" for key, value in plain.items()),
            "",
        ]
    for key, rows in result.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            heads = list(rows[0])
            lines += [f"**{key}**", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
            lines += ["| " + " | ".join(str(row.get(head, "")) for head in heads) + " |" for row in rows] + [
                ""
            ]
        elif isinstance(rows, list):
            lines += [f"{key}: {rows}", ""]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--only", nargs="*", choices=list(BENCHMARKS), default=list(BENCHMARKS))
    chosen = parser.parse_args()
    kept, failed = sections(RESULTS.read_text() if RESULTS.exists() else ""), False
    for name in chosen.only:
        title, command, quick = BENCHMARKS[name]
        arguments = ([*command[1:2], *quick] if name == "county" else quick) if chosen.quick else command[1:]
        print(f"{title} …", flush=True)
        result = measured(command[0], arguments)
        failed = failed or "failed" in result
        run = f"`python bench/{command[0]} {' '.join(arguments)}`, {datetime.date.today()}; {machine()}."
        kept[title] = "\n".join(["", run, "", *table(result)])
    # What somebody measured by hand stays, after what is measured here.
    measured_here = [title for title, *_ in BENCHMARKS.values() if title in kept]
    titles = [*measured_here, *(title for title in kept if title not in measured_here)]
    RESULTS.write_text(HEAD + "".join(f"\n## {title}\n{kept[title].rstrip()}\n" for title in titles))
    print(f"written: {FOLDER.name}/{RESULTS.name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
