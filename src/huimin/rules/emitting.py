"""Integer code, built step by step as Python syntax nodes, with the range of every step known.

No text of a policy gets in here: names are made up and numbers are numbers, so nothing that a policy says
can become code.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce

# An operand: the name of a variable, or a number.
Atom = str | int

LARGEST = 2**63 - 1
COMPARE: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}
BINARY: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "//": ast.FloorDiv,
    "|": ast.BitOr,
}


class TooLarge(ValueError):
    """A step whose result may not fit into 64 bits."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


@dataclass(frozen=True)
class Integer:
    """An integer in the code, and the range it stays in."""

    atom: Atom
    low: int
    high: int


def integer(value: int) -> Integer:
    """A written integer."""
    return Integer(value, value, value)


class Emitter:
    """Appends statements to the block at hand and hands out fresh variable names."""

    def __init__(self) -> None:
        self.block: list[ast.stmt] = []
        self._count = 0

    def fresh(self, prefix: str = "v") -> str:
        """A variable name not used before."""
        self._count += 1
        return f"{prefix}{self._count}"

    def assign(self, value: ast.expr) -> str:
        """A new variable holding a value."""
        name = self.fresh()
        self.set(name, value)
        return name

    def set(self, name: str, value: ast.expr) -> None:
        """Give a variable a value."""
        self.block.append(ast.Assign([ast.Name(name, ast.Store())], value))

    @contextmanager
    def within(self, block: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
        """Statements go into this block meanwhile."""
        outer, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = outer

    def add(self, left: Integer, right: Integer) -> Integer:
        """The sum."""
        if left.atom == 0 or right.atom == 0:
            return right if left.atom == 0 else left
        return self._result("+", left, right, left.low + right.low, left.high + right.high)

    def subtract(self, left: Integer, right: Integer) -> Integer:
        """The difference."""
        if right.atom == 0:
            return left
        return self._result("-", left, right, left.low - right.high, left.high - right.low)

    def multiply(self, left: Integer, right: Integer) -> Integer:
        """The product."""
        if left.atom == 1 or right.atom == 1:
            return right if left.atom == 1 else left
        corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        return self._result("*", left, right, min(corners), max(corners))

    def floor_divide(self, left: Integer, right: Integer) -> Integer:
        """The quotient rounded towards minus infinity, by a divisor above zero."""
        corners = [a // b for a in (left.low, left.high) for b in (right.low, right.high)]
        if left.low < 0 or min(corners) == max(corners):
            return self._result("//", left, right, min(corners), max(corners))
        # A number that is never below zero is divided unsigned, without the care that the others need.
        return Integer(self.assign(call("quotient", left.atom, right.atom)), min(corners), max(corners))

    def rounded(self, top: Integer, bottom: Integer, mode: str) -> Integer:
        """A fraction, its denominator above zero, made whole: half_up and up away from zero, down towards it."""
        if top.low >= 0:
            return self._rounded_positive(top, bottom, mode)
        size = self.choose(self.compare("<", top.atom, 0), self.subtract(integer(0), top), top)
        size = self.narrowed(size, 0, max(-top.low, top.high))
        whole = self._rounded_positive(size, bottom, mode)
        return self.choose(self.compare("<", top.atom, 0), self.subtract(integer(0), whole), whole)

    def _rounded_positive(self, top: Integer, bottom: Integer, mode: str) -> Integer:
        if mode == "down":
            return self.floor_divide(top, bottom)
        if mode == "up":
            return self.floor_divide(self.add(top, self.subtract(bottom, integer(1))), bottom)
        double = self.multiply(bottom, integer(2))
        return self.floor_divide(self.add(self.multiply(top, integer(2)), bottom), double)

    def _result(self, operator: str, left: Integer, right: Integer, low: int, high: int) -> Integer:
        if max(abs(low), abs(high)) > LARGEST:
            raise TooLarge(max(abs(low), abs(high)))
        if low == high:
            return integer(low)
        return Integer(self.assign(binary(operator, left.atom, right.atom)), low, high)

    def narrowed(self, value: Integer, low: int, high: int) -> Integer:
        """The same integer with what else is known of its range."""
        low, high = max(value.low, low), min(value.high, high)
        return Integer(value.atom, low, high) if low <= high else value

    def choose(self, test: Atom, met: Integer, otherwise: Integer) -> Integer:
        """One of two integers."""
        if met.atom == otherwise.atom:
            return met
        value = ast.IfExp(load(test), load(met.atom), load(otherwise.atom))
        return Integer(self.assign(value), min(met.low, otherwise.low), max(met.high, otherwise.high))

    def compare(self, operator: str, left: Atom, right: Atom) -> Atom:
        """A comparison."""
        return self.assign(compare(operator, left, right))

    def merge(self, *missing: Atom) -> Atom:
        """All that is missing, as bits put together."""
        bits = [each for each in dict.fromkeys(missing) if each != 0]
        merged: Atom = 0
        for each in bits:
            merged = each if merged == 0 else self.assign(binary("|", merged, each))
        return merged


def load(atom: Atom) -> ast.expr:
    """The syntax node of an operand."""
    if atom in ("True", "False"):
        return ast.Constant(atom == "True")
    if isinstance(atom, str):
        return ast.Name(atom, ast.Load())
    if atom < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-atom))
    return ast.Constant(atom)


def binary(operator: str, left: Atom, right: Atom) -> ast.expr:
    """The syntax node of an operation."""
    return ast.BinOp(load(left), BINARY[operator](), load(right))


def compare(operator: str, left: Atom, right: Atom) -> ast.expr:
    """The syntax node of a comparison."""
    return ast.Compare(load(left), [COMPARE[operator]()], [load(right)])


def both(*parts: ast.expr) -> ast.expr:
    """The syntax node of an `and` whose parts are all worked out already: it takes no branch that could be guessed wrong."""
    return reduce(lambda left, right: ast.BinOp(left, ast.BitAnd(), right), parts)


def either(*parts: ast.expr) -> ast.expr:
    """The syntax node of such an `or`."""
    return reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), parts)


def negated(part: ast.expr) -> ast.expr:
    """The syntax node of a `not`."""
    return ast.UnaryOp(ast.Not(), part)


def item(array: str, *index: Atom) -> ast.expr:
    """The syntax node of an array's element."""
    place = load(index[0]) if len(index) == 1 else ast.Tuple([load(each) for each in index], ast.Load())
    return ast.Subscript(ast.Name(array, ast.Load()), place, ast.Load())


def put(array: str, index: Atom, value: ast.expr) -> ast.stmt:
    """The statement that writes an array's element."""
    return ast.Assign([ast.Subscript(ast.Name(array, ast.Load()), load(index), ast.Store())], value)


def call(function: str, *arguments: Atom) -> ast.expr:
    """The syntax node of a call."""
    return ast.Call(ast.Name(function, ast.Load()), [load(each) for each in arguments], [])


def loop(variable: str, first: Atom, last: Atom, body: list[ast.stmt], *by: Atom) -> ast.stmt:
    """The statement that runs a body for every number, or by steps, from first to before last."""
    return ast.For(ast.Name(variable, ast.Store()), call("range", first, last, *by), body or [ast.Pass()], [])
