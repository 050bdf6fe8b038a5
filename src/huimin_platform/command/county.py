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
    persons: Annotated[int, typer.Option(min=1, help=_("How many people live there."))] = 10_000,
    seed: Annotated[int, typer.Option(help=_("Another number makes another county."))] = 1,
    division: Annotated[str, typer.Option(help=_("Its 6-digit division code; else the seed chooses."))] = "",
    errors: Annotated[
        float, typer.Option(min=0, max=10, help=_("How messy the files are; 1 is as messy as real ones."))
    ] = 1.0,
) -> None:
    """Makes a county; the same numbers make the same files."""
    from huimin_county import make as county_make

    with session.progressing() as progress:
        made = county_make.make(
            to, persons=persons, seed=seed, division=division or None, errors=errors, progress=progress
        )
    session.answer(
        {"to": str(to), **(made or {})}, lambda: print(_("The county is in %(folder)s.") % {"folder": to})
    )
