"""From syntax to meaning: names, types, units and ranges settled, or a named error."""

import ast
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NoReturn, Protocol

from huimin.rules import functions, parsing
from huimin.rules.errors import PolicyError
from huimin.rules.facts import DATE, Facts
from huimin.rules.measures import COUNT, SHARE, Unit, UnitsDoNotCombine
from huimin.rules.tree import (
    CONDITION,
    Arithmetic,
    Choice,
    Comparison,
    Constant,
    Fact,
    Joined,
    Members,
    Node,
    Opposite,
    Parameter,
    Reference,
    Today,
    Type,
)

# No household is larger; sums are bounded by it when a policy is loaded.
MOST_MEMBERS = 200

# Ranges beyond this many bits cannot belong to an amount; the exact limit is checked when compiling.
LONGEST_BITS = 256

COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
ARITHMETIC: dict[type[ast.operator], Any] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

Level = Literal["household", "person"]


class ParameterType(Protocol):
    """What an expression must know of a parameter."""

    @property
    def type(self) -> Type:
        """The type of its values."""
        ...

    @property
    def by(self) -> tuple[tuple[str, ...], ...]:
        """The values of each category that it is tabled by."""
        ...

    @property
    def thresholds(self) -> Type | None:
        """What the thresholds are, where it is a scale."""
        ...

    @property
    def brackets(self) -> int:
        """How many brackets it may have, where it is a scale."""
        ...


class Scope(Protocol):
    """What the names in an expression stand for."""

    @property
    def facts(self) -> Facts:
        """The facts that may be used."""
        ...

    @property
    def parameters(self) -> Mapping[str, ParameterType]:
        """The parameters by name."""
        ...

    @property
    def policies(self) -> Mapping[str, Level]:
        """The names of all policies, and whether each is about households or persons."""
        ...

    def names(self, level: Level) -> frozenset[str]:
        """The definitions of a level."""
        ...

    def definition(self, name: str) -> Reference:
        """A reference to a definition, once it has been checked itself."""
        ...

    def due(self, policy: str, level: Level) -> Type | None:
        """What a policy's amounts are, of a household or a person; nothing where it gives none."""
        ...

    def stand_ins(self, policy: str) -> Mapping[str, str]:
        """The policies that stand in for one somewhere, and the file of each."""
        ...


def check(text: str, scope: Scope, level: Level, file: str, line: int) -> Node:
    """The checked tree of an expression about a household, or about one person."""
    tree, flat = parsing.parse(text, file, line)
    members = {"person": "person"} if level == "person" else {}
    return Checker(flat, scope, members, file, line).node(tree)


