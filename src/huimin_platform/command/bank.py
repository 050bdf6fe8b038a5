"""huimin bank: the make-believe bank of demonstrations and tests, a process of its own."""

from datetime import date
from typing import Annotated

import typer

from huimin_platform.command import lines, session
from huimin_platform.command.words import gettext as _


def bank(
    once: Annotated[
        bool, typer.Option(help=_("Answer what is there and end, instead of waiting for more."))
    ] = False,
    profile: Annotated[
        str, typer.Option(help=_("How the bank behaves; honest is without fault."))
    ] = "honest",
    seed: Annotated[int, typer.Option(help=_("Another number loses and bounces other payments."))] = 0,
    today: Annotated[
        date | None, typer.Option(parser=lines.day, help=_("The bank's day; else the clock's."))
    ] = None,
) -> None:
    """Answers the payment files in the exchange folder until interrupted. Needs no database."""
    from huimin_county import bank as county_bank
    from huimin_platform.settings import read_environment

    if profile not in county_bank.PROFILES:
        words = _("%(text)s is not one of %(choices)s.")
        session.fail(words % {"text": profile, "choices": ", ".join(county_bank.PROFILES)})
    exchange = read_environment().home / "exchange"
    exchange.mkdir(parents=True, exist_ok=True)
    try:
        answered = county_bank.run(
            exchange, profile=county_bank.PROFILES[profile], seed=seed, once=once, told=session.note,
            today=None if today is None else lambda: today,
        )  # fmt: skip
    except county_bank.AlreadyOpen as taken:
        session.fail(str(taken), session.ENVIRONMENT)
    session.answer(
        {"answers": answered}, lambda: print(_("%(count)s answers written.") % {"count": answered})
    )
