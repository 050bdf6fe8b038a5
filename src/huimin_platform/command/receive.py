"""huimin receive: files of departments come in."""

from pathlib import Path
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _

# States in which a file leaves nothing to correct.
CLEAN = ("accepted", "repeated")


def receive(
    paths: Annotated[list[Path], typer.Argument(help=_("A folder, or single files."), metavar="PATH")],
    by: Annotated[str, typer.Option(help=_("The user who sends; else the system."))] = "",
    although_changed: Annotated[
        bool,
        typer.Option(
            "--although-changed",
            help=_("Take in files whose columns, units or days changed against the delivery before."),
        ),
    ] = False,
) -> None:
    """Takes files in. Exit code 1 when a row or file was refused."""
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        session.fail(_("There is no file or folder %(paths)s.") % {"paths": ", ".join(missing)})
    with session.opened(), session.progressing() as progress:
        from huimin_platform.base import clock
        from huimin_platform.intake import actions

        delivery = actions.receive(
            paths=paths,
            at=clock.now(),
            progress=progress,
            by=session.actor(by),
            although_changed=although_changed,
        )
        if delivery is None:
            words = _("There is no file in %(paths)s.")
            session.fail(words % {"paths": ", ".join(map(str, paths))}, session.PROBLEMS)
        files = files_of(delivery)
        number = delivery.pk
    session.answer({"delivery": number, "files": files}, lambda: show(files))
    if any(file["rows_refused"] or file["state"] not in CLEAN for file in files):
        raise typer.Exit(session.PROBLEMS)


def files_of(delivery: Any) -> list[dict[str, Any]]:
    """What became of each file of a delivery, with the problem that kept it out, if one did."""
    from huimin.tables.problem import text
    from huimin_platform.intake.queries import files

    return [
        {
            "name": file.name,
            "dataset": file.dataset,
            "department": file.department,
            "state": file.state,
            "state_words": file.get_state_display(),
            "rows_accepted": file.rows_accepted,
            "rows_refused": file.rows_refused,
            "problem_count": file.problem_count,
            "message": text(file.message_code, file.message_params, LANGUAGE)
            if file.message_code and file.state not in CLEAN
            else "",
        }
        for file in files(delivery=delivery.pk)
    ]


def show(files: list[dict[str, Any]]) -> None:
    """Prints a line a file, and under the table what to do about those that were not taken."""
    headings = [_("File"), _("Data set"), _("State"), _("Rows accepted"), _("Rows refused"), _("Problems")]
    fields = ("name", "dataset", "state_words", "rows_accepted", "rows_refused", "problem_count")
    session.table("", headings, [[file[name] for name in fields] for file in files], right=(3, 4, 5))
    for file in files:
        if file["message"]:
            print(f"{file['name']}: {file['message']}")
