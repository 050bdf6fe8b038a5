"""The evidence of a finding in words: the rows of departments' files that it rests on, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from huimin_platform.design.templatetags.design import day, say, yuan_words
from huimin_platform.intake import queries as intake
from huimin_platform.matching.models import Finding
from huimin_platform.registry import queries as registry

# What a finding without a benefit rests on: the roll of the allowance.
ROLL = "allowance_on_roll"


@dataclass(frozen=True)
class Card:
    """One piece of evidence: what it is, its figure, what else it says (label, value), and the row it comes from."""

    label: str
    value: str
    lines: list[tuple[str, str]]
    source: str = ""


def cards(found: Finding) -> list[Card]:
    """What follows from the rows, then each row with its file and line."""
    data: Mapping[str, Any] = found.evidence
    benefit = _kind(data.get("benefit", ROLL))
    rows = [(benefit, row) for row in data.get("rows", [])]
    rows += [(_kind("death"), row) for row in data.get("deaths", [])]
    names = intake.names_of(int(row["file"]) for _label, row in rows if str(row["file"]).isdigit())
    return [*_sums(data), *(_row(label, row, names) for label, row in rows)]


def conditions(found: Finding) -> list[tuple[str, list[tuple[str, str]]]]:
    """The conditions that do not hold: what each says, and the values it was answered with."""
    return [
        (say(each["words"]), [(say(name), say(value)) for name, value in each.get("values") or []])
        for each in found.evidence.get("conditions", [])
    ]


def _sums(data: Mapping[str, Any]) -> list[Card]:
    found = []
    if "amount_fen" in data:
        lines = [(_("Months"), str(data["months"])), (_("Died"), day(data["died_on"]))]
        found.append(Card(_("Paid after the month of death"), yuan_words(data["amount_fen"]), lines))
    if "on" in data:
        found.append(Card(_("As of"), day(data["on"]), [(_("Rule version"), str(data["version"]))]))
    if "other_case" in data:
        file = _("File")
        gone = _("The case of the file that went into another")
        found.append(Card(gone, data["case"], [(file, str(data["file"]))]))
        stays = _("The case of the file that stays")
        found.append(Card(stays, data["other_case"], [(file, str(data["went_into"]))]))
    return found


def _row(label: str, row: Mapping[str, Any], names: Mapping[int, tuple[str, str]]) -> Card:
    file = str(row["file"])
    name = names.get(int(file), (file, ""))[0] if file.isdigit() else file
    said = {
        _("Kind"): registry.fact_words(row["words"]) if row.get("words") else "",
        _("From"): _day(row.get("started_on")),
        _("Until"): _day(row.get("ended_on")),
    }
    figure = yuan_words(row["value"]) if row.get("value") is not None else _day(row.get("occurred_on"))
    lines = [(title, value) for title, value in said.items() if value]
    return Card(label, figure, lines, _("%(file)s, row %(line)s") % {"file": name, "line": row["line"]})


def _day(value: date | str | None) -> str:
    return day(value) if value else ""


def _kind(name: str) -> str:
    kinds = intake.fact_kinds()
    return say(kinds[name].title) if name in kinds else name
