"""Evidence of steps as cards: what, whose, how much, from which row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.privacy.masking import mask_name
from huimin.units.money import format_yuan
from huimin.units.words import Words
from huimin_platform.cases.models import Case, Step
from huimin_platform.intake import queries as intake
from huimin_platform.registry import queries as registry
from huimin_platform.supply.queries import department_name

MEMBER = Words("家庭成员", "Member of the household")


@dataclass(frozen=True)
class Card:
    """One piece of evidence for the page."""

    label: str
    value: str
    source: str = ""
    on: str = ""
    kind: str = "teal"


def names_of(case: Case) -> dict[int, str]:
    """person -> masked name, of the household's members, in one query."""
    members = registry.members_of(case.household_id)
    return {member.person.pk: mask_name(member.person.name) for member in members}


def cards(step: Step, names: Mapping[int, str]) -> list[Card]:
    """The cards of a step's evidence."""
    return list(_cards(step.evidence, step.department, names))


def _cards(items: Iterable[Mapping[str, Any]], department: str, names: Mapping[int, str]) -> Iterable[Card]:
    for item in items:
        if item.get("none"):
            yield Card(
                _dataset(item["dataset"]),
                _("Nothing about this household"),
                source=department_name(department),
                kind="neutral",
            )
        elif "more" in item:
            count = item["more"]
            yield Card(
                _dataset(item["dataset"]), _("%(count)s more entries") % {"count": count}, kind="neutral"
            )
        else:
            yield Card(_label(item, names), _value(item), source=_source(item), on=item.get("on", ""))


def _label(item: Mapping[str, Any], names: Mapping[int, str]) -> str:
    kind = intake.fact_kinds().get(item["kind"])
    title = (kind.title if kind else MEMBER).say(_language())
    name = names.get(item["person"], "") if item.get("person") else ""
    return f"{title} · {name}" if name else title


def _value(item: Mapping[str, Any]) -> str:
    kind = intake.fact_kinds().get(item["kind"])
    unit = kind.unit if kind else "none"
    value, words = item.get("value"), item.get("words", "")
    if value is None or unit == "none":
        return words or _("Yes")
    if unit == "fen":
        shown = _("%(amount)s yuan") % {"amount": format_yuan(value)}
    elif unit == "fen_per_month":
        shown = _("%(amount)s yuan a month") % {"amount": format_yuan(value)}
    else:
        shown = str(value)
    return f"{shown} {words}".strip()


def _source(item: Mapping[str, Any]) -> str:
    return _("%(file)s, row %(line)s") % {"file": item["file"], "line": item["line"]}


def _dataset(name: str) -> str:
    contract = intake.contracts().get(name)
    return contract.title.say(_language()) if contract else name


def _language() -> str:
    return get_language() or "zh-hans"
