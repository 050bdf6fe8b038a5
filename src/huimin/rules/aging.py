"""Comparisons of an age with so many years, in integer code: the day of birth tells, no age need be looked up."""

import ast
from typing import TYPE_CHECKING

from huimin.rules.emitting import call, integer, item, load
from huimin.rules.lowered import Truth
from huimin.rules.tree import Between, Comparison, Fact, Node, Reference, Today

if TYPE_CHECKING:
    from huimin.rules.lowering import Lowering

# An age is compared so with less than so many years.
OLDEST = 200
# How a birth date compares with the first day that is too late, for each way an age compares with the years.
BORN = {">=": "<", ">": "<", "<": ">=", "<=": ">="}


def comparison(lowering: "Lowering", node: Comparison) -> Truth | None:
    """Whether a member has reached an age, where a comparison asks just that; else nothing."""
    born, years = _birth(lowering, node.left), node.right
    fits = not years.of_person and years.type.low >= 0 and years.type.high < OLDEST
    if born is None or not fits or node.operator not in BORN:
        return None
    emit, first, limit = lowering.emitter, lowering.code(born), lowering.number(years)
    with lowering.before(years):
        reached = node.operator in (">=", "<")
        whole = lowering.rounded(limit, "up" if reached else "down")
        place = emit.assign(call("place", whole.atom if reached else emit.add(whole, integer(1)).atom))
        day = emit.assign(ast.BinOp(item("youngest", place), ast.Add(), load("zero")))
    truth = emit.compare(BORN[node.operator], first.value.atom, day)
    return Truth(truth, emit.merge(first.missing, limit.missing))


def _birth(lowering: "Lowering", node: Node) -> Fact | None:
    """The member's day of birth, where a value is the member's age on the day asked about."""
    while isinstance(node, Reference):
        node = lowering.definitions[node.key].node
    if not isinstance(node, Between) or node.measure != "years" or not isinstance(node.last, Today):
        return None
    return node.first if isinstance(node.first, Fact) and node.first.of_person else None
