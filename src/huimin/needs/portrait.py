"""The portrait of one household and its members: every indicator with its value, formula, clause and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from huimin.needs.book import Indicator, NeedBook
from huimin.rules import MissingParameter, ParameterSet, PolicyBook
from huimin.rules.population import Household
from huimin.rules.reference import Evaluation, Unknown
from huimin.rules.rendering import fact_title, rounded_words
from huimin.rules.tree import Reference
from huimin.rules.wording import in_words
from huimin.units.words import Words


@dataclass(frozen=True)
class Measured:
    """An indicator of one household, or of one member: its value in words, how it comes about, what it lacks."""

    indicator: Indicator
    person: Any | None
    known: bool
    value: Words
    formula: Words
    missing: tuple[Words, ...]


def portrait(
    needs: NeedBook,
    household: Household,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    persons: Iterable[Any] | None = None,
) -> list[Measured]:
    """The indicators in force on a day for a household, and then for its members (all, or some by
    their number; members without one are numbered from 1).

    What cannot be told says what is missing: facts, or a parameter that the household's division has not set.
    """
    evaluation = Evaluation(needs.book, household, on, needs.book.resolver(parameters, on))
    indicators = [each for each in needs.indicators if each.in_force.holds(on)]
    found = [_measured(each, evaluation, None) for each in indicators if each.of == "household"]
    numbers = household.persons or tuple(range(1, len(household.members) + 1))
    wanted = set(numbers if persons is None else persons)
    for number, member in zip(numbers, household.members, strict=True):
        if number in wanted:
            evaluation.member = member
            found += [_measured(each, evaluation, number) for each in indicators if each.of == "person"]
    return found


def _measured(indicator: Indicator, evaluation: Evaluation, person: Any | None) -> Measured:
    try:
        value = evaluation.value(indicator.node)
    except MissingParameter as missing:
        value = Unknown(frozenset({missing.term}))
    lacking = sorted(value.missing) if isinstance(value, Unknown) else []
    return Measured(
        indicator=indicator,
        person=person,
        known=not isinstance(value, Unknown),
        value=rounded_words(value, indicator.node.type, evaluation.book),
        formula=_formula(indicator, evaluation),
        missing=tuple(_title(name, evaluation.book) for name in lacking),
    )


def _title(name: str, book: PolicyBook) -> Words:
    """What a missing fact or parameter is called."""
    return book.parameters[name].title if name in book.parameters else fact_title(name, book)


def _formula(indicator: Indicator, evaluation: Evaluation) -> Words:
    """What the indicator computes, in words; where it is a definition by name, what that computes."""
    node, book = indicator.node, evaluation.book
    return in_words(book.definitions[node.key].node if isinstance(node, Reference) else node, book)
