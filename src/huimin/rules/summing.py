"""Sums, counts, any and all over the members of a household, in integer code."""

import ast
from math import ceil, floor

from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.emitting import LARGEST, Atom, Integer, both, compare, integer, load
from huimin.rules.lowered import NotComputable, Number, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.tree import Joined, Members, Node, Opposite


class Turn:
    """What one member adds to a sum, count, any or all."""

    def __init__(self, lowering: Lowering, node: Members, total: str, missing: Atom) -> None:
        self.lowering, self.emitter, self.node = lowering, lowering.emitter, node
        self.total, self.missing = total, missing

    def emit(self) -> None:
        """Append the statements."""
        if self.node.operator in ("any", "all"):
            self._settle()
        else:
            self._add()

    def _add(self) -> None:
        node, item = self.node, None
        if node.item is not None:
            item = self.lowering.number(node.item)
            if item.scale is None:
                raise NotComputable("needs_rounding", node.item)
            size = max(abs(item.numerator.low), abs(item.numerator.high)) * MOST_MEMBERS
            if size > LARGEST:
                raise NotComputable("overflow", node, size)
            self.lowering.scales[node] = item.scale
        added = item.numerator.atom if item is not None else 1
        lacking = item.missing if item is not None else 0
        if node.picked is None:
            self._grow(load(added), load(lacking))
            return
        picked = self.lowering.truth(node.picked)
        # A member who may or may not count leaves the sum unknown for that reason alone.
        missing: ast.expr = ast.IfExp(load(picked.value), load(lacking), load("zero"))
        if picked.missing != 0:
            missing = ast.IfExp(compare("!=", picked.missing, 0), load(picked.missing), missing)
        self._grow(ast.IfExp(load(picked.value), load(added), load("zero")), missing)

    def _grow(self, added: ast.expr, lacking: ast.expr) -> None:
        self.emitter.set(self.total, ast.BinOp(load(self.total), ast.Add(), added))
        if isinstance(self.missing, str):
            self.emitter.set(self.missing, ast.BinOp(load(self.missing), ast.BitOr(), lacking))

    def _settle(self) -> None:
        """A known member settles: one that is so for `any`, one that is not for `all`."""
        node = self.node
        assert node.item is not None
        parts: tuple[Node, ...] = (node.item,)
        if node.picked is not None:
            turned = Opposite(node.type, node.text, node.picked)
            parts = (node.picked if node.operator == "any" else turned, node.item)
        operator = "and" if node.operator == "any" else "or"
        found = self.lowering.truth(
            parts[0] if len(parts) == 1 else Joined(node.type, node.text, operator, parts)
        )
        settles = load(found.value) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(found.value))
        if found.missing != 0:
            settles = both(settles, compare("==", found.missing, 0))
        self._grow(ast.IfExp(settles, load("one"), load("zero")), load(found.missing))


def total(lowering: Lowering, node: Members, sum_of: str, missing: Atom) -> Number | Truth:
    """The value of a sum, count, any or all, once every member has added to it."""
    emitter = lowering.emitter
    if node.operator in ("any", "all"):
        settled = emitter.compare(">", sum_of, 0)
        left = missing and emitter.assign(ast.IfExp(load(settled), load("zero"), load(missing)))
        value = load(settled) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(settled))
        return Truth(emitter.assign(value), left)
    scale = lowering.scales.get(node, 1)
    whole = Integer(sum_of, floor(node.type.low * scale), ceil(node.type.high * scale))
    return Number(whole, integer(scale), missing)
