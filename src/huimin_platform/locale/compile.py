"""Compiles the message catalogues, and with --check says whether the Chinese one is complete.

    python -m huimin_platform.locale.compile [--check]

The .mo files are built, not kept: `make setup` makes them, so no gettext is needed to run the product.
"""

import sys
from pathlib import Path

import polib

CATALOGUES = Path(__file__).parent


def compile_all() -> list[Path]:
    """The compiled files, one beside each django.po."""
    compiled = []
    for source in sorted(CATALOGUES.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        polib.pofile(str(source)).save_as_mofile(str(target))
        compiled.append(target)
    return compiled


def faults() -> list[str]:
    """What is missing or doubtful in the Chinese catalogue, a sentence each."""
    catalogue = polib.pofile(str(CATALOGUES / "zh_Hans" / "LC_MESSAGES" / "django.po"))
    found = [f"not translated: {entry.msgid!r}" for entry in catalogue.untranslated_entries()]
    found += [f"marked fuzzy: {entry.msgid!r}" for entry in catalogue.fuzzy_entries()]
    for entry in catalogue.translated_entries():
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        for text in filter(None, texts):
            if placeholders(entry.msgid) != placeholders(text) and not entry.msgid_plural:
                found.append(f"other placeholders than the source: {entry.msgid!r} -> {text!r}")
    return found


def placeholders(text: str) -> set[str]:
    """The named placeholders of a message, in either of Python's two forms."""
    import re

    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}", text))


def main() -> int:
    compile_all()
    if "--check" not in sys.argv[1:]:
        return 0
    found = faults()
    for line in found:
        print(line)
    print(f"zh-Hans catalogue: {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
