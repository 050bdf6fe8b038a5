"""Collects every string for people from code and templates into the zh_Hans catalogue.

    python -m huimin_platform.locale.collect [--check]

Needs gettext's xgettext (make setup-system). With --check nothing is written; new strings are listed and the exit
code is 1, so that a page cannot be published with a sentence nobody translated.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def collected() -> polib.POFile:
    """The strings that stand in code and templates now, as an empty catalogue."""
    if shutil.which("xgettext") is None:
        raise SystemExit(
            "Collecting strings needs gettext: run `make setup-system`, or install the package gettext."
        )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "huimin_platform"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("__pycache__", "static", "*.po", "*.mo"))
        (copy / "locale" / "zh_Hans" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                sys.executable,
                "-P",
                "-m",
                "django",
                "makemessages",
                "-l",
                "zh_Hans",
                "--no-location",
                "--no-wrap",
            ],
            cwd=copy,  # which holds a folder `locale`: -P keeps it from shadowing the standard library
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "", "PYTHONPATH": ""},
        )
        return polib.pofile(str(copy / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))


def merged(fresh: polib.POFile) -> polib.POFile:
    """The catalogue with new strings added, old translations kept and gone strings dropped."""
    known = {}
    if CATALOGUE.exists():
        known = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(CATALOGUE))}
    result = polib.POFile(wrapwidth=0)
    result.metadata = {
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for entry in sorted(fresh, key=lambda e: (e.msgid, e.msgctxt or "")):
        if entry.obsolete:
            continue
        before = known.get((entry.msgctxt, entry.msgid))
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        entry.previous_msgid = None
        entry.msgstr = before.msgstr if before else ""
        if entry.msgid_plural:
            entry.msgstr_plural = before.msgstr_plural if before and before.msgstr_plural else {0: ""}
        entry.comment = entry.tcomment = ""
        entry.occurrences = []
        result.append(entry)
    return result


def main() -> int:
    result = merged(collected())
    empty = [entry.msgid for entry in result.untranslated_entries()]
    if "--check" in sys.argv[1:]:
        for text in empty:
            print(f"not translated: {text!r}")
        return 1 if empty else 0
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    result.save(str(CATALOGUE))
    print(f"{len(result)} strings, {len(empty)} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
