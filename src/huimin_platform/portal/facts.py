"""Facts as a file shows them: what, how much, from when to when, from which row of which department."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.tables.fact_kinds import FactKind
from huimin.units.money import format_yuan
from huimin_platform.intake import queries as intake
from huimin_platform.registry.queries import fact_words

HIDDEN = "•••"


@dataclass(frozen=True)
class Line:
    """One fact in words. `hidden` where the reader has not said for what purpose it is needed."""

    title: str
    value: str
    period: str
    source: str
    person_id: int | None
    hidden: bool
    differs: bool = False


def lines(facts: Iterable[Any], *, sensitive: bool) -> list[Line]:
    """The facts in words, by kind and then by time; sensitive values only where they may be seen."""
    kinds = intake.fact_kinds()
    order = {name: place for place, name in enumerate(kinds)}
    found = sorted(
        (fact for fact in facts if fact.kind in kinds),
        key=lambda fact: (order[fact.kind], str(_day(fact) or ""), fact.pk),
    )
    torn = _differing(found)
    return [
        replace(_line(fact, kinds[fact.kind], sensitive=sensitive), differs=fact.pk in torn) for fact in found
    ]


def _differing(found: Iterable[Any]) -> set[int]:
    """The facts with which another row does not agree: the same thing of the same time, told with another value."""
    told: dict[tuple[Any, ...], list[Any]] = {}
    for fact in found:
        about = (fact.person_id, fact.household_id, fact.kind, fact.key)
        told.setdefault((*about, fact.started_on, fact.ended_on, fact.occurred_on), []).append(fact)
    return {
        fact.pk
        for same in told.values()
        if len({(each.value, each.words) for each in same}) > 1
        for fact in same
    }


def _line(fact: Any, kind: FactKind, *, sensitive: bool) -> Line:
    hidden = kind.data_class == "sensitive" and not sensitive
    return Line(
        title=kind.title.say(_language()),
        value=HIDDEN if hidden else _value(fact, kind),
        period=_period(fact),
        source=_("%(file)s, row %(line)s")
        % {
            "file": fact.source_file.name.rpartition(".")[0] or fact.source_file.name,
            "line": fact.source_line,
        },
        person_id=fact.person_id,
        hidden=hidden,
    )


def _value(fact: Any, kind: FactKind) -> str:
    words = fact_words(fact.words)
    if kind.unit in ("fen", "fen_per_month") and fact.value is not None:
        template = _("%(amount)s yuan a month") if kind.unit == "fen_per_month" else _("%(amount)s yuan")
        return template % {"amount": format_yuan(fact.value)}
    if kind.unit == "enum" and fact.value is not None:
        return _("grade %(grade)s %(words)s") % {"grade": fact.value, "words": words}
    if words:
        return words
    return str(fact.value) if fact.value is not None else _("yes")


def _period(fact: Any) -> str:
    if fact.occurred_on:
        return fact.occurred_on.isoformat()
    if fact.started_on and fact.ended_on:
        return _("%(start)s until before %(end)s") % {"start": fact.started_on, "end": fact.ended_on}
    return _("since %(start)s") % {"start": fact.started_on} if fact.started_on else ""


def _day(fact: Any) -> date | None:
    return fact.occurred_on or fact.started_on


def _language() -> str:
    return get_language() or "zh-hans"
