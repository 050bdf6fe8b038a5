"""What a value rests on: members, the household, answers given before; and so the turn in which it can be worked out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from huimin.rules.questions import Asked, Question
from huimin.rules.tree import Due, Entitled, Fact, Members, Node, Reference


@dataclass(frozen=True)
class Rests:
    """What a value rests on directly: sums over members, and answers to households."""

    sums: tuple[Members, ...] = ()
    answers: tuple[str, ...] = ()
    # Whether it rests on a fact of the household or of a member.
    facts: bool = False


class Resting:
    """What the values of some questions rest on.

    Turns are counted: in each, first the sums over members are made, then households are answered. What a household
    rests on must have been made in the same turn or before, what a member rests on in a turn before.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._questions = {each.name: each for each in asked.questions if each.level == "household"}
        self._rests: dict[Node, Rests] = {}
        self._turns: dict[Members | str, int] = {}

    def everywhere(self, node: Node) -> bool:
        """Whether a value is the same for all households under the same parameters."""
        found = self._of(node)
        return not (node.of_person or found.facts or found.sums or found.answers)

    def turn(self, question: Question) -> int:
        """The turn in which a question can be answered."""
        return self._after(question.nodes) + (question.level == "person")

    def turn_of_sum(self, node: Members) -> int:
        """The turn in which a sum over members can be made."""
        if node not in self._turns:
            self._turns[node] = 1 + self._after(node.parts)
        return self._turns[node]

    def sums(self, nodes: Iterable[Node]) -> Iterator[Members]:
        """All sums over members that values rest on, each after those that it rests on itself."""
        for node in nodes:
            for each in self._of(node).sums:
                yield from self.sums(each.parts)
                yield each

    def _after(self, nodes: Iterable[Node]) -> int:
        """The turn after which some values can be worked out."""
        found = [self._of(node) for node in nodes]
        sums = [self.turn_of_sum(each) for rests in found for each in rests.sums]
        return max([*sums, *(self._answered(name) for rests in found for name in rests.answers)], default=0)

    def _answered(self, name: str) -> int:
        if name not in self._turns:
            self._turns[name] = self.turn(self._questions[name])
        return self._turns[name]

    def _of(self, node: Node) -> Rests:
        if node not in self._rests:
            self._rests[node] = self._found(node)
        return self._rests[node]

    def _found(self, node: Node) -> Rests:
        if isinstance(node, Members):
            return Rests(sums=(node,))
        if isinstance(node, (Entitled, Due)) and node.level == "household":
            return Rests(answers=(node.policy,))
        if isinstance(node, Fact):
            return Rests(facts=True)
        parts = [self._of(part) for part in self._parts(node)]
        return Rests(
            tuple(dict.fromkeys(each for part in parts for each in part.sums)),
            tuple(dict.fromkeys(each for part in parts for each in part.answers)),
            any(part.facts for part in parts),
        )

    def _parts(self, node: Node) -> tuple[Node, ...]:
        if isinstance(node, Reference):
            return (self._asked.book.definitions[node.key].node,)
        # A person's answer is worked out wherever it is asked for.
        return self._asked.persons[node.policy].nodes if isinstance(node, (Entitled, Due)) else node.parts
