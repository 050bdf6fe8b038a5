"""huimin funds: whether what must always hold of public money holds."""

from dataclasses import asdict

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

app = typer.Typer(help=_("Look after public money."), no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def funds() -> None:
    """Keeps `verify` a word of its own."""


@app.command(
    help=_(
        "Check every invariant of public money; of a broken one say what is broken, in which record, and what to do."
    )
)
def verify() -> None:
    """Exit code 1 where an invariant is broken. Funds of no place are named, so that somebody looks at them."""
    with session.opened(make=False):
        from huimin_platform.funds import invariants

        verdicts, everybodys = list(invariants.verify()), list(invariants.everybodys())
    rows = [
        [f"{each.code} {invariants.SAID[each.code]}", _("holds") if each.row is None else _("broken")]
        for each in verdicts
    ]
    broken = [
        [each.code, f"{each.told.table}: {each.told.record}", each.told.broken, each.told.cure]
        for each in verdicts
        if each.told
    ]
    words = _(
        "Money that is no place's own: only who works for the whole country sees it, and anybody may be paid from it."
    )
    several = [[each.fund, f"{each.fen / 100:,.2f}", " ".join(each.brought_by)] for each in everybodys]

    def told() -> None:
        session.table("", [_("What"), _("State")], rows)
        if broken:
            session.table("", ["", _("Table and record"), _("What is broken"), _("What to do")], broken)
        if several:
            session.table(words, [_("Fund"), _("Yuan"), _("Brought by officers of")], several)

    session.answer(
        {
            "invariants": [asdict(each) for each in verdicts],
            "everybodys": [asdict(each) for each in everybodys],
        },
        told,
    )
    if any(each.row is not None for each in verdicts):
        raise typer.Exit(session.PROBLEMS)
