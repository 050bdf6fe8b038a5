"""The list of subcommands."""

import typer

from huimin_platform.command import (
    advance,
    api_key,
    bank,
    contract,
    county,
    cross_check,
    decide,
    doctor,
    drill,
    explain,
    export,
    funds,
    messages,
    process,
    receive,
    simulate,
    status,
    up,
    user,
)
from huimin_platform.command.words import gettext as _


def register(app: typer.Typer) -> None:
    """Hangs every subcommand on the command."""
    app.command("up", help=_("Serve the pages and do the work in the background until stopped."))(up.up)
    app.command("receive", help=_("Take in the departments' files of a folder, or single files."))(
        receive.receive
    )
    app.command("commit", help=_("Take in a delivery that was looked at before."))(receive.commit)
    app.command("withdraw", help=_("Undo what a bad delivery did."))(receive.withdraw)
    app.command("advance", help=_("Run every stage of the loop once, from persons to figures."))(
        advance.advance
    )
    app.command("cross-check", help=_("Have Splink look at who is who, and ask clerks where it disagrees."))(
        cross_check.cross_check
    )
    app.command("status", help=_("Show what is there and what waits."))(status.status)
    app.command("explain", help=_("Show why a household is entitled to a policy, or why it is not."))(
        explain.explain
    )
    app.command("decide", help=_("Approve, return or refuse a case as an officer."))(decide.decide)
    app.command("simulate", help=_("Try other numbers: who gains, who loses, what it costs."))(
        simulate.simulate
    )
    app.command("export", help=_("Write a table to a file, as it is today or as it was known on a day."))(
        export.export
    )
    app.command("messages", help=_("Learn from labelled messages what residents write about."))(
        messages.messages
    )
    app.command("doctor", help=_("Check this installation and say what to do where something is wrong."))(
        doctor.doctor
    )
    app.command("bank", help=_("Run the make-believe bank on the exchange folder, for demonstrations."))(
        bank.bank
    )
    app.command("work", hidden=True)(up.work)
    app.add_typer(api_key.app, name="api-key")
    app.add_typer(contract.app, name="contract")
    app.add_typer(county.app, name="county")
    app.add_typer(drill.app, name="drill")
    app.add_typer(process.app, name="process")
    app.add_typer(funds.app, name="funds")
    app.add_typer(user.app, name="user")
