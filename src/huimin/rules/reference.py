"""The plain-Python evaluator: what a checked policy says of one household; the reference for every other.

Numbers are exact (whole numbers and fractions); what is not known carries the names of the facts it lacks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from huimin.rules import civil, scales
from huimin.rules.book import PolicyBook
from huimin.rules.facts import EPOCH
from huimin.rules.parameters import ParameterValue, Resolver
from huimin.rules.places import Area, inside
from huimin.rules.population import Household
from huimin.rules.questions import Question, of_person, of_policy
from huimin.rules.tree import (
    CONDITION,
    Arithmetic,
    Between,
    Choice,
    Comparison,
    Constant,
    Due,
    Entitled,
    Extreme,
    Fact,
    Joined,
    Members,
    Node,
    Opposite,
    Parameter,
    Reference,
    Rounded,
    Scaled,
    Shifted,
    Today,
)
from huimin.units.rounding import Mode, divide_fen

Known = int | Fraction | bool


class Unknown:
    """A value that cannot be told, and the facts it lacks; what is computed with it cannot be told either."""

    __slots__ = ("missing",)

    def __init__(self, missing: frozenset[str]) -> None:
        self.missing = missing

    def __repr__(self) -> str:
        return f"Unknown({sorted(self.missing)})"

    def __bool__(self) -> bool:
        raise TypeError("What is not known is neither true nor false.")

    def _with(self, other: Any) -> "Unknown":
        return Unknown(self.missing | other.missing) if isinstance(other, Unknown) else self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _with
    __lt__ = __le__ = __gt__ = __ge__ = _with
    __eq__ = __ne__ = _with  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


Value = Known | Unknown
# Values by the place in memory of their nodes.
Kept = dict[int, tuple[Node, Value]]


@dataclass
class Evaluation:
    """The evaluation of one household. Every value is computed once and kept for the explanation."""

    book: PolicyBook
    household: Household
    on: date
    resolver: Resolver
    verdicts: dict[str, Value] = field(default_factory=dict)
    known: Kept = field(default_factory=dict)
    known_of: dict[int, Kept] = field(default_factory=dict)
    _member: Mapping[str, int | None] | None = None
    _known_of_member: Kept = field(default_factory=dict)

    @property
    def member(self) -> Mapping[str, int | None] | None:
        """The member at hand."""
        return self._member

    @member.setter
    def member(self, member: Mapping[str, int | None] | None) -> None:
        self._member = member
        self._known_of_member = self.known_of.setdefault(id(member), {})

    def value(self, node: Node) -> Value:
        """The value of a node, for the member at hand where it is of one."""
        known = self._known_of_member if node.of_person else self.known
        # The node is kept with its value, so that no other can come to stand at its place in memory.
        kept = known.get(id(node))
        if kept is None:
            kept = known[id(node)] = node, EVALUATORS[type(node)](self, node)
        return kept[1]

    def of_member(self, node: Node, member: Mapping[str, int | None]) -> Value:
        """The value of a node for one member."""
        outer, self.member = self.member, member
        try:
            return self.value(node)
        finally:
            self.member = outer

    def verdict(self, question: Question) -> Value:
        """Whether all conditions of a question hold, and the amount is known."""
        here = self.here(question.area)
        if here is False:
            return False
        found = kleene("and", [here, *map(self.value, question.conditions)])
        if question.amount is None:
            return found
        amount = self.value(question.amount)
        return kleene("and", [found, amount if isinstance(amount, Unknown) else True])

    def here(self, area: Area) -> Value:
        """Whether the household is one of an area."""
        found = inside(self.household.division, area)
        return Unknown(frozenset({"household.division"})) if found is None else found

    def amount(self, question: Question) -> int | None:
        """The amount of a question, rounded by its mode; nothing where it is not known."""
        if question.amount is None:
            return 0
        value = self.value(question.amount)
        if isinstance(value, Unknown):
            return None
        return rounded(value, question.rounding) if question.rounding else int(value)

    def parameter(self, name: str) -> ParameterValue | None:
        """A parameter's value for the household's division."""
        division = self.household.division
        if division is None:
            return self.resolver.find(name, None)
        return self.resolver.value(name, division)

    # Names

    def _constant(self, node: Constant) -> Value:
        return bool(node.value) if node.type.shape == "condition" else plain(node.value)

    def _fact(self, node: Fact) -> Value:
        owner = self.household.facts if node.level == "household" else self.member
        assert owner is not None, "a member's fact is read for a member"
        found = owner[node.name]
        if found is None:
            return Unknown(frozenset({node.key}))
        return bool(found) if node.type.shape == "condition" else found

    def _parameter(self, node: Parameter) -> Value:
        found = self.parameter(node.name)
        keys = [self.value(key) for key in node.keys]
        missing = lacked(keys) | (frozenset() if found else frozenset({"household.division"}))
        if missing or found is None:
            return Unknown(missing)
        place = 0
        for key, code in zip(node.keys, keys, strict=True):
            place = place * len(key.type.values) + int(code)  # type: ignore[arg-type]
        return plain(found.cells[place])

    def _reference(self, node: Reference) -> Value:
        return self.value(self.book.definitions[node.key].node)

    def _entitled(self, node: Entitled) -> Value:
        if node.level == "person":
            return self.verdict(of_person(self.book, node.policy, self.on))
        if node.policy not in self.verdicts:
            outer, self.member = self.member, None
            self.verdicts[node.policy] = self._of_household(node.policy, self.verdict)
            self.member = outer
        return self.verdicts[node.policy]

    def _of_household(self, name: str, ask: Callable[[Question], Value]) -> Value:
        """What another policy says of the household; nobody is entitled where it is not in force."""
        return ask(of_policy(self.book, name, self.on)) if self.book.version(name, self.on) else False

    def _due(self, node: Due) -> Value:
        verdict = self._entitled(Entitled(CONDITION, node.text, node.policy, node.level))
        if isinstance(verdict, Unknown) or not verdict:
            return verdict if isinstance(verdict, Unknown) else 0
        outer = self.member
        if node.level == "person":
            question = of_person(self.book, node.policy, self.on)
        else:
            question, self.member = of_policy(self.book, node.policy, self.on), None
        amount = self.amount(question)
        self.member = outer
        assert amount is not None, "who is entitled has an amount"
        return amount

    def _today(self, node: Today) -> Value:
        return (self.on - EPOCH).days

    # Numbers

    def _arithmetic(self, node: Arithmetic) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown(lacked([left, right]))
        if node.operator == "+":
            return left + right
        if node.operator == "-":
            return left - right
        return left * right if node.operator == "*" else Fraction(left) / right

    def _extreme(self, node: Extreme) -> Value:
        values = [self.value(item) for item in node.items]
        known = [value for value in values if not isinstance(value, Unknown)]
        if len(known) < len(values):
            return Unknown(lacked(values))
        return min(known) if node.operator == "min" else max(known)

    def _scaled(self, node: Scaled) -> Value:
        found, item = self.parameter(node.scale), self.value(node.item)
        missing = lacked([item]) | (frozenset() if found else frozenset({"household.division"}))
        if missing or found is None or isinstance(item, Unknown):
            return Unknown(missing)
        starts, rates = found.cells[: node.brackets], found.cells[node.brackets :]
        on_scale = scales.marginal if node.operator == "marginal" else scales.single
        return on_scale(starts, rates, Fraction(item))

    def _shifted(self, node: Shifted) -> Value:
        first, count = self.value(node.first), self.value(node.count)
        if isinstance(first, Unknown) or isinstance(count, Unknown):
            return Unknown(lacked([first, count]))
        return AFTER[node.measure](int(first), int(count))

    def _rounded(self, node: Rounded) -> Value:
        value = self.value(node.item)
        return value if isinstance(value, Unknown) else rounded(value, node.mode)

    def _between(self, node: Between) -> Value:
        first, last = self.value(node.first), self.value(node.last)
        if isinstance(first, Unknown) or isinstance(last, Unknown):
            return Unknown(lacked([first, last]))
        return BETWEEN[node.measure](int(first), int(last))

    # Conditions

    def _comparison(self, node: Comparison) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown(lacked([left, right]))
        return COMPARISONS[node.operator](left, right)

    def _joined(self, node: Joined) -> Value:
        return kleene(node.operator, [self.value(item) for item in node.items])

    def _opposite(self, node: Opposite) -> Value:
        value = self.value(node.item)
        return value if isinstance(value, Unknown) else not value

    def _choice(self, node: Choice) -> Value:
        test = self.value(node.condition)
        if isinstance(test, Unknown):
            return test
        return self.value(node.met if test else node.otherwise)

    # Members

    def _members(self, node: Members) -> Value:
        turns = [self._turn(node, member) for member in self.household.members]
        if node.operator in ("any", "all"):
            return kleene("or" if node.operator == "any" else "and", turns)
        return Unknown(lacked(turns)) if lacked(turns) else sum(turns)  # type: ignore[arg-type]

    def _turn(self, node: Members, member: Mapping[str, int | None]) -> Value:
        """What one member adds: a number, or for any and all a condition."""
        picked = self.of_member(node.picked, member) if node.picked is not None else True
        if node.operator in ("any", "all"):
            assert node.item is not None
            item = self.of_member(node.item, member)
            if node.operator == "any":
                return kleene("and", [picked, item])
            return kleene("or", [picked if isinstance(picked, Unknown) else not picked, item])
        if isinstance(picked, Unknown):
            return picked
        if not picked:
            return 0
        return 1 if node.item is None else self.of_member(node.item, member)


def plain(value: int | Fraction) -> int | Fraction:
    """The number as a whole one where it is: Python computes with those many times faster."""
    return value.numerator if value.denominator == 1 else value


def kleene(operator: str, values: list[Value]) -> Value:
    """`and` and `or` of three values: a known part that settles the answer settles it."""
    settling = operator == "or"
    if any(value is settling for value in values):
        return settling
    missing = lacked(values)
    return Unknown(missing) if missing else not settling


def rounded(value: Known, mode: Mode) -> int:
    """A number made whole by the one rounding function."""
    exact = Fraction(value)
    return divide_fen(exact.numerator, exact.denominator, mode)


def lacked(values: Iterable[Value]) -> frozenset[str]:
    """The facts that some values lack."""
    return frozenset().union(*(value.missing for value in values if isinstance(value, Unknown)))


BETWEEN: dict[str, Callable[[int, int], int]] = {
    "years": civil.years_between,
    "months": civil.months_between,
    "days": civil.days_between,
}
AFTER: dict[str, Callable[[int, int], int]] = {
    "years": civil.years_after,
    "months": civil.months_after,
    "days": civil.days_after,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
EVALUATORS: dict[type[Node], Callable[[Evaluation, Any], Value]] = {
    Constant: Evaluation._constant,
    Fact: Evaluation._fact,
    Parameter: Evaluation._parameter,
    Reference: Evaluation._reference,
    Entitled: Evaluation._entitled,
    Due: Evaluation._due,
    Scaled: Evaluation._scaled,
    Shifted: Evaluation._shifted,
    Today: Evaluation._today,
    Arithmetic: Evaluation._arithmetic,
    Extreme: Evaluation._extreme,
    Rounded: Evaluation._rounded,
    Between: Evaluation._between,
    Comparison: Evaluation._comparison,
    Joined: Evaluation._joined,
    Opposite: Evaluation._opposite,
    Choice: Evaluation._choice,
    Members: Evaluation._members,
}
