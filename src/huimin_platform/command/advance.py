"""huimin advance: every stage of the loop once."""

from datetime import date
from typing import Annotated, Any

import typer

from huimin_platform.command import lines, session
from huimin_platform.command.words import gettext as _


def advance(
    today: Annotated[
        date | None,
        typer.Option(parser=lines.day, help=_("The date to take for today; else the clock's.")),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help=_("Resolve who is who anew, not only for what came since the last time.")
        ),
    ] = False,
) -> None:
    """Runs the loop. A second run on the same day changes nothing."""
    with session.opened(), session.progressing() as progress:
        from huimin_platform.base import clock
        from huimin_platform.portal import loop

        day = today or clock.today()
        counts = loop.advance(today=day, at=clock.now_on(day), progress=progress, whole=whole)
    session.answer({"today": day, "counts": counts}, lambda: show(counts))


def show(counts: dict[str, Any]) -> None:
    """Prints what changed, stage by stage."""
    rows = []
    for stage, found in counts.items():
        for name, count in found.items() if isinstance(found, dict) else [("", found)]:
            if count:
                rows.append([stage, name.replace("_", " "), count])
    if rows:
        session.table("", [_("Stage"), _("What"), _("Count")], rows, right=(2,))
    else:
        print(_("Nothing changed."))
