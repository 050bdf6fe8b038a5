"""Checked nodes into integer code: fractions become numerators and denominators, the unknown becomes bits.

Every value carries `missing`: zero when it is known, else one bit for each fact it lacks. That is Kleene's
logic with the reasons kept: a known `false` settles an `and` whatever else is missing.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil, floor, lcm
from typing import Any

from huimin.rules import aging, bracketing
from huimin.rules.emitting import (
    Atom,
    Emitter,
    Integer,
    TooLarge,
    both,
    call,
    compare,
    either,
    integer,
    item,
    load,
    negated,
)
from huimin.rules.facts import EARLIEST_DAYS
from huimin.rules.lowered import Code, Lowered, Names, NotComputable, Number, Told, Truth
from huimin.rules.questions import Question
from huimin.rules.resting import Resting
from huimin.rules.tree import (
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

# Of so many values of a parameter, the one that a fact picks is chosen, not looked up: a loop without look-ups is what
# the compiler can do for several at once.
MOST_CHOSEN = 24


@dataclass
class Lowering:
    """Lowers the nodes of one program, pass by pass: a pass goes through members, or through households.

    What is the same for all households is worked out once, in the head, before all of them.
    """

    emitter: Emitter
    names: Names
    definitions: Mapping[str, Any]
    persons: Mapping[str, Question]
    resting: Resting
    head: list[ast.stmt] = field(default_factory=list)
    brackets: dict[str, tuple[list[Integer], list[Integer]]] = field(default_factory=dict)
    # Sums over members and answers that passes before have made.
    made: dict[Node, Callable[[], Lowered]] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    scales: dict[Node, int] = field(default_factory=dict)
    everywhere: dict[Node, Lowered] = field(default_factory=dict)
    # What is known in the pass at hand, and the household's place in it.
    at_hand: dict[Node, Lowered] = field(default_factory=dict)
    household: Callable[[], str] = lambda: "household"
    _cells: dict[int, str] = field(default_factory=dict)

    def number(self, node: Node) -> Number:
        """A number."""
        found = self.lower(node)
        assert isinstance(found, Number)
        return found

    def truth(self, node: Node) -> Truth:
        """A condition."""
        found = self.lower(node)
        assert isinstance(found, Truth)
        return found

    def code(self, node: Node) -> Code:
        """A date or category."""
        found = self.lower(node)
        assert isinstance(found, Code)
        return found

    def lower(self, node: Node) -> Lowered:
        """The code of a node, emitted once a pass."""
        if self.resting.everywhere(node):
            with self.before():
                return self._once(node, self.everywhere)
        return self._once(node, self.at_hand)

    def _once(self, node: Node, cache: dict[Node, Lowered]) -> Lowered:
        if node not in cache:
            try:
                cache[node] = self.made[node]() if node in self.made else LOWERERS[type(node)](self, node)
            except TooLarge as error:
                raise NotComputable("overflow", node, error.size) from None
        return cache[node]

    @contextmanager
    def before(self, *nodes: Node) -> Iterator[None]:
        """What rests on nothing but nodes that are the same for all households is computed before all of them."""
        block = self.head if all(map(self.resting.everywhere, nodes)) else self.emitter.block
        with self.emitter.within(block):
            yield

    # Names

    def _constant(self, node: Constant) -> Lowered:
        if node.type.shape == "number":
            return Number(integer(node.value.numerator), integer(node.value.denominator), 0)
        if node.type.shape == "condition":
            return Truth(self.emitter.compare("!=", int(node.value), 0), 0)
        return Code(integer(int(node.value)), 0)

    def _fact(self, node: Fact) -> Lowered:
        values, known, bit = self.names.facts[node.key]
        index = "person" if node.level == "person" else self.household()
        missing: Atom = 0
        if not self.names.certain:
            unknown = ast.BinOp(ast.Constant(1), ast.Sub(), item(known, index))
            missing = self.emitter.assign(ast.BinOp(unknown, ast.Mult(), ast.Constant(bit)))
        return self._typed(node, item(values, index), missing, 1)

    def _typed(self, node: Node, value: ast.expr, missing: Atom, scale: int) -> Lowered:
        if node.type.shape == "condition":
            return Truth(self.emitter.assign(ast.Compare(value, [ast.NotEq()], [ast.Constant(0)])), missing)
        low, high = floor(node.type.low * scale), ceil(node.type.high * scale)
        if node.type.shape == "enum":
            low, high = 0, len(node.type.values) - 1
        # A sum with a full-width zero makes small stored types wide before anything is computed with them.
        wide = self.emitter.assign(ast.BinOp(value, ast.Add(), load("zero")))
        whole = self.emitter.narrowed(Integer(wide, low, high), low, high)
        return Number(whole, integer(scale), missing) if node.type.shape == "number" else Code(whole, missing)

    def _parameter(self, node: Parameter) -> Lowered:
        place, missing = integer(self.names.slots[node.name]), [self.division_missing(node.name)]
        stride = 1
        for key in reversed(node.keys):
            code = self.code(key)
            place = self.emitter.add(place, self.emitter.multiply(code.value, integer(stride)))
            missing.append(code.missing)
            stride *= len(key.type.values)
        value = self._cell(place)
        return self._typed(node, value, self.emitter.merge(*missing), self.names.scales[node.name])

    def _cell(self, place: Integer) -> ast.expr:
        """The parameter at a place in the region's row."""
        if isinstance(place.atom, int):
            return load(self.cell(place.atom))
        if place.high - place.low >= MOST_CHOSEN:
            return item("parameters", "region", place.atom)
        value: Atom = self.cell(place.low)
        for each in range(place.low + 1, place.high + 1):
            here = compare("==", place.atom, each)
            value = self.emitter.assign(ast.IfExp(here, load(self.cell(each)), load(value)))
        return load(value)

    def cell(self, place: int) -> str:
        """The parameter at a written place in the region's row, read before all households."""
        if place not in self._cells:
            with self.before():
                wide = ast.BinOp(item("parameters", "region", place), ast.Add(), load("zero"))
                self._cells[place] = self.emitter.assign(wide)
        return self._cells[place]

    def division_missing(self, name: str) -> Atom:
        """Whether a parameter is not known because the division is not."""
        return self._missing_at(self.names.slots[name])

    def _missing_at(self, slot: int) -> Atom:
        if self.names.certain:
            return 0
        with self.before():
            return self.emitter.assign(
                ast.BinOp(load("one"), ast.Sub(), item("parameters_known", "region", slot))
            )

    def _reference(self, node: Reference) -> Lowered:
        definition = self.definitions[node.key]
        try:
            return self.lower(definition.node)
        except NotComputable as error:
            error.definition = error.definition or definition
            raise

    def _entitled(self, node: Entitled) -> Lowered:
        return self._said(node)[0]

    def _due(self, node: Due) -> Lowered:
        return self.due(node, *self._said(node))

    def _said(self, node: Entitled | Due) -> tuple[Truth, Integer | None]:
        if node.level == "person":
            return self.verdict(self.persons[node.policy])
        told = self.told[node.policy]
        return Truth(told.value(), told.missing()), told.due() if told.due is not None else None

    def due(self, node: Node, verdict: Truth, amount: Integer | None) -> Number:
        """What is due by a verdict: nothing to those who are not entitled, nor while the policy is not in force."""
        if amount is None:
            return Number(integer(0), integer(1), verdict.missing)
        due = self.emitter.choose(verdict.value, amount, integer(0))
        return Number(
            self.emitter.narrowed(due, floor(node.type.low), ceil(node.type.high)),
            integer(1),
            verdict.missing,
        )

    def verdict(self, question: Question) -> tuple[Truth, Integer | None]:
        """Whether a question's conditions hold here and its amount is known, and the amount, whole.

        Entitled only where the amount is known too; a known refusal stays one.
        """
        found = self.join("and", [*self.here(question), *map(self.truth, question.conditions)])
        if question.amount is None:
            return found, None
        amount = self.lower(question.amount)
        whole = amount.value if isinstance(amount, Code) else self._made_whole(question, question.amount)
        if amount.missing != 0:
            known = Truth(self.emitter.compare("==", amount.missing, amount.missing), amount.missing)
            found = self.join("and", [found, known])
        return found, whole

    def _made_whole(self, question: Question, node: Node) -> Integer:
        found = self.number(node)
        if question.rounding is None:
            if found.scale != 1:
                raise NotComputable("needs_rounding", node)
            return found.numerator
        try:
            return self.rounded(found, question.rounding)
        except TooLarge as error:
            raise NotComputable("overflow", node, error.size) from None

    def here(self, question: Question) -> list[Truth]:
        """Whether a household is one of the question's area; nothing where every one is."""
        if question.area not in self.names.areas:
            return []
        slot = self.names.areas[question.area]
        with self.before():
            inside = self.emitter.compare("!=", self.cell(slot), 0)
        return [Truth(inside, self._missing_at(slot))]

    def _today(self, node: Today) -> Lowered:
        return Code(Integer("on", int(node.type.low), int(node.type.high)), 0)

    # Numbers

    def _arithmetic(self, node: Arithmetic) -> Lowered:
        left, right = self.number(node.left), self.number(node.right)
        missing = self.emitter.merge(left.missing, right.missing)
        emit = self.emitter
        if node.operator == "*":
            top = emit.multiply(left.numerator, right.numerator)
            return self.narrowed(node, top, emit.multiply(left.denominator, right.denominator), missing)
        if node.operator == "/":
            divisor = emit.narrowed(right.numerator, 1, right.numerator.high)
            top = emit.multiply(left.numerator, right.denominator)
            return self.narrowed(node, top, emit.multiply(left.denominator, divisor), missing)
        one, other, bottom = self.common(left, right)
        top = emit.add(one, other) if node.operator == "+" else emit.subtract(one, other)
        return self.narrowed(node, top, bottom, missing)

    def common(self, left: Number, right: Number) -> tuple[Integer, Integer, Integer]:
        """Two fractions brought to one denominator."""
        emit = self.emitter
        if left.denominator.atom == right.denominator.atom:
            return left.numerator, right.numerator, left.denominator
        if left.scale is not None and right.scale is not None:
            scale = lcm(left.scale, right.scale)
            one = emit.multiply(left.numerator, integer(scale // left.scale))
            return one, emit.multiply(right.numerator, integer(scale // right.scale)), integer(scale)
        one = emit.multiply(left.numerator, right.denominator)
        other = emit.multiply(right.numerator, left.denominator)
        return one, other, emit.multiply(left.denominator, right.denominator)

    def narrowed(self, node: Node, top: Integer, bottom: Integer, missing: Atom) -> Number:
        """A fraction, with its numerator's range narrowed to what the checker knows of the value."""
        if isinstance(bottom.atom, int):
            top = self.emitter.narrowed(
                top, ceil(node.type.low * bottom.atom), floor(node.type.high * bottom.atom)
            )
        return Number(top, bottom, missing)

    def _extreme(self, node: Extreme) -> Lowered:
        found = self.number(node.items[0])
        for each in node.items[1:]:
            other = self.number(each)
            one, two, _ = self.common(found, other)
            first = self.emitter.compare("<=" if node.operator == "min" else ">=", one.atom, two.atom)
            found = self._either(first, found, other)
        return self.narrowed(node, found.numerator, found.denominator, found.missing)

    def _either(self, first: Atom, one: Number, other: Number) -> Number:
        emit, missing = self.emitter, self.emitter.merge(one.missing, other.missing)
        if one.scale is not None and other.scale is not None:
            left, right, bottom = self.common(one, other)
            return Number(emit.choose(first, left, right), bottom, missing)
        top = emit.choose(first, one.numerator, other.numerator)
        return Number(top, emit.choose(first, one.denominator, other.denominator), missing)

    def _rounded(self, node: Rounded) -> Lowered:
        found = self.number(node.item)
        return Number(self.rounded(found, node.mode), integer(1), found.missing)

    def rounded(self, number: Number, mode: str) -> Integer:
        """A fraction made whole: half_up away from zero, down towards zero, up away from zero."""
        if number.scale == 1:
            return number.numerator
        return self.emitter.rounded(number.numerator, number.denominator, mode)

    def _shifted(self, node: Shifted) -> Lowered:
        first, count = self.code(node.first), self.number(node.count)
        if count.scale != 1:
            raise NotComputable("needs_rounding", node.count)
        value = self.emitter.assign(call(f"{node.measure}_after", first.value.atom, count.numerator.atom))
        whole = Integer(value, int(node.type.low), int(node.type.high))
        return Code(whole, self.emitter.merge(first.missing, count.missing))

    def _between(self, node: Between) -> Lowered:
        first, last = self.code(node.first), self.code(node.last)
        if node.measure == "years" and isinstance(node.last, Today) and isinstance(node.first, Fact):
            # The range of a date fact is known, so full years up to the day asked about are looked up.
            since = self.emitter.assign(ast.BinOp(load(first.value.atom), ast.Sub(), load(EARLIEST_DAYS)))
            place = self.emitter.assign(call("place", since))
            value = self.emitter.assign(ast.BinOp(item("ages", place), ast.Add(), load("zero")))
        else:
            value = self.emitter.assign(call(f"{node.measure}_between", first.value.atom, last.value.atom))
        whole = Integer(value, int(node.type.low), int(node.type.high))
        return Number(whole, integer(1), self.emitter.merge(first.missing, last.missing))

    # Conditions

    def _comparison(self, node: Comparison) -> Lowered:
        aged = aging.comparison(self, node)
        if aged is not None:
            return aged
        left, right = self.lower(node.left), self.lower(node.right)
        missing = self.emitter.merge(left.missing, right.missing)
        if isinstance(left, Number) and isinstance(right, Number):
            one, other, _ = self.common(left, right)
            return Truth(self.emitter.compare(node.operator, one.atom, other.atom), missing)
        assert isinstance(left, Code)
        assert isinstance(right, Code)
        return Truth(self.emitter.compare(node.operator, left.value.atom, right.value.atom), missing)

    def _joined(self, node: Joined) -> Lowered:
        return self.join(node.operator, [self.truth(each) for each in node.items])

    def join(self, operator: str, parts: list[Truth]) -> Truth:
        """Kleene's `and` and `or`: a known part may settle the answer, whatever else is missing."""
        if not parts:
            return Truth(self.emitter.compare("==", 0, 0), 0)
        emit = self.emitter
        settles = (
            (lambda part: negated(load(part.value))) if operator == "and" else (lambda part: load(part.value))
        )
        settled = [
            both(settles(part), *((compare("==", part.missing, 0),) if part.missing != 0 else ()))
            for part in parts
        ]
        together = (both if operator == "and" else either)(*(load(part.value) for part in parts))
        missing = emit.merge(*(part.missing for part in parts))
        if missing == 0:
            return Truth(emit.assign(together), 0)
        decided = emit.assign(either(*settled))
        value = negated(load(decided)) if operator == "and" else load(decided)
        left = emit.assign(ast.IfExp(load(decided), load("zero"), load(missing)))
        return Truth(emit.assign(value), left)

    def _opposite(self, node: Opposite) -> Lowered:
        found = self.truth(node.item)
        return Truth(self.emitter.assign(negated(load(found.value))), found.missing)

    def _choice(self, node: Choice) -> Lowered:
        test, met, otherwise = self.truth(node.condition), self.lower(node.met), self.lower(node.otherwise)
        emit = self.emitter
        chosen = emit.choose(test.value, _bits(met.missing), _bits(otherwise.missing)).atom
        # While the condition is unknown, only what it lacks is named: the branch is not yet known.
        if test.missing != 0:
            unknown = ast.IfExp(compare("!=", test.missing, 0), load(test.missing), load(chosen))
            chosen = emit.assign(unknown)
        if isinstance(met, Number) and isinstance(otherwise, Number):
            both_known = self._either(test.value, met, otherwise)
            return Number(both_known.numerator, both_known.denominator, chosen)
        if isinstance(met, Truth) and isinstance(otherwise, Truth):
            return Truth(
                emit.assign(ast.IfExp(load(test.value), load(met.value), load(otherwise.value))), chosen
            )
        assert isinstance(met, Code)
        assert isinstance(otherwise, Code)
        return Code(emit.choose(test.value, met.value, otherwise.value), chosen)

    def _members(self, node: Members) -> Lowered:
        raise AssertionError(f"{node.text} is summed before it is used")


def _bits(missing: Atom) -> Integer:
    return Integer(missing, 0, 2**63 - 1) if isinstance(missing, str) else integer(missing)


LOWERERS: dict[type[Node], Callable[[Lowering, Any], Lowered]] = {
    Constant: Lowering._constant,
    Fact: Lowering._fact,
    Parameter: Lowering._parameter,
    Reference: Lowering._reference,
    Entitled: Lowering._entitled,
    Due: Lowering._due,
    Scaled: bracketing.scaled,
    Shifted: Lowering._shifted,
    Today: Lowering._today,
    Arithmetic: Lowering._arithmetic,
    Extreme: Lowering._extreme,
    Rounded: Lowering._rounded,
    Between: Lowering._between,
    Comparison: Lowering._comparison,
    Joined: Lowering._joined,
    Opposite: Lowering._opposite,
    Choice: Lowering._choice,
    Members: Lowering._members,
}
