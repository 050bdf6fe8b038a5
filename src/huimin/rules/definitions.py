"""Definitions of policy files, checked in the order they need each other."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from huimin.rules import checking
from huimin.rules.facts import LEVELS, Facts
from huimin.rules.located import Located
from huimin.rules.parameters import ParameterDeclaration, cited
from huimin.rules.policy import Clause, Definition
from huimin.rules.tree import Fact, Node, Reference, Type, walk

Level = Literal["household", "person"]

# Deeper than this, a reader is lost; it also bounds the work of every evaluator.
DEEPEST = 120
MOST_DEFINITIONS = 500


@dataclass
class Shelf:
    """All that expressions of a book may refer to. Definitions are checked when first asked for."""

    facts: Facts
    parameters: Mapping[str, ParameterDeclaration]
    policies: Mapping[str, Level]
    due: Callable[[str, Level], Type | None]
    # policy -> the policies that stand in for it somewhere, and the file of each.
    stand_ins: Mapping[str, Mapping[str, str]]
    clauses: dict[str, Mapping[str, Clause]] = field(default_factory=dict)
    places: dict[str, tuple[Located, "Scope"]] = field(default_factory=dict)
    checked: dict[str, Definition] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, document: Located, owner: str, scope: "Scope", clauses: Mapping[str, Clause]) -> None:
        """Put a document's definitions on the shelf and into its scope."""
        entries = tuple(document.named("definitions"))
        if len(entries) > MOST_DEFINITIONS:
            document.fail("too_large", "definitions", size=len(entries), limit=MOST_DEFINITIONS)
        self.clauses[owner] = clauses
        for name, place in entries:
            place.only("title", "is", "of", "clause")
            if name in self.parameters or name in RESERVED or not name.isidentifier():
                place.fail("duplicate_name", name, other=", ".join(sorted(RESERVED)))
            key = f"{owner}.{name}"
            self.places[key] = (place, scope)
            scope.show(name, key, level_of(place), place)

    def definition(self, key: str) -> Definition:
        """The checked definition of a full name."""
        if key not in self.checked:
            self.checked[key] = self._check(key)
        return self.checked[key]

    def _check(self, key: str) -> Definition:
        place, scope = self.places[key]
        if key in self.asked:
            place.fail("cycle", place.name, path=" → ".join([*self.asked[self.asked.index(key) :], key]))
        self.asked.append(key)
        expression, level = place.at("is"), level_of(place)
        node = checking.check(expression.text(), scope, level, place.file, expression.line)
        self.asked.pop()
        self.depths[key] = self.depth(node, expression)
        owner = key.rpartition(".")[0]
        clause = cited(place, self.clauses[owner]) if place.has("clause") else None
        title = place.at("title").words()
        return Definition(key, place.name, level, title, node, clause, place.file, expression.line)

    def depth(self, node: Node, place: Located) -> int:
        """How many steps deep an expression goes, through its definitions."""
        own = self.depths.get(node.key, 0) if isinstance(node, Reference) else 0
        depth = 1 + max([own, *(self.depth(child, place) for child in node.parts)])
        if depth > DEEPEST:
            place.fail("too_deep", node.text)
        return depth

    def facts_in(self, node: Node) -> set[str]:
        """The full names of the facts that a value rests on, through its definitions."""
        found: set[str] = set()
        self._gather(node, found, set())
        return found

    def _gather(self, node: Node, found: set[str], seen: set[str]) -> None:
        for step in walk(node):
            if isinstance(step, Fact):
                found.add(step.key)
            elif isinstance(step, Reference) and step.key not in seen:
                seen.add(step.key)
                self._gather(self.definition(step.key).node, found, seen)


def stand_ins(listed: Iterable[tuple[str, str, Iterable[str]]]) -> dict[str, dict[str, str]]:
    """policy -> the policies that stand in for it, or for one that does, with the file of each.

    `listed` holds the name and file of every policy, and for which it stands in.
    """
    found: dict[str, dict[str, str]] = {}
    for name, file, others in listed:
        for other in others:
            found.setdefault(other, {})[name] = file
    for name, others in found.items():
        line = list(others)
        while line:
            for further, file in found.get(line.pop(), {}).items():
                if further not in others and further != name:
                    others[further] = file
                    line.append(further)
    return found


@dataclass
class Scope:
    """What the names in one document stand for: its own definitions and those of the files it uses."""

    shelf: Shelf
    visible: dict[Level, dict[str, str]] = field(default_factory=lambda: {level: {} for level in LEVELS})

    @property
    def facts(self) -> Facts:
        """The facts that may be used."""
        return self.shelf.facts

    @property
    def parameters(self) -> Mapping[str, ParameterDeclaration]:
        """The parameters by name."""
        return self.shelf.parameters

    @property
    def policies(self) -> Mapping[str, Level]:
        """The names of all policies, and whether each is about households or persons."""
        return self.shelf.policies

    def due(self, policy: str, level: Level) -> Type | None:
        """What a policy's amounts are, of a household or a person; nothing where it gives none."""
        return self.shelf.due(policy, level)

    def stand_ins(self, policy: str) -> Mapping[str, str]:
        """The policies that stand in for one somewhere, and the file of each."""
        return self.shelf.stand_ins.get(policy, {})

    def names(self, level: Level) -> frozenset[str]:
        """The definitions of a level."""
        return frozenset(self.visible[level])

    def definition(self, name: str) -> Reference:
        """A reference to a definition, once it has been checked itself."""
        key = next(names[name] for names in self.visible.values() if name in names)
        found = self.shelf.definition(key)
        return Reference(found.node.type, name, key, found.level)

    def show(self, name: str, key: str, level: Level, place: Located) -> None:
        """Make a definition known in this document under its name."""
        for names in self.visible.values():
            if names.get(name, key) != key:
                place.fail("duplicate_name", name, other=names[name])
        if level == "person" and f"person.{name}" in self.facts:
            place.fail("duplicate_name", name, other=f"person.{name}")
        self.visible[level][name] = key

    def use(self, other: "Scope", place: Located) -> None:
        """Make the definitions of another document known here."""
        for level, names in other.visible.items():
            for name, key in names.items():
                self.show(name, key, level, place)


def level_of(place: Located) -> Level:
    """Whether a definition is about the household or about one person."""
    if not place.has("of"):
        return "household"
    of = place.at("of")
    if of.text() not in LEVELS:
        of.fail("unknown_value", of.text(), allowed=LEVELS)
    return "person" if of.text() == "person" else "household"


RESERVED = frozenset({"on", "household", "person", "members", "m"})
