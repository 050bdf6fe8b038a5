"""The command's language, chosen before anything heavy is loaded: --language, HUIMIN_LANGUAGE, LC_ALL, LANG.

The sentences are in the same catalogue as those of the pages; the standard library's gettext reads it in a
millisecond.
"""

import gettext as catalogue
import os
import sys
from pathlib import Path

CATALOGUES = Path(__file__).resolve().parents[1] / "locale"


def chosen(arguments: list[str], environment: dict[str, str]) -> str:
    """zh-hans or en; Chinese where nothing says otherwise."""
    for number, word in enumerate(arguments):
        if word == "--language" and number + 1 < len(arguments):
            return known(arguments[number + 1])
        if word.startswith("--language="):
            return known(word.partition("=")[2])
    for name in ("HUIMIN_LANGUAGE", "LC_ALL", "LANG"):
        if environment.get(name, "").lower()[:2] in ("zh", "en"):
            return known(environment[name])
    return "zh-hans"


def known(text: str) -> str:
    """The language meant by zh, zh-hans, zh_CN.UTF-8, en, en_GB."""
    return "en" if text.lower().startswith("en") else "zh-hans"


LANGUAGE = chosen(sys.argv[1:], dict(os.environ))
_translation = (
    catalogue.NullTranslations()
    if LANGUAGE == "en"
    else catalogue.translation("django", CATALOGUES, ["zh_Hans"], fallback=True)
)


def gettext(message: str) -> str:
    """The sentence in the command's language."""
    return _translation.gettext(message)
