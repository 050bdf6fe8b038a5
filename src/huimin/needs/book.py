"""Portrait indicators and needs as definitions in data, checked against a policy book."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from huimin.rules import PolicyBook, checking
from huimin.rules.definitions import Scope
from huimin.rules.extending import asked, clauses_of, question, with_definitions
from huimin.rules.located import Located, read
from huimin.rules.parameters import cited
from huimin.rules.policy import Clause
from huimin.rules.questions import Question
from huimin.rules.tree import Node
from huimin.tables.vocabulary import vocabulary
from huimin.units.words import Words

FILE = Path(__file__).with_name("portrait.yaml")
NEED_LEVELS = ("subsistence", "safety", "social", "esteem", "development")
TOPICS = ("income", "health", "care", "children", "work", "housing", "insurance", "household")
OWNERS = ("household", "person")

Owner = Literal["household", "person"]


@dataclass(frozen=True)
class Dated:
    """The days on which a definition is in force, the end excluded; no day stands for always."""

    started_on: date | None = None
    ended_on: date | None = None

    def holds(self, on: date) -> bool:
        """Whether the definition is in force on a day."""
        return (self.started_on is None or self.started_on <= on) and (
            self.ended_on is None or on < self.ended_on
        )


@dataclass(frozen=True)
class Indicator:
    """What a portrait measures 画像指标: of whom, in which part of the portrait, by which expression and clause."""

    name: str
    title: Words
    of: Owner
    topic: str
    node: Node
    clause: Clause
    in_force: Dated


@dataclass(frozen=True)
class NeedDefinition:
    """What tells a need: of whom, which level, who answers for it, in words, what is done next, by which clause.

    `answered_by` are the policies whose help meets it.
    """

    name: str
    title: Words
    of: Owner
    level: str
    department: str
    reason: Words
    next: Words
    clause: Clause
    question: Question
    in_force: Dated
    answered_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class NeedBook:
    """The indicators of the portrait and the definitions of needs, checked against a policy book."""

    book: PolicyBook
    indicators: tuple[Indicator, ...]
    needs: tuple[NeedDefinition, ...]


def load(book: PolicyBook, path: Path = FILE) -> NeedBook:
    """The portrait and the needs of a file. Raises `PolicyError` naming file, line, term and cure."""
    document = read(path).only("uses", "clauses", "definitions", "indicators", "needs")
    extended, scope = with_definitions(book, document, "needs")
    clauses = clauses_of(document)
    indicators = tuple(
        _indicator(name, place, scope, clauses) for name, place in document.named("indicators")
    )
    departments = tuple(vocabulary().departments)
    needs = tuple(_need(name, place, scope, clauses, departments) for name, place in document.named("needs"))
    asked(extended, tuple(need.question for need in needs))
    return NeedBook(extended, indicators, needs)


def answering(book: NeedBook) -> dict[str, tuple[str, ...]]:
    """The policies that answer each kind of need, with those that stand in for one somewhere; kinds that none answers are left out."""
    instead = {
        name: [other.name for other in book.book.policies if name in other.instead_of]
        for need in book.needs
        for name in need.answered_by
    }
    known = set(book.book.names)
    found = {
        need.name: tuple(
            dict.fromkeys(
                each for name in need.answered_by for each in (name, *instead[name]) if each in known
            )
        )
        for need in book.needs
    }
    return {kind: named for kind, named in found.items() if named}


def _indicator(name: str, place: Located, scope: Scope, clauses: dict[str, Clause]) -> Indicator:
    place.only("title", "of", "topic", "is", "clause", "in_force")
    owner, expression = _owner(place), place.at("is")
    node = checking.check(expression.text(), scope, owner, expression.file, expression.line)
    scope.shelf.depth(node, expression)
    return Indicator(
        name=name,
        title=place.at("title").words(),
        of=owner,
        topic=_one_of(place.at("topic"), TOPICS),
        node=node,
        clause=cited(place, clauses),
        in_force=_dated(place),
    )


def _need(
    name: str, place: Located, scope: Scope, clauses: dict[str, Clause], departments: Collection[str]
) -> NeedDefinition:
    place.only(
        "title", "of", "level", "department", "is", "reason", "next", "answered_by", "clause", "in_force"
    )
    owner = _owner(place)
    return NeedDefinition(
        name=name,
        title=place.at("title").words(),
        of=owner,
        level=_one_of(place.at("level"), NEED_LEVELS),
        department=_one_of(place.at("department"), departments),
        reason=place.at("reason").words(),
        next=place.at("next").words(),
        clause=cited(place, clauses),
        question=question(name, owner, place.at("is"), scope),
        in_force=_dated(place),
        answered_by=tuple(each.text() for each in place.listed("answered_by")),
    )


def _owner(place: Located) -> Owner:
    return "person" if _one_of(place.at("of"), OWNERS) == "person" else "household"


def _dated(place: Located) -> Dated:
    if not place.has("in_force"):
        return Dated()
    period = place.at("in_force").only("started_on", "ended_on")
    return Dated(*(period.at(end).day() if period.has(end) else None for end in ("started_on", "ended_on")))


def _one_of(place: Located, allowed: Collection[str]) -> str:
    if place.text() not in allowed:
        place.fail("unknown_value", place.text(), allowed=tuple(allowed))
    return place.text()
