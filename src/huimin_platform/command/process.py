"""huimin process: how matters are dealt with, as files for other programs, and tried on past cases."""

from pathlib import Path
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import LANGUAGE
from huimin_platform.command.words import gettext as _

app = typer.Typer(
    help=_("Processes: as BPMN files, and a new text tried on past cases."),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("bpmn", help=_("Write a process as BPMN 2.0."))
def as_bpmn(
    name: Annotated[str, typer.Argument(help=_("A policy, or a path such as appeal."))],
    to: Annotated[Path, typer.Option(help=_("The file to write."))],
    version: Annotated[str, typer.Option(help=_("Another version than the one in force."))] = "",
) -> None:
    """Writes the process in force, or the version asked for."""
    with session.opened():
        from huimin.cases import bpmn
        from huimin_platform.base import clock
        from huimin_platform.cases import processes

        known = {each.name: each for each in processes.known(clock.today())}
        if name not in known:
            words = _("There is no process %(name)s. There are: %(known)s.")
            session.fail(words % {"name": name, "known": " ".join(known)})
        drawn = processes.drawn(name, version or known[name].version)
        if drawn is None:
            words = _("%(name)s has no version %(version)s. It has: %(known)s.")
            session.fail(words % {"name": name, "version": version, "known": " ".join(known[name].versions)})
        language = "zh" if LANGUAGE.startswith("zh") else "en"
        to.write_bytes(bpmn.document(drawn, language, processes.offices(drawn, language)))
    session.answer({"file": str(to)}, lambda: print(_("Written: %(file)s") % {"file": to}))


@app.command("try", help=_("Try the steps of a new policy text on past cases; nothing is changed."))
def try_text(
    text: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=_("The new text, as YAML."))],
) -> None:
    """Prints the days that past cases took and would have taken, by office."""
    with session.opened():
        from huimin_platform.cases import processes
        from huimin_platform.registry import drafting

        change = processes.tried(drafting.checked(text.read_text(encoding="utf-8")))
        if change is None:
            session.fail(_("No text with steps holds until then."), session.PROBLEMS)
        language = "zh" if LANGUAGE.startswith("zh") else "en"
        data = {
            "cases": change.past.cases, "days_before": change.past.before, "days_after": change.past.after,
            "shorter": change.past.shorter, "longer": change.past.longer,
            "terms_before": change.terms_before.days, "terms_after": change.terms_after.days,
            "critical": list(change.past.critical or change.terms_after.critical),
            "offices": {
                processes.office_words(office, language): {"before": then, "after": now}
                for office, (then, now) in sorted(change.past.offices.items())
            },
        }  # fmt: skip
    session.answer(data, lambda: _show(data))


def _show(data: dict[str, Any]) -> None:
    said = _(
        "%(cases)s past cases: %(before)s working days then, %(after)s with the new text (terms: %(terms)s)."
    )
    print(
        said
        % {
            "cases": data["cases"], "before": data["days_before"], "after": data["days_after"],
            "terms": f"{data['terms_before']} → {data['terms_after']}",
        }
    )  # fmt: skip
    rows = [[office, each["before"], each["after"]] for office, each in data["offices"].items()]
    session.table(
        "", [_("Office"), _("Working days then"), _("Working days with the new text")], rows, right=(1, 2)
    )
