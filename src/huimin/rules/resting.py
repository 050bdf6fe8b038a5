"""What a value rests on: members, the household, or answers given before."""

from collections.abc import Iterable

from huimin.rules.questions import Asked, Question
from huimin.rules.tree import Due, Entitled, Fact, Members, Node, Reference


class Resting:
    """What the values of some questions rest on."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._answers: dict[Node, bool] = {}
        self._household: dict[Node, bool] = {}

    def on_answers(self, node: Node) -> bool:
        """Whether a value rests on what is said of a household."""
        if node not in self._answers:
            self._answers[node] = self._found_on_answers(node)
        return self._answers[node]

    def waits(self, question: Question) -> bool:
        """Whether a question rests on what is said of a household."""
        return any(self.on_answers(node) for node in question.nodes)

    def _found_on_answers(self, node: Node) -> bool:
        if isinstance(node, Reference):
            return self.on_answers(self._meant(node))
        if isinstance(node, (Entitled, Due)):
            return node.level == "household" or self.waits(self._asked.persons[node.policy])
        return any(self.on_answers(part) for part in node.parts)

    def on_household(self, nodes: Iterable[Node]) -> bool:
        """Whether a value rests on a fact of the household, on its other members, or on an answer to it."""
        return any(self._on_household(node) for node in nodes)

    def _on_household(self, node: Node) -> bool:
        if node not in self._household:
            self._household[node] = self._found_on_household(node)
        return self._household[node]

    def _found_on_household(self, node: Node) -> bool:
        if isinstance(node, Reference):
            return self._on_household(self._meant(node))
        if isinstance(node, (Fact, Entitled, Due)) and node.level == "household":
            return True
        if isinstance(node, (Entitled, Due)):
            return self.on_household(self._asked.persons[node.policy].nodes)
        return isinstance(node, Members) or self.on_household(node.parts)

    def stages(self, question: Question) -> tuple[int, dict[Members, int]]:
        """How many loops must have run before a question can be answered, and in which loop each sum is made."""
        stages: dict[Members, int] = {}
        seen: dict[str, int] = {}
        last = max((self._stage(node, stages, seen) for node in question.nodes), default=0)
        return last, stages

    def _stage(self, node: Node, stages: dict[Members, int], seen: dict[str, int]) -> int:
        """How many loops must have run before a value can be computed."""
        if isinstance(node, Reference):
            if node.key not in seen:
                seen[node.key] = self._stage(self._meant(node), stages, seen)
            return seen[node.key]
        if isinstance(node, (Entitled, Due)):
            return self._stage_of_policy(node, stages, seen)
        inner = max((self._stage(child, stages, seen) for child in node.parts), default=0)
        if isinstance(node, Members):
            stages[node] = inner + 1
            return inner + 1
        return inner

    def _stage_of_policy(self, node: Entitled | Due, stages: dict[Members, int], seen: dict[str, int]) -> int:
        """The household's answer is there before; a person's is computed wherever it is asked for."""
        if node.level == "household":
            return 0
        nodes = self._asked.persons[node.policy].nodes
        return max((self._stage(each, stages, seen) for each in nodes), default=0)

    def _meant(self, node: Reference) -> Node:
        return self._asked.book.definitions[node.key].node
