"""What is wrong with a command line, in the reader's language; and days as people write them."""

import re
import unicodedata
from datetime import date
from typing import Any

import typer

from huimin_platform.command.words import gettext as _


def day(text: str) -> date:
    """A day written 2026-7-1, 20260701 or 2026年7月1日; `BadParameter` says how to write it."""
    from django.core.exceptions import ValidationError

    from huimin_platform.design.fields import DateField  # Django is loaded only where a day is given.

    try:
        found = DateField().to_python(text)
    except ValidationError:
        found = None
    if found is None:
        raise typer.BadParameter(
            _("“%(text)s” is no day of the calendar. Write it like 2026-07-01.") % {"text": text}
        )
    return found


def fault(problem: Any) -> str:
    """What cannot be understood; kinds that are rare are told in the words of the library."""
    kind = type(problem).__name__
    if kind == "NoSuchOption":
        words = _("There is no option %(name)s.") % {"name": plain(problem.option_name)}
        near = ", ".join(sorted(problem.possibilities or ()))
        return words + (_(" Did you mean %(names)s?") % {"names": near} if near else "")
    if kind == "MissingParameter" and problem.param is not None:
        return _("%(name)s is missing.") % {"name": _name(problem.param)}
    if kind == "BadParameter" and problem.param is not None:
        return f"{_name(problem.param)}: {_wanted(problem.message)}"
    command = re.fullmatch(r"No such command '(.*)'\.", problem.message, re.DOTALL)
    if command:
        return _("There is no command %(name)s.") % {"name": plain(command[1])}
    return str(problem.format_message())


def plain(text: str) -> str:
    """A text without characters that a terminal would obey."""
    return "".join(each for each in text if unicodedata.category(each) != "Cc")


def _wanted(message: str) -> str:
    """What should have been given, where the library says so in English only."""
    if "valid integer" in message:
        return _("give a whole number.")
    bound = re.search(r"(greater|less) than or equal to (-?[0-9]+)", message)
    if bound is None:
        return message
    words = _("give %(bound)s or more.") if bound[1] == "greater" else _("give %(bound)s or less.")
    return words % {"bound": bound[2]}


def _name(parameter: Any) -> str:
    """An option as one writes it, or what stands in an argument's place."""
    options = [each for each in parameter.opts if each.startswith("--")]
    return options[0] if options else parameter.metavar or parameter.name.upper()
