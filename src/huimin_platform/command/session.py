"""What every command needs: its options, an open home, answers in two forms and exit codes."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _

DONE, PROBLEMS, WRONG_REQUEST, ENVIRONMENT, UNFORESEEN = 0, 1, 2, 3, 4


Choice = TypeVar("Choice", bound=StrEnum)


class CommandProblem(Exception):
    """The command cannot go on; `exit_code` says whether data, request or environment is at fault."""

    def __init__(self, message: str, exit_code: int = WRONG_REQUEST) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass
class Options:
    """The options that may stand anywhere on the line."""

    as_json: bool = False
    home: Path | None = None
    started: dict[str, float] = field(default_factory=dict)


OPTIONS = Options()


def fail(message: str, exit_code: int = WRONG_REQUEST) -> NoReturn:
    """Ends the command with a sentence and an exit code."""
    raise CommandProblem(message, exit_code)


def chosen(choices: type[Choice], text: str) -> Choice:
    """The choice that was written, or a sentence that lists the choices."""
    try:
        return choices(text)
    except ValueError:
        words = _("%(text)s is not one of %(choices)s.")
        fail(words % {"text": text, "choices": ", ".join(choice.value for choice in choices)})


def choose_home(home: Path | None) -> None:
    """Settles the home folder before settings are read."""
    if home is not None:
        OPTIONS.home = Path(os.path.abspath(home.expanduser()))
        os.environ["HUIMIN_HOME"] = str(OPTIONS.home)


@contextlib.contextmanager
def opened(*, migrate: bool = True, make: bool = True) -> Iterator[None]:
    """An open home: settings checked, database running and of today's shape, Django ready.

    With `make=False` a home that is not there is an error: in an empty one, made on the spot, all would be well.
    """
    if not make and not os.environ.get("DATABASE_URL"):
        _insist_on_a_home()
    from huimin_platform import database
    from huimin_platform.settings import read_environment

    environment = read_environment()
    os.environ["HUIMIN_HOME"] = str(environment.home)
    with database.running(environment.home, say=note):
        set_up_django()
        if migrate:
            from huimin_platform.base import schema

            schema.bring_up_to_date(say=note)
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()


def _insist_on_a_home() -> None:
    """An error where no home is; asked before settings are read, which make one."""
    from platformdirs import user_data_path

    home = Path(os.environ.get("HUIMIN_HOME") or user_data_path("huimin"))
    if not (home / "postgres").is_dir():
        words = _("There is no installation in %(home)s. Name its folder with --home.")
        fail(words % {"home": home}, ENVIRONMENT)


def set_up_django() -> None:
    """Loads Django with our settings, speaking the command's language."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "huimin_platform.settings"
    import django
    from django.utils import translation

    django.setup()
    translation.activate(LANGUAGE)


def note(sentence: str) -> None:
    """Says what is going on, on standard error, unless programs are listening."""
    if not OPTIONS.as_json:
        print(sentence, file=sys.stderr)


def answer(data: Any, show: Callable[[], None]) -> None:
    """Prints the answer: as one JSON value with --json, else as `show` prints it."""
    if OPTIONS.as_json:
        print(json.dumps(data, ensure_ascii=False, default=str))
    else:
        show()


def table(title: str, headings: list[str], rows: list[list[Any]], right: tuple[int, ...] = ()) -> None:
    """Prints a table; numbers in the columns of `right` stand to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title or None, box=box.SIMPLE, title_justify="left")
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in row))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(shown)


@contextlib.contextmanager
def progressing() -> Iterator[Callable[[str], None]]:
    """A function that shows what is done: a moving line on a terminal, else lines; with --json nothing."""
    if OPTIONS.as_json:
        yield lambda words: None
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("") as status:
            yield lambda words: status.update(str(words))
    else:
        yield lambda words: print(words, file=sys.stderr, flush=True)


def actor(username: str) -> Any:
    """The user of this name, or the word `system` where none is named."""
    if not username:
        from huimin_platform.base.audit import SYSTEM

        return SYSTEM
    from huimin_platform.base.models import User

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        fail(_("There is no user %(name)s. `huimin user list` shows who there is.") % {"name": username})
    return user


def moment(text: str) -> datetime:
    """The moment that was meant; of a day its end."""
    from huimin_platform.base import clock

    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            words = _("%(text)s is no day and no moment. Write it like 2026-07-01 or 2026-07-01T09:30.")
            fail(words % {"text": text})
        return at if at.tzinfo else at.replace(tzinfo=clock.now().tzinfo)
    return clock.end_of(day)
