"""huimin simulate: what other numbers would do."""

from datetime import date
from fractions import Fraction
from typing import Annotated, Any

import typer

from huimin.units.money import format_yuan
from huimin_platform.command import lines, session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _


def simulate(
    numbers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE", help=_("Numbers to try, amounts in fen; none shows the present ones.")
        ),
    ] = None,
    today: Annotated[
        date | None, typer.Option(parser=lines.day, help=_("The day asked about; else today."))
    ] = None,
) -> None:
    """Prints who gains, who loses and what it costs in a year. Nothing is changed."""
    with session.opened():
        from huimin_platform.base import clock
        from huimin_platform.matching import simulating
        from huimin_platform.registry import tables

        day, division = today or clock.today(), tables.county()
        known = simulating.numbers(day, division) if division else []
        if not numbers:
            session.answer(
                {"numbers": {each.field: _plain(each.value) for each in known}}, lambda: show_numbers(known)
            )
            return
        found = simulating.simulate(day, division, dict(_change(text) for text in numbers))
        if found is None:
            session.fail(_("Nobody has been asked yet. Run huimin advance first."), session.PROBLEMS)
        low, high = found.interval_fen()
        data = {
            "before_fen": found.before_fen, "after_fen": found.after_fen, "low_fen": low, "high_fen": high,
            "gain": found.gain.height, "lose": found.lose.height, "households": found.households.height,
            "newly": int(found.households["newly"].sum()), "no_longer": int(found.households["no_longer"].sum()),
            "by_decile": found.by("decile").to_dicts(), "by_town": found.by("town").to_dicts(),
        }  # fmt: skip
    session.answer(data, lambda: show(data))


def _change(text: str) -> tuple[str, Fraction]:
    """The name and value of NAME=VALUE."""
    name, equals, value = text.partition("=")
    try:
        return name.strip(), Fraction(value.strip() if equals else "")
    except (ValueError, ZeroDivisionError):
        session.fail(_("“%(text)s” is not NAME=VALUE with a number.") % {"text": text})


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def show_numbers(known: list[Any]) -> None:
    """Prints the numbers that can be tried."""
    rows = [[each.field, each.title.say(LANGUAGE), _plain(each.value)] for each in known]
    session.table("", [_("Name"), _("Number"), _("Present value")], rows, right=(2,))


def show(data: dict[str, Any]) -> None:
    """Prints the sums, then the tenths of income."""
    print(_("Yearly cost: %(before)s → %(after)s yuan; change between %(low)s and %(high)s in 95 of 100 draws.") % {
        "before": format_yuan(data["before_fen"]), "after": format_yuan(data["after_fen"]),
        "low": format_yuan(data["low_fen"]), "high": format_yuan(data["high_fen"]),
    })  # fmt: skip
    print(_("%(gain)s households gain, %(lose)s lose, of %(households)s.") % data)
    rows = [
        [row["decile"], row["households"], row["gain"], row["lose"], format_yuan(row["change_fen"])]
        for row in data["by_decile"]
    ]
    headings = [_("Tenth of income"), _("Households"), _("Gain"), _("Lose"), _("Change, yuan")]
    session.table("", headings, rows, right=(1, 2, 3, 4))
