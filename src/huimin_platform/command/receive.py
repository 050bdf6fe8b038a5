"""huimin receive: files of departments come in."""

from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from huimin_platform.command import lines, session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _


class Way(StrEnum):
    """How a delivery stands to those before it, as the library names it."""

    SNAPSHOT = "snapshot"
    REGISTER = "register"
    RECORDS = "records"
    INCREMENT = "increment"


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
    stage: Annotated[
        bool,
        typer.Option(
            "--stage",
            help=_("Look at the files and tell what they would change; `huimin commit` takes them in."),
        ),
    ] = False,
    way: Annotated[
        Way | None,
        typer.Option(
            help=_("How the files stand to those before; else their contracts say it."), show_choices=True
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=lines.day, help=_("The day that the rows are of; else the names of the files say it.")
        ),
    ] = None,
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
            terms=actions.Terms(although_changed, way.value if way else "", as_of, stage),
        )
        if delivery is None:
            words = _("There is no file in %(paths)s.")
            session.fail(words % {"paths": ", ".join(map(str, paths))}, session.PROBLEMS)
        files = files_of(delivery)
        number, changes = delivery.pk, changes_of(delivery) if stage else []
    answer = {"delivery": number, "files": files} | ({"changes": changes} if stage else {})
    session.answer(answer, lambda: show_staged(number, files, changes) if stage else show(files))
    if any(file["rows_refused"] or file["state"] not in CLEAN for file in files):
        raise typer.Exit(session.PROBLEMS)


def commit(
    delivery: Annotated[int, typer.Argument(help=_("The number that `huimin receive --stage` named."))],
    by: Annotated[str, typer.Option(help=_("The user who commits; else the system."))] = "",
    discard: Annotated[bool, typer.Option("--discard", help=_("Leave the delivery out instead."))] = False,
    although_changed: Annotated[
        bool, typer.Option("--although-changed", help=_("Take in the files that were held back as well."))
    ] = False,
) -> None:
    """Takes in a delivery that was looked at, or leaves it out."""
    with session.opened():
        from huimin_platform.base import clock
        from huimin_platform.intake import staging
        from huimin_platform.intake.models import Delivery

        try:
            if discard:
                kept = staging.discard(delivery=delivery, at=clock.now(), by=session.actor(by))
            else:
                kept = staging.commit(
                    delivery=delivery, at=clock.now(), by=session.actor(by), although_changed=although_changed
                )
        except Delivery.DoesNotExist:
            session.fail(_("There is no delivery %(number)s.") % {"number": delivery})
        except staging.NotStaged:
            session.fail(_("Delivery %(number)s does not wait to be committed.") % {"number": delivery})
        files, words = files_of(kept), kept.get_state_display()
    session.answer(
        {"delivery": delivery, "state": kept.state, "files": files}, lambda: (print(words), show(files))
    )


def withdraw(
    delivery: Annotated[int, typer.Argument(help=_("The number of the delivery."))],
    reason: Annotated[str, typer.Option(help=_("Why; it stays on record."))],
    by: Annotated[str, typer.Option(help=_("The data steward who withdraws it."))],
    file: Annotated[
        list[str] | None, typer.Option(help=_("Only the file of this name; may be given again."))
    ] = None,
) -> None:
    """Undoes what a bad delivery did; its record stays."""
    with session.opened():
        from huimin_platform.base import clock
        from huimin_platform.intake import withdrawing
        from huimin_platform.intake.queries import files

        wanted = [each.pk for each in files(delivery=delivery) if not file or each.name in file]
        if not wanted:
            session.fail(_("There is no such file in delivery %(number)s.") % {"number": delivery})
        try:
            gone = withdrawing.withdraw(
                delivery=delivery, files=wanted, reason=reason, at=clock.now(), by=session.actor(by)
            )
        except withdrawing.NoReason:
            session.fail(_("Say why the delivery is withdrawn: --reason."))
        names = [each.name for each in gone]
    words = _("Withdrawn: %(names)s. The next `huimin advance` takes out what came of it.")
    nothing = _("Nothing of this delivery counted.")
    session.answer(
        {"delivery": delivery, "withdrawn": names},
        lambda: print(words % {"names": ", ".join(names)} if names else nothing),
    )


def changes_of(delivery: Any) -> list[dict[str, Any]]:
    """What committing a delivery would change, by data set."""
    from huimin_platform.intake import staging

    return [
        {"dataset": each.dataset, "begin": list(each.begin), "cease": list(each.cease), **asdict(each.rows)}
        for each in staging.report(delivery)
    ]


def show_staged(number: int, files: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    """Prints what came, what it would change, and how to take it in."""
    show(files)
    headings = [_("Data set"), _("New rows"), _("Rows gone"), _("Rows changed"), _("Rows as before")]
    fields = ("dataset", "fresh", "gone", "changed", "same")
    session.table("", headings, [[each[name] for name in fields] for each in changes], right=(1, 2, 3, 4))
    print(_("Nothing counts yet. To take it in: huimin commit %(number)s") % {"number": number})


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
