"""huimin contract: the contract of a data set, begun from a sample file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _

app = typer.Typer(no_args_is_help=True, help=_("Contracts of data sets."))


@app.command("draft", help=_("Begin a contract from a sample file; a person confirms it."))
def draft(
    sample: Annotated[Path, typer.Argument(help=_("A file as the department sends it."))],
    to: Annotated[
        Path | None, typer.Option(help=_("Where to write the contract; else it is printed."))
    ] = None,
    department: Annotated[str, typer.Option(help=_("Code of the department, if it is known."))] = "",
    title: Annotated[str, typer.Option(help=_("Title of the data set; else the name of the file."))] = "",
) -> None:
    """Writes a contract with what was guessed, why, and what is doubtful."""
    from huimin.intake.drafting import draft as drafted
    from huimin.intake.workbook import Refused
    from huimin.tables.problem import text

    session.set_up_django()
    from huimin_platform.base import clock

    if not sample.is_file():
        session.fail(_("There is no file or folder %(paths)s.") % {"paths": sample})
    if to is not None and to.exists():
        session.fail(_("%(path)s is there already; choose another name.") % {"path": to})
    try:
        found = drafted(sample, sample.name, clock.today(), department=department, title=title)
    except Refused as refusal:
        session.fail(text(refusal.code, refusal.params, LANGUAGE), session.PROBLEMS)
    if to is not None:
        to.write_text(found.text, encoding="utf-8")
    columns = [
        {
            "heading": each.heading, "name": each.name, "type": each.type, "reason": each.reason.say(LANGUAGE),
            "doubt": each.doubt.say(LANGUAGE) if each.doubt else "",
        }
        for each in found.columns
    ]  # fmt: skip
    data: dict[str, Any] = {
        "encoding": found.encoding, "heading_line": found.heading_line, "rows": found.rows, "key": list(found.key),
        "columns": columns, "text": found.text,
    }  # fmt: skip
    session.answer(data, lambda: show(columns, found.text, to))


def show(columns: list[dict[str, str]], text: str, to: Path | None) -> None:
    """Prints the guesses with their reasons and doubts, then the contract or where it lies."""
    headings = [_("Column"), _("Type"), _("Reason"), _("Doubt")]
    session.table(
        "", headings, [[each[name] for name in ("heading", "type", "reason", "doubt")] for each in columns]
    )
    print(text if to is None else _("Written to %(path)s. Fill in every FILL_IN.") % {"path": to})
