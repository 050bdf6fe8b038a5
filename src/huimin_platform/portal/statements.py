"""What residents stated of themselves and what officers verified, as a file shows it to those who may read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from huimin import rules
from huimin.rules.casework import code
from huimin.rules.rendering import value_words
from huimin_platform.matching import stating, verifying
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


@dataclass(frozen=True)
class Verified:
    """One thing that an officer verified: of whom (nobody for the household), what, how, by what, until when it counts."""

    about: Any
    title: str
    value: str
    how: str
    seen: str
    verified_on: date
    holds_until: date
    waits: bool
    withdrawn: bool
    hidden: bool


def verified(kept: Iterable[Any], people: Mapping[int, Any], *, sensitive: bool) -> list[Verified]:
    """What officers verified, in the order given; values only where sensitive ones may be seen."""
    known = tables.book().facts
    return [
        Verified(
            about=people.get(each.person_id) if each.person_id else None,
            title=known[each.fact].title.say(policybook.language()) if each.fact in known else each.fact,
            value=verifying.words_of(each.fact, each.value).say(policybook.language())
            if sensitive
            else facts.HIDDEN,
            how=each.get_how_display(),
            seen=each.seen if sensitive else facts.HIDDEN,
            verified_on=each.verified_on,
            holds_until=each.holds_until,
            waits=each.waits,
            withdrawn=each.withdrawn_at is not None,
            hidden=not sensitive,
        )
        for each in kept
    ]


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
