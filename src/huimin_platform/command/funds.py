"""huimin funds: whether what must always hold of public money holds."""

from dataclasses import asdict

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

app = typer.Typer(help=_("Look after public money."), no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def funds() -> None:
    """Keeps `verify` a word of its own."""


@app.command(help=_("Check every invariant of public money and name the first row that breaks one."))
def verify() -> None:
    """Exit code 1 where an invariant is broken."""
    with session.opened():
        from huimin_platform.funds import invariants

        verdicts = list(invariants.verify())
    rows = [
        [
            each.name,
            _("holds") if each.row is None else _("broken"),
            "" if each.row is None else str(each.row),
        ]
        for each in verdicts
    ]
    heads = [_("What"), _("State"), _("First row")]
    session.answer(
        {"invariants": [asdict(each) for each in verdicts]}, lambda: session.table("", heads, rows)
    )
    if any(each.row is not None for each in verdicts):
        raise typer.Exit(session.PROBLEMS)