class Checker:
    """Turns the syntax of one expression into checked nodes."""

    def __init__(self, text: str, scope: Scope, members: Mapping[str, str], file: str, line: int) -> None:
        self.text, self.scope, self.members, self.file, self.line = text, scope, members, file, line

    def with_stand_ins(self, policy: str) -> tuple[str, ...]:
        """A policy and those that stand in for it somewhere, but for the one that is being read."""
        others = self.scope.stand_ins(policy).items()
        return policy, *(name for name, file in others if file != self.file)

    def node(self, tree: ast.expr) -> Node:
        """The checked node of a syntax node."""
        read = READERS.get(type(tree))
        if read is None:
            self.fail("not_allowed", tree, what=type(tree).__name__)
        return read(self, tree)

    def number(self, tree: ast.expr) -> Node:
        """A checked node that must be a number."""
        return self._shaped(tree, "number")

    def condition(self, tree: ast.expr) -> Node:
        """A checked node that must be a condition."""
        return self._shaped(tree, "condition")

    def date(self, tree: ast.expr) -> Node:
        """A checked node that must be a date."""
        return self._shaped(tree, "date")

    def _shaped(self, tree: ast.expr, shape: str) -> Node:
        node = self.node(tree)
        if node.type.shape != shape:
            self.fail("type_wrong", tree, found=node.type.shape, expected=shape)
        return node

    def piece(self, tree: ast.expr) -> str:
        """The part of the text that a syntax node was read from."""
        return self.text[tree.col_offset : tree.end_col_offset]

    def fail(self, code: str, tree: ast.expr, **params: Any) -> NoReturn:
        """Raise the named error for a part of the text."""
        raise PolicyError(code, self.piece(tree), file=self.file, line=self.line, **params)

    def one_unit(self, tree: ast.expr, left: Node, right: Node, action: str) -> Unit | None:
        """The unit that two numbers share; a written zero takes the other's."""
        if left.type.unit is None or right.type.unit is None or left.type.unit == right.type.unit:
            return left.type.unit or right.type.unit
        self.fail("unit_mismatch", tree, left=left.type.unit.name, right=right.type.unit.name, action=action)
        return None

    def within(self, tree: ast.expr, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
        """The range, once it is sure that it has not grown out of hand."""
        for bound in (low, high):
            if max(bound.numerator.bit_length(), bound.denominator.bit_length()) > LONGEST_BITS:
                self.fail("overflow", tree, size=f"2^{bound.numerator.bit_length()}")
        return low, high

    # Names

    def _constant(self, tree: ast.Constant) -> Node:
        text = self.piece(tree)
        if isinstance(tree.value, bool):
            return Constant(CONDITION, text, Fraction(int(tree.value)))
        if isinstance(tree.value, int):
            return number_constant(Fraction(tree.value), text, COUNT)
        if isinstance(tree.value, float):
            # The digits as written, not the nearest binary fraction.
            return number_constant(Fraction(Decimal(text.replace("_", ""))), text, SHARE)
        self.fail("not_allowed", tree, what=type(tree.value).__name__)
        return None

    def _name(self, tree: ast.Name) -> Node:
        if tree.id == "on":
            return Today(DATE, "on")
        if tree.id in self.scope.names("household"):
            return replace(self.scope.definition(tree.id), text=tree.id)
        if tree.id in self.scope.parameters:
            return self._parameter(tree, tree.id, ())
        allowed = sorted(
            {*self.scope.names("household"), *self.scope.parameters, *self.members, "household", "on"}
        )
        self.fail("unknown_name", tree, allowed=allowed)
        return None

    def _attribute(self, tree: ast.Attribute) -> Node:
        level = self._level_of(tree.value)
        if level == "person" and tree.attr in self.scope.names("person"):
            return replace(self.scope.definition(tree.attr), text=self.piece(tree))
        fact = self.scope.facts.get(f"{level}.{tree.attr}")
        if fact is None:
            allowed = sorted(fact.name for fact in self.scope.facts.values() if fact.level == level)
            self.fail("unknown_fact", tree, allowed=allowed)
        return Fact(fact.type, self.piece(tree), level, tree.attr)

    def _level_of(self, tree: ast.expr) -> Level:
        if isinstance(tree, ast.Name) and tree.id == "household":
            return "household"
        if isinstance(tree, ast.Name) and tree.id in self.members:
            return "person"
        self.fail("unknown_name", tree, allowed=["household", *self.members])
        return None

    def _subscript(self, tree: ast.Subscript) -> Node:
        if not isinstance(tree.value, ast.Name) or tree.value.id not in self.scope.parameters:
            self.fail("unknown_name", tree.value, allowed=sorted(self.scope.parameters))
        keys = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        return self._parameter(tree, tree.value.id, tuple(keys))

    def _parameter(self, tree: ast.expr, name: str, keys: tuple[ast.expr, ...]) -> Node:
        parameter = self.scope.parameters[name]
        if parameter.thresholds is not None:
            self.fail("arguments", tree, expected=f"marginal({name}, number), single({name}, number)")
        if len(keys) != len(parameter.by):
            expected = (
                f"{name}[{', '.join('/'.join(values) for values in parameter.by)}]" if parameter.by else name
            )
            self.fail("arguments", tree, expected=expected)
        checked = tuple(self._key(key, values) for key, values in zip(keys, parameter.by, strict=True))
        return Parameter(parameter.type, self.piece(tree), name, checked)

    def _key(self, tree: ast.expr, values: tuple[str, ...]) -> Node:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            return self._category(tree, Type("enum", values=values))
        node = self.node(tree)
        if node.type.shape != "enum" or node.type.values != values:
            self.fail("type_wrong", tree, found=node.type.shape, expected="enum")
        return node

    def _category(self, tree: ast.Constant, kind: Type) -> Constant:
        if tree.value not in kind.values:
            self.fail("unknown_value", tree, allowed=kind.values)
        return Constant(kind, self.piece(tree), Fraction(kind.values.index(tree.value)))

    # Arithmetic

    def _unary(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return Opposite(CONDITION, self.piece(tree), self.condition(tree.operand))
        if not isinstance(tree.op, ast.USub):
            self.fail("not_allowed", tree, what=type(tree.op).__name__)
        item = self.number(tree.operand)
        kind = replace(item.type, low=-item.type.high, high=-item.type.low)
        if isinstance(item, Constant):
            return Constant(kind, self.piece(tree), -item.value)
        zero = number_constant(Fraction(0), "0", COUNT)
        return Arithmetic(kind, self.piece(tree), "-", zero, item)

    def _binary(self, tree: ast.BinOp) -> Node:
        operator = ARITHMETIC.get(type(tree.op))
        if operator is None:
            self.fail("not_allowed", tree, what=type(tree.op).__name__)
        left, right = self.number(tree.left), self.number(tree.right)
        if operator == "/" and right.type.low <= 0:
            self.fail("divide_by_zero", tree)
        unit = self._unit(tree, operator, left, right)
        low, high = self.within(tree, *bounds(operator, left.type, right.type))
        return Arithmetic(Type("number", unit, low, high), self.piece(tree), operator, left, right)

    def _unit(self, tree: ast.expr, operator: str, left: Node, right: Node) -> Unit | None:
        if operator in "+-":
            return self.one_unit(tree, left, right, "add")
        return self.product(tree, left.type, right.type, operator)

    def product(self, tree: ast.expr, left: Type, right: Type, operator: str = "*") -> Unit | None:
        """The unit of a product or quotient."""
        if left.unit is None or right.unit is None:
            return None
        try:
            return left.unit.times(right.unit) if operator == "*" else left.unit.over(right.unit)
        except UnitsDoNotCombine:
            action = "multiply" if operator == "*" else "divide"
            self.fail("unit_product", tree, left=left.unit.name, right=right.unit.name, action=action)

    # Conditions

    def _joined(self, tree: ast.BoolOp) -> Node:
        operator = "and" if isinstance(tree.op, ast.And) else "or"
        return Joined(
            CONDITION, self.piece(tree), operator, tuple(self.condition(item) for item in tree.values)
        )

    def _compare(self, tree: ast.Compare) -> Node:
        operands = [tree.left, *tree.comparators]
        steps = [
            self._comparison(tree, first, operator, second)
            for first, operator, second in zip(operands, tree.ops, operands[1:], strict=False)
        ]
        return steps[0] if len(steps) == 1 else Joined(CONDITION, self.piece(tree), "and", tuple(steps))

    def _comparison(self, tree: ast.Compare, first: ast.expr, operator: ast.cmpop, second: ast.expr) -> Node:
        if isinstance(operator, (ast.In, ast.NotIn)):
            return self._one_of(tree, first, operator, second)
        if type(operator) not in COMPARISONS:
            self.fail("not_allowed", tree, what=type(operator).__name__)
        left, right = self._pair(tree, first, second)
        sign = COMPARISONS[type(operator)]
        if left.type.shape == "enum" and sign not in ("==", "!="):
            self.fail("not_allowed", tree, what=sign)
        text = f"{self.piece(first)} {sign} {self.piece(second)}"
        return Comparison(CONDITION, text, sign, left, right)

    def _pair(self, tree: ast.expr, first: ast.expr, second: ast.expr) -> tuple[Node, Node]:
        for one, other, turned in ((first, second, False), (second, first, True)):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                node = self._shaped(other, "enum")
                category = self._category(one, node.type)
                return (node, category) if turned else (category, node)
        left, right = self.node(first), self.node(second)
        if left.type.shape != right.type.shape or left.type.shape == "condition":
            self.fail("type_wrong", second, found=right.type.shape, expected=left.type.shape)
        if left.type.values != right.type.values:
            self.fail("unknown_value", second, allowed=left.type.values)
        self.one_unit(tree, left, right, "compare")
        return left, right

    def _one_of(self, tree: ast.Compare, first: ast.expr, operator: ast.cmpop, second: ast.expr) -> Node:
        node = self._shaped(first, "enum")
        items = second.elts if isinstance(second, (ast.Tuple, ast.List)) else []
        texts = [item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        if not texts or len(texts) != len(items):
            self.fail("not_allowed", tree, what="in")
        options = tuple(
            Comparison(
                CONDITION, f"{node.text} == {self.piece(item)}", "==", node, self._category(item, node.type)
            )
            for item in texts
        )
        joined = Joined(CONDITION, self.piece(tree), "or", options)
        return joined if isinstance(operator, ast.In) else Opposite(CONDITION, self.piece(tree), joined)

    def _choice(self, tree: ast.IfExp) -> Node:
        condition = self.condition(tree.test)
        met, otherwise = self.node(tree.body), self.node(tree.orelse)
        if met.type.shape != otherwise.type.shape or met.type.values != otherwise.type.values:
            self.fail("type_wrong", tree.orelse, found=otherwise.type.shape, expected=met.type.shape)
        unit = self.one_unit(tree, met, otherwise, "choose")
        low, high = min(met.type.low, otherwise.type.low), max(met.type.high, otherwise.type.high)
        kind = replace(met.type, unit=unit, low=low, high=high)
        return Choice(kind, self.piece(tree), condition, met, otherwise)

    # Functions

    def _call(self, tree: ast.Call) -> Node:
        if not isinstance(tree.func, ast.Name):
            self.fail("not_allowed", tree, what="Call")
        if tree.func.id not in functions.SIGNATURES:
            self.fail("unknown_function", tree, allowed=sorted(functions.SIGNATURES))
        if tree.keywords or any(isinstance(item, ast.Starred) for item in tree.args):
            self.fail("arguments", tree, expected=functions.SIGNATURES[tree.func.id])
        return functions.READERS[tree.func.id](self, tree)

    def members_call(self, tree: ast.Call, operator: Any) -> Node:
        """A sum, count, any or all over members."""
        loop = tree.args[0] if len(tree.args) == 1 else None
        if not isinstance(loop, ast.GeneratorExp) or len(loop.generators) != 1:
            self.fail("arguments", tree, expected=functions.SIGNATURES[operator])
        turn = loop.generators[0]
        over_members = isinstance(turn.iter, ast.Name) and turn.iter.id == "members"
        if turn.is_async or not over_members or not isinstance(turn.target, ast.Name):
            self.fail("arguments", tree, expected=functions.SIGNATURES[operator])
        if self.members:
            self.fail("nested_members", tree)
        taken = {*self.scope.names("household"), *self.scope.parameters, "household", "members", "on"}
        if turn.target.id in taken:
            self.fail("duplicate_name", turn.target, other=turn.target.id)
        inner = Checker(self.text, self.scope, {turn.target.id: "person"}, self.file, self.line)
        return inner.over_members(tree, operator, loop.elt, turn)

    def over_members(self, tree: ast.Call, operator: Any, item: ast.expr, turn: ast.comprehension) -> Node:
        """The node of a sum, count, any or all, read with the member's name known."""
        picked = tuple(self.condition(test) for test in turn.ifs)
        chosen = (
            Joined(CONDITION, " and ".join(test.text for test in picked), "and", picked)
            if len(picked) > 1
            else None
        )
        chosen = chosen or (picked[0] if picked else None)
        text = self.piece(tree)
        if operator == "count":
            if not isinstance(item, ast.Name) or item.id not in self.members:
                self.fail("arguments", tree, expected=functions.SIGNATURES[operator])
            return Members(
                Type("number", COUNT, Fraction(0), Fraction(MOST_MEMBERS)), text, "count", None, chosen
            )
        if operator in ("any", "all"):
            return Members(CONDITION, text, operator, self.condition(item), chosen)
        element = self.number(item)
        low, high = (
            min(element.type.low * MOST_MEMBERS, Fraction(0)),
            max(element.type.high * MOST_MEMBERS, Fraction(0)),
        )
        low, high = self.within(tree, low, high)
        return Members(Type("number", element.type.unit, low, high), text, "sum", element, chosen)


def number_constant(value: Fraction, text: str, unit: Unit) -> Constant:
    """A written number; a written zero fits any unit."""
    return Constant(Type("number", unit if value else None, value, value), text, value)


def bounds(operator: str, left: Type, right: Type) -> tuple[Fraction, Fraction]:
    """The range of a result, from the ranges of its parts."""
    if operator == "+":
        return left.low + right.low, left.high + right.high
    if operator == "-":
        return left.low - right.high, left.high - right.low
    if operator == "*":
        corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
    else:
        corners = [a / b for a in (left.low, left.high) for b in (right.low, right.high)]
    return min(corners), max(corners)


READERS: dict[type[ast.expr], Any] = {
    ast.Constant: Checker._constant,
    ast.Name: Checker._name,
    ast.Attribute: Checker._attribute,
    ast.Subscript: Checker._subscript,
    ast.UnaryOp: Checker._unary,
    ast.BinOp: Checker._binary,
    ast.BoolOp: Checker._joined,
    ast.Compare: Checker._compare,
    ast.IfExp: Checker._choice,
    ast.Call: Checker._call,
}
