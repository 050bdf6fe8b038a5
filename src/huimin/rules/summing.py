"""Sums, counts, any and all over the members of a household, in integer code."""

import ast
from math import ceil, floor

from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.emitting import LARGEST, Atom, Integer, both, compare, integer, load
from huimin.rules.lowered import NotComputable, Number, Truth
from huimin.rules.lowering import Lowering
from huimin.rules.tree import Joined, Members, Node, Opposite

# What a member adds, and what of it is not known, if anything may be.
Added = tuple[ast.expr, ast.expr | None]


def added(lowering: Lowering, node: Members) -> Added:
    """What one member adds to a sum, count, any or all."""
    return _settling(lowering, node) if node.operator in ("any", "all") else _adding(lowering, node)


def _adding(lowering: Lowering, node: Members) -> Added:
    item = None
    if node.item is not None:
        item = lowering.number(node.item)
        if item.scale is None:
            raise NotComputable("needs_rounding", node.item)
        size = max(abs(item.numerator.low), abs(item.numerator.high)) * MOST_MEMBERS
        if size > LARGEST:
            raise NotComputable("overflow", node, size)
        lowering.scales[node] = item.scale
    value = load(item.numerator.atom if item is not None else 1)
    lacking = item.missing if item is not None else 0
    if node.picked is None:
        return value, _if_any(lacking)
    picked = lowering.truth(node.picked)
    # A member who may or may not count leaves the sum unknown for that reason alone.
    missing = _if_any(picked.missing)
    if lacking != 0:
        missing = ast.IfExp(load(picked.value), load(lacking), load("zero"))
        if picked.missing != 0:
            missing = ast.IfExp(compare("!=", picked.missing, 0), load(picked.missing), missing)
    return ast.IfExp(load(picked.value), value, load("zero")), missing


def _settling(lowering: Lowering, node: Members) -> Added:
    """A known member settles: one that is so for `any`, one that is not for `all`."""
    assert node.item is not None
    parts: tuple[Node, ...] = (node.item,)
    if node.picked is not None:
        turned = Opposite(node.type, node.text, node.picked)
        parts = (node.picked if node.operator == "any" else turned, node.item)
    operator = "and" if node.operator == "any" else "or"
    found = lowering.truth(parts[0] if len(parts) == 1 else Joined(node.type, node.text, operator, parts))
    settles = load(found.value) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(found.value))
    if found.missing != 0:
        settles = both(settles, compare("==", found.missing, 0))
    return ast.IfExp(settles, load("one"), load("zero")), _if_any(found.missing)


def _if_any(missing: Atom) -> ast.expr | None:
    return load(missing) if missing != 0 else None


def total(lowering: Lowering, node: Members, sum_of: str, missing: Atom) -> Number | Truth:
    """The value of a sum, count, any or all, of what every member has added to it."""
    emitter = lowering.emitter
    if node.operator in ("any", "all"):
        settled = emitter.compare(">", sum_of, 0)
        left = missing and emitter.assign(ast.IfExp(load(settled), load("zero"), load(missing)))
        value = load(settled) if node.operator == "any" else ast.UnaryOp(ast.Not(), load(settled))
        return Truth(emitter.assign(value), left)
    scale = lowering.scales.get(node, 1)
    whole = Integer(sum_of, floor(node.type.low * scale), ceil(node.type.high * scale))
    return Number(whole, integer(scale), missing)
