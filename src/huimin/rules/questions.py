"""Questions put to a population: the entitlement under a policy, a value, or whether a need is there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Literal

from huimin.rules.book import PolicyBook
from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.measures import NAMED
from huimin.rules.places import NATIONWIDE, Area
from huimin.rules.policy import Amount, Policy
from huimin.rules.tree import (
    CONDITION,
    Constant,
    Due,
    Entitled,
    Fact,
    Joined,
    Members,
    Node,
    Parameter,
    Rounded,
    Scaled,
    Type,
    walk,
)

# So many facts may be used: one bit each says which are missing; one is for the division, one for the sign.
MOST_FACTS = 62

Level = Literal["household", "person"]
NEVER = Constant(CONDITION, "not in force", Fraction(0))


@dataclass(frozen=True)
class Question:
    """Conditions that must all hold, of a household or of a person, and what is then due.

    It is put to the households of an area; outside of it the answer is no. Without a rounding, the amount is
    one that is whole by itself, or a date or category.
    """

    name: str
    level: Level
    conditions: tuple[Node, ...]
    amount: Node | None = None
    rounding: Literal["half_up", "down", "up"] | None = "half_up"
    area: Area = NATIONWIDE

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Everything it asks."""
        return (*self.conditions, *((self.amount,) if self.amount else ()))


@dataclass(frozen=True)
class Asked:
    """Questions with all they rest on, in the order in which they can be answered.

    `persons` holds, for the policies of persons among them, the question as it is put to one person.
    """

    book: PolicyBook
    questions: tuple[Question, ...]
    answered: tuple[str, ...]
    persons: Mapping[str, Question] = field(default_factory=dict)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The facts that the questions rest on, by full name, in order."""
        found = {step.key for node in self.nodes for step in walk(node) if isinstance(step, Fact)}
        return tuple(sorted(found))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that the questions rest on, in order."""
        return tuple(sorted(self.places))

    @cached_property
    def places(self) -> dict[str, tuple[Area, ...]]:
        """The areas of the questions that rest on each parameter: elsewhere it may be left open."""
        found: dict[str, set[Area]] = {}
        for question in (*self.questions, *self.persons.values()):
            for name in parameters_of(self.book, question.nodes):
                found.setdefault(name, set()).add(question.area)
        return {name: tuple(sorted(places)) for name, places in found.items()}

    @cached_property
    def nodes(self) -> list[Node]:
        """What the questions rest on, and every definition that they refer to."""
        nodes = [node for question in (*self.questions, *self.persons.values()) for node in question.nodes]
        return [*nodes, *(definition.node for definition in self.book.references(nodes).values())]


def of_policy(book: PolicyBook, name: str, on: date) -> Question:
    """The question that a policy answers of a household on a day.

    Of a policy of persons: whether any member is entitled, and what is due to them together.
    """
    policy = book.policy(name, on)
    area = book.area(policy, on)
    key = ("question", name, policy.started_on, area)
    if key not in book.kept:
        book.kept[key] = _of_household(policy, area)
    return book.kept[key]


def _of_household(policy: Policy, area: Area) -> Question:
    name, person = policy.name, of_version(policy, area)
    if policy.level == "household":
        return person
    first = person.conditions[0]
    entitled = (
        Joined(CONDITION, first.text, "and", person.conditions) if len(person.conditions) > 1 else first
    )
    anyone = Members(CONDITION, f"any({entitled.text})", "any", entitled, None)
    if policy.amount is None:
        return Question(name, "household", (anyone,), area=area)
    own = Rounded(_whole(policy.amount), policy.amount.node.text, policy.amount.rounding, policy.amount.node)
    together = Members(_together(own.type), f"sum({own.text})", "sum", own, entitled)
    return Question(name, "household", (anyone,), together, policy.amount.rounding, area)


def of_version(policy: Policy, area: Area | None = None) -> Question:
    """The question that a version of a policy answers of one household, or of one person, in its division or an area."""
    area = area or Area(policy.division)
    conditions = tuple(condition.node for condition in policy.conditions)
    if policy.amount is None:
        return Question(policy.name, policy.level, conditions, area=area)
    amount = policy.amount
    return Question(policy.name, policy.level, conditions, amount.node, amount.rounding, area)


def of_person(book: PolicyBook, name: str, on: date) -> Question:
    """The question that a policy of persons answers of one person on a day; never where it is not in force."""
    policy = book.version(name, on)
    return of_version(policy, book.area(policy, on)) if policy else Question(name, "person", (NEVER,))


