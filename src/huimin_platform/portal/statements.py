"""What residents stated of themselves, as a file shows it to those who may read it: their word, not a record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules.casework import code
from huimin.rules.rendering import value_words
from huimin_platform.matching import stating
from huimin_platform.matching.models import Statement
from huimin_platform.portal import facts, policybook
from huimin_platform.registry import tables


@dataclass(frozen=True)
class Line:
    """One statement: of whom (nobody for the household), what, how much, said when. `hidden` shows no value."""

    about: Any
    title: str
    value: str
    said_on: date
    hidden: bool


def lines(kept: Iterable[Statement], people: Mapping[int, Any], *, sensitive: bool) -> list[Line]:
    """The statements in the order in which they were made; a value only where sensitive ones may be seen."""
    known = tables.book().facts
    return [
        Line(
            about=people.get(each.about_id) if each.about_id else None,
            title=known[each.fact].title.say(policybook.language()) if each.fact in known else each.fact,
            value=_value(each) if sensitive else facts.HIDDEN,
            said_on=each.said_at.date(),
            hidden=not sensitive,
        )
        for each in kept
    ]


def _value(statement: Statement) -> str:
    book, value = tables.book(), stating.value_of(statement)
    fact = book.facts.get(statement.fact)
    try:
        said = code(fact.type, value, fact.name) if fact else None
    except rules.PolicyError:
        said = None
    if fact is None or said is None:
        # A release may know a fact no more, or another way of saying it.
        return _("%(value)s (no policy asks for this any more)") % {"value": value}
    words = value_words(bool(said) if fact.type.shape == "condition" else said, fact.type, book)
    return words.say(policybook.language())
