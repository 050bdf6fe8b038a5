"""The command line: options that may stand anywhere, one small module a subcommand, exit codes."""

import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from huimin_platform.command import lines, session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _

GLOBAL_WITH_VALUE = ("--home", "--language")
GLOBAL_FLAGS = ("--json",)

app = typer.Typer(
    name="huimin",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help=_(
        "Public benefits end to end: department files in, people entitled to help paid, explained, counted."
    ),
    epilog=_(
        "Exit codes: 0 done, 1 problems in the data, 2 wrong request, 3 environment, 4 our mistake. "
        "--home, --json and --language may stand anywhere on the line."
    ),
)


@app.callback()
def options(
    home: Annotated[
        Path | None, typer.Option(help=_("Folder of the installation; else HUIMIN_HOME."))
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=_("Answer as one JSON value, for programs."))
    ] = False,
    language: Annotated[str, typer.Option(help=_("zh or en; else HUIMIN_LANGUAGE, else LANG."))] = "",
) -> None:
    """Takes the options in front of the subcommand."""
    if language and language.lower()[:2] not in ("zh", "en"):
        session.fail(_("The language is zh or en."))
    session.OPTIONS.as_json = as_json
    session.choose_home(home)


def globals_first(arguments: list[str]) -> list[str]:
    """The line with --home, --json and --language moved to the front, so that they may stand anywhere.

    >>> globals_first(["receive", "folder", "--home", "h", "--json"])
    ['--home', 'h', '--json', 'receive', 'folder']
    """
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in GLOBAL_WITH_VALUE:
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        elif word in GLOBAL_FLAGS or word.startswith(tuple(f"{name}=" for name in GLOBAL_WITH_VALUE)):
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def run(arguments: list[str] | None = None) -> None:
    """Runs one command line and exits."""
    from huimin_platform.command import subcommands

    subcommands.register(app)
    line = globals_first(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(line, standalone_mode=False, prog_name="huimin")
    except typer.Exit as end:
        code = end.exit_code
    except KeyboardInterrupt:
        code = 130
    except Exception as problem:
        code = failed(problem)
    sys.exit(code if isinstance(code, int) else 0)


def failed(problem: Exception) -> int:
    """The exit code, after a sentence on what went wrong; what nobody foresaw is told with its trace."""
    if isinstance(problem, typer.Abort):
        return 130
    if isinstance(problem, typer.exceptions.TyperException) and hasattr(problem, "format_message"):
        words = _("The command line cannot be read: %(problem)s See huimin --help.")
        return said(words % {"problem": lines.fault(problem)}, session.WRONG_REQUEST)
    if isinstance(problem, session.CommandProblem):
        return said(str(problem), problem.exit_code)
    for name, code in FORESEEN.items():
        if any(f"{kind.__module__}.{kind.__qualname__}" == name for kind in type(problem).__mro__):
            return said(sentence_of(problem), code)
    traceback.print_exception(problem)
    words = _(
        "This should not have happened. The lines above say where; report them. Nothing half-done was kept."
    )
    return said(words, session.UNFORESEEN)


# By name, since their modules are loaded by some commands only.
FORESEEN = {
    "huimin_platform.settings.WrongSettings": session.ENVIRONMENT,
    "huimin_platform.database.DatabaseProblem": session.ENVIRONMENT,
    "huimin_platform.base.keys.WrongMasterKey": session.ENVIRONMENT,
    "huimin_platform.base.access.NotAllowed": session.WRONG_REQUEST,
    "huimin.rules.errors.PolicyError": session.ENVIRONMENT,
    "huimin.tables.document.DocumentError": session.ENVIRONMENT,
    "django.db.utils.OperationalError": session.ENVIRONMENT,
    "django.db.utils.InterfaceError": session.ENVIRONMENT,
}


def sentence_of(problem: Exception) -> str:
    """What to tell of a problem that was foreseen."""
    if type(problem).__name__ in ("OperationalError", "InterfaceError"):
        return _(
            "The database cannot be reached, or went away: %(problem)s. "
            "Run the command again; nothing is done twice."
        ) % {"problem": str(problem).strip()}
    # Policies say what is wrong with them in both languages.
    return problem.say(LANGUAGE) if hasattr(problem, "say") else str(problem)


def said(sentence: str, code: int) -> int:
    """The exit code, after the sentence was printed."""
    data: dict[str, Any] = {"error": sentence, "exit_code": code}
    if session.OPTIONS.as_json or "--json" in sys.argv:
        session.OPTIONS.as_json = True
        session.answer(data, lambda: None)
    else:
        print(sentence, file=sys.stderr)
    return code
