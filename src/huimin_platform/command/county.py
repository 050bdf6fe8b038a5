"""huimin county: a make-believe county with the truth known."""

from pathlib import Path
from typing import Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

app = typer.Typer(
    help=_("A make-believe county, to try things on."), no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def county() -> None:
    """Keeps `make` a word of its own."""


@app.command(help=_("Make a county's department files and the truth beside them."))
def make(
    to: Annotated[Path, typer.Option(help=_("Folder to write delivery/ and truth/ into."))],
    persons: Annotated[int, typer.Option(min=1, help=_("How many people live there, at least."))] = 10_000,
    seed: Annotated[int, typer.Option(help=_("Another number makes another county."))] = 1,
    division: Annotated[str, typer.Option(help=_("A county's division code; else the seed chooses."))] = "",
    errors: Annotated[
        str, typer.Option(help=_("How messy the files are: none, light, usual, heavy, worst."))
    ] = "usual",
) -> None:
    """Makes a county; the same numbers make the same files."""
    from huimin_county import PRESETS, UnknownDivision
    from huimin_county import make as county_make

    if errors not in PRESETS:
        words = _("%(text)s is not one of %(choices)s.")
        session.fail(words % {"text": errors, "choices": ", ".join(PRESETS)})
    with session.progressing() as progress:
        try:
            made = county_make(
                to, persons=persons, seed=seed, errors=PRESETS[errors], division=division or None,
                progress=lambda done: progress(_("%(count)s people made") % {"count": done}),
            )  # fmt: skip
        except UnknownDivision:
            session.fail(_("%(code)s is not the code of a county we know.") % {"code": division})
    told = {"to": str(to), "persons": made.persons, "households": made.households, "rows": made.rows}
    words = _("%(persons)s people in %(households)s households, %(rows)s rows, are in %(to)s.")
    session.answer(told, lambda: print(words % told))
