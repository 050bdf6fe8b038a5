"""huimin api-key: keys with which the systems of departments send and fetch data."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

app = typer.Typer(help=_("Keys of departments' systems."), no_args_is_help=True, rich_markup_mode=None)
MEGABYTE = 1 << 20


@app.command(help=_("Make a key for a system of a department and show it, once."))
def add(
    system: str,
    department: Annotated[str, typer.Option(help=_("Department code, such as civil_affairs."))],
    division: Annotated[str, typer.Option(help=_("Division code of 2 to 12 digits the system works for."))],
    reason: Annotated[
        str, typer.Option(help=_("On what the key rests, such as the number of the agreement."))
    ],
    data_set: Annotated[
        list[str] | None, typer.Option(help=_("A data set it may send; once for each."))
    ] = None,
    may: Annotated[
        list[str] | None,
        typer.Option(help=_("sends, replaces, withdraws or exports; once for each. Else sends.")),
    ] = None,
    export: Annotated[
        list[str] | None,
        typer.Option(help=_("A kind of table it may export, such as payment; once for each.")),
    ] = None,
    title: Annotated[str, typer.Option(help=_("What the system is."))] = "",
    days: Annotated[int, typer.Option(min=1, max=730, help=_("Days until the key ends."))] = 365,
    minute: Annotated[int, typer.Option(min=1, help=_("Requests a minute."))] = 60,
    megabytes: Annotated[int, typer.Option(min=1, help=_("Megabytes a day."))] = 1024,
) -> None:
    """Makes a key. All but sending counts only when somebody has signed it on the page of keys."""
    with session.opened():
        from huimin.units.divisions import padded
        from huimin_platform.base import api_keys, audit, clock
        from huimin_platform.intake import queries as intake

        unknown = [name for name in data_set or [] if name not in intake.contracts()]
        if unknown:
            words = _("There is no data set %(name)s. The data sets are %(all)s.")
            session.fail(words % {"name": unknown[0], "all": ", ".join(intake.contracts())})
        wanted = api_keys.Wanted(
            tuple(may or ["sends"]), tuple(data_set or []), tuple(export or []), minute, megabytes * MEGABYTE
        )
        now = clock.now()
        try:
            key, text = api_keys.make(
                holder=api_keys.Holder(system, title, department, padded(division)), wanted=wanted, reason=reason,
                expires_at=now + timedelta(days=days), at=now, by=audit.SYSTEM,
            )  # fmt: skip
        except api_keys.WrongKey as wrong:
            session.fail(str(wrong))
        waits = api_keys.state(key, now) == "to_sign"
    said = {"system": system, "prefix": key.prefix, "key": text, "to_sign": waits}
    session.answer(said, lambda: _show(text, waits))


@app.command("list", help=_("List the keys: whose, what for, until when, and when they were last used."))
def list_keys() -> None:
    """Prints every key, without what would open anything."""
    with session.opened():
        from huimin_platform.base import api_keys, clock

        now = clock.now()
        found: list[dict[str, Any]] = [
            {
                "prefix": key.prefix, "system": key.holder.username, "division": key.holder.division,
                "may": key.actions, "data_sets": key.data_sets, "exports": key.exports,
                "ends": key.expires_at.date().isoformat(), "state": api_keys.state(key, now),
                "last_used": key.use.at.isoformat() if hasattr(key, "use") else None,
            }
            for key in api_keys.all_keys()
        ]  # fmt: skip
    headings = [
        _("Key"),
        _("System"),
        _("Division"),
        _("It may"),
        _("Data sets"),
        _("Ends"),
        _("State"),
        _("Last used"),
    ]
    names = ("prefix", "system", "division", "may", "data_sets", "ends", "state", "last_used")
    rows = [
        [", ".join(each[name]) if isinstance(each[name], list) else each[name] for name in names]
        for each in found
    ]
    session.answer(found, lambda: session.table("", headings, rows))


@app.command(help=_("End a key at once."))
def revoke(prefix: str) -> None:
    """Revokes the key that begins with huimin_PREFIX."""
    with session.opened():
        from huimin_platform.base import api_keys, audit, clock

        found = api_keys.all_keys().filter(prefix=prefix).first()
        if found is None:
            session.fail(
                _("There is no key %(name)s. `huimin api-key list` shows which there are.") % {"name": prefix}
            )
        api_keys.revoke(key=found.pk, at=clock.now(), by=audit.SYSTEM)
        system = found.holder.username
    words = _("The key %(prefix)s of %(system)s counts no more.")
    said = {"prefix": prefix, "system": system, "state": "revoked"}
    session.answer(said, lambda: print(words % {"prefix": prefix, "system": system}))


def _show(text: str, waits: bool) -> None:
    print(text)
    session.note(_("This is shown once. Hand it over in person or sealed."))
    if waits:
        session.note(_("Another person has to sign it on the page of keys before it counts."))
