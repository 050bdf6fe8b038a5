"""huimin cross-check: a second opinion on who is who."""

from typing import Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _


def cross_check(
    learn: Annotated[
        bool, typer.Option("--learn", help=_("Learn Splink's model anew, even if the kept one still fits."))
    ] = False,
) -> None:
    """Compares Splink's opinion with the links and puts disagreements on the review desk; merges nothing."""
    from huimin.registry.crosscheck import LEAST_PEOPLE, LEAST_ROWS, TooFewRows

    with session.opened(), session.progressing() as progress:
        from huimin_platform.base import clock
        from huimin_platform.portal import loop

        try:
            counts = loop.cross_check(today=clock.today(), at=clock.now(), progress=progress, learn=learn)
        except TooFewRows as few:
            words = _(
                "Splink learns from %(least_rows)s rows with a name outside the booklets and %(least_people)s people at "
                "least; here are %(rows)s and %(people)s. Take in more files, run `huimin advance`, then try again."
            )
            numbers = {
                "least_rows": LEAST_ROWS, "least_people": LEAST_PEOPLE, "rows": few.rows, "people": few.people,
            }  # fmt: skip
            session.fail(words % numbers, session.PROBLEMS)
    session.answer(counts, lambda: _show(counts))


def _show(counts: dict[str, int | float]) -> None:
    titles = {
        "pairs": _("Pairs compared"), "placed": _("Rows that both place"), "agreeing": _("of them the same"),
        "disagreements": _("Disagreements"), "asked": _("New questions"), "withdrawn": _("Withdrawn questions"),
        "open": _("Questions that wait"), "seconds": _("Seconds"),
    }  # fmt: skip
    session.table(
        "", [_("What"), _("Count")], [[title, counts[name]] for name, title in titles.items()], right=(1,)
    )
