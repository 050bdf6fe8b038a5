"""huimin bank: the make-believe bank of demonstrations and tests, a process of its own."""

from typing import Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _


def bank(
    once: Annotated[
        bool, typer.Option(help=_("Answer what is there and end, instead of waiting for more."))
    ] = False,
) -> None:
    """Answers the payment files in the exchange folder. Needs no database."""
    from huimin_county import bank as county_bank
    from huimin_platform.settings import read_environment

    exchange = read_environment().home / "exchange"
    exchange.mkdir(parents=True, exist_ok=True)
    answered = county_bank.run(exchange, once=once)
    session.answer(
        {"answered": answered}, lambda: print(_("Answered %(count)s files.") % {"count": answered or 0})
    )