def of_policies(book: PolicyBook, names: Iterable[str], on: date) -> Asked:
    """The questions of several policies, and of those they ask after."""
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        book.policy(name, on)
    key = "asked", wanted, book.versions(on)
    if key not in book.kept:
        found: dict[str, Question] = {}
        for name in wanted:
            _follow(book, name, on, found)
        book.kept[key] = Asked(book, tuple(found.values()), wanted, _persons(book, found, on))
    return book.kept[key]


def of_persons(book: PolicyBook, names: Iterable[str], on: date) -> Asked:
    """The questions of several policies of persons, put to each person; their names end in ":person".

    A household's answer under the same policy may be needed beside them, and keeps the plain name.
    """
    versions = (of_person(book, book.policy(name, on).name, on) for name in dict.fromkeys(names))
    return with_needed(book, (replace(question, name=f"{question.name}:person") for question in versions), on)


def of_values(book: PolicyBook, keys: Iterable[str], on: date) -> Asked:
    """The questions what some definitions are, by full name."""
    return with_needed(book, (of_value(book, key) for key in dict.fromkeys(keys)), on)


def of_value(book: PolicyBook, key: str) -> Question:
    """The question what a definition is: whether it holds, or which number, date or category it is."""
    definition = book.definitions[key]
    if definition.node.type.shape == "condition":
        return Question(key, definition.level, (definition.node,))
    return Question(key, definition.level, (), definition.node, rounding=None)


def with_needed(book: PolicyBook, questions: Iterable[Question], on: date) -> Asked:
    """Questions of one's own, and the policies they ask after."""
    own = tuple(questions)
    found: dict[str, Question] = {}
    for question in own:
        for name in _asked(book, question):
            _follow(book, name, on, found)
    answered = tuple(question.name for question in own)
    return Asked(book, (*found.values(), *own), answered, _persons(book, found, on))


def due_type(amounts: Iterable[Amount | None], of: Level, level: Level) -> Type | None:
    """What a policy's amounts are in all its versions, zero included; nothing where one gives none.

    What a policy of persons gives a household is the sum over its members.
    """
    found = list(amounts)
    kinds = [_whole(amount) for amount in found if amount is not None]
    if len(kinds) < len(found) or not kinds:
        return None
    low = min(Fraction(0), *(kind.low for kind in kinds))
    high = max(Fraction(0), *(kind.high for kind in kinds))
    kind = Type("number", kinds[0].unit, low, high)
    return _together(kind) if of == "person" and level == "household" else kind


def _whole(amount: Amount) -> Type:
    kind = amount.node.type
    return Type("number", NAMED[amount.unit], Fraction(floor(kind.low)), Fraction(ceil(kind.high)))


def _together(kind: Type) -> Type:
    low, high = min(kind.low * MOST_MEMBERS, Fraction(0)), max(kind.high * MOST_MEMBERS, Fraction(0))
    return Type("number", kind.unit, low, high)


def _follow(book: PolicyBook, name: str, on: date, found: dict[str, Question]) -> None:
    if name in found:
        return
    # Nobody is entitled under a policy that is not in force.
    in_force = book.version(name, on) is not None
    question = of_policy(book, name, on) if in_force else Question(name, "household", (NEVER,))
    for other in _asked(book, question):
        _follow(book, other, on, found)
    found[name] = question


def _asked(book: PolicyBook, question: Question) -> list[str]:
    nodes = [*question.nodes, *(definition.node for definition in book.references(question.nodes).values())]
    return sorted({step.policy for node in nodes for step in walk(node) if isinstance(step, (Entitled, Due))})


def _persons(book: PolicyBook, found: Iterable[str], on: date) -> dict[str, Question]:
    levels = {policy.name: policy.level for policy in book.policies}
    # Of a policy that the book was left without, nobody is entitled, at whichever level that is asked.
    return {name: of_person(book, name, on) for name in found if levels.get(name) != "household"}


def parameters_of(book: PolicyBook, nodes: Iterable[Node]) -> set[str]:
    """The parameters that some values rest on."""
    own = tuple(nodes)
    nodes = [*own, *(each.node for each in book.references(own).values())]
    steps = [step for node in nodes for step in walk(node)]
    return {step.name for step in steps if isinstance(step, Parameter)} | {
        step.scale for step in steps if isinstance(step, Scaled)
    }
