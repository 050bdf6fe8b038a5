"""Questions put to a population: the entitlement under a policy, or whether a need is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from huimin.rules.book import PolicyBook
from huimin.rules.parameters import NATION
from huimin.rules.tree import Entitled, Fact, Node, Parameter, walk

# So many facts may be used: one bit each says which are missing; one is for the division, one for the sign.
MOST_FACTS = 62


@dataclass(frozen=True)
class Question:
    """Conditions that must all hold, of a household or of a person, and what is then due.

    It is put to the households of a division; outside of it the answer is no.
    """

    name: str
    level: Literal["household", "person"]
    conditions: tuple[Node, ...]
    amount: Node | None = None
    rounding: Literal["half_up", "down", "up"] = "half_up"
    division: str = NATION

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Everything it asks."""
        return (*self.conditions, *((self.amount,) if self.amount else ()))


@dataclass(frozen=True)
class Asked:
    """Questions with all they rest on, in the order in which they can be answered."""

    book: PolicyBook
    questions: tuple[Question, ...]
    answered: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the questions rest on, by full name, in order."""
        nodes = [node for question in self.questions for node in question.nodes]
        nodes += [definition.node for definition in self.book.references(nodes).values()]
        return tuple(sorted({step.key for node in nodes for step in walk(node) if isinstance(step, Fact)}))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that the questions rest on, in order."""
        return tuple(sorted(self.places))

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """The divisions of the questions that rest on each parameter: elsewhere it may be left open."""
        found: dict[str, set[str]] = {}
        for question in self.questions:
            nodes = [*question.nodes, *(each.node for each in self.book.references(question.nodes).values())]
            for name in {step.name for node in nodes for step in walk(node) if isinstance(step, Parameter)}:
                found.setdefault(name, set()).add(question.division)
        return {name: tuple(sorted(places)) for name, places in found.items()}


def of_policy(book: PolicyBook, name: str, on: date) -> Question:
    """The question that a policy answers on a day."""
    policy = book.policy(name, on)
    conditions = tuple(condition.node for condition in policy.conditions)
    if policy.amount is None:
        return Question(name, "household", conditions, division=policy.division)
    amount = policy.amount
    return Question(name, "household", conditions, amount.node, amount.rounding, policy.division)


def of_policies(book: PolicyBook, names: Iterable[str], on: date) -> Asked:
    """The questions of several policies, and of those they ask after."""
    wanted = tuple(dict.fromkeys(names))
    found: dict[str, Question] = {}
    for name in wanted:
        _follow(book, name, on, found)
    return Asked(book, tuple(found.values()), wanted)


def with_needed(book: PolicyBook, questions: Iterable[Question], on: date) -> Asked:
    """Questions of one's own, and the policies they ask after."""
    own = tuple(questions)
    found: dict[str, Question] = {}
    for question in own:
        for name in _asked(book, question):
            _follow(book, name, on, found)
    return Asked(book, (*found.values(), *own), tuple(question.name for question in own))


def _follow(book: PolicyBook, name: str, on: date, found: dict[str, Question]) -> None:
    if name in found:
        return
    question = of_policy(book, name, on)
    for other in _asked(book, question):
        _follow(book, other, on, found)
    found[name] = question


def _asked(book: PolicyBook, question: Question) -> list[str]:
    nodes = [*question.nodes, *(definition.node for definition in book.references(question.nodes).values())]
    return sorted({step.policy for node in nodes for step in walk(node) if isinstance(step, Entitled)})
