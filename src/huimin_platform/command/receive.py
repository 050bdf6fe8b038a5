"""huimin receive: files of departments come in."""

from pathlib import Path
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _


def receive(
    paths: Annotated[list[Path], typer.Argument(help=_("A folder, or single files."), metavar="PATH")],
    by: Annotated[str, typer.Option(help=_("The user who sends; else the system."))] = "",
) -> None:
    """Takes files in. Exit code 1 when a row or file was refused."""
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        session.fail(_("There is no file or folder %(paths)s.") % {"paths": ", ".join(missing)})
    with session.opened(), session.progressing() as progress:
        from huimin_platform.base import clock
        from huimin_platform.intake import actions

        delivery = actions.receive(paths=paths, at=clock.now(), progress=progress, by=session.actor(by))
        files = files_of(delivery)
    session.answer({"delivery": getattr(delivery, "pk", None), "files": files}, lambda: show(files))
    if not files:
        session.fail(
            _("There is no file in %(paths)s.") % {"paths": ", ".join(map(str, paths))}, session.PROBLEMS
        )
    if any(file["rows_refused"] or file["state"] not in ("accepted", "repeated") for file in files):
        raise typer.Exit(session.PROBLEMS)


def files_of(delivery: Any) -> list[dict[str, Any]]:
    """What became of each file of a delivery."""
    from huimin_platform.intake.models import DeliveryFile

    if delivery is None:
        return []
    fields = ("name", "dataset", "department", "state", "rows_accepted", "rows_refused", "problem_count")
    return list(DeliveryFile.objects.filter(delivery=delivery).order_by("name").values(*fields))


def show(files: list[dict[str, Any]]) -> None:
    """Prints a line a file."""
    headings = [_("File"), _("Data set"), _("State"), _("Rows accepted"), _("Rows refused"), _("Problems")]
    fields = ("name", "dataset", "state", "rows_accepted", "rows_refused", "problem_count")
    session.table("", headings, [[file[name] for name in fields] for file in files], right=(3, 4, 5))
