"""Scales of brackets in integer code."""

from math import ceil, floor
from typing import TYPE_CHECKING

from huimin.rules.emitting import Integer, integer
from huimin.rules.lowered import Lowered, Number
from huimin.rules.tree import Scaled

if TYPE_CHECKING:
    from huimin.rules.lowering import Lowering


def scaled(lowering: "Lowering", node: Scaled) -> Lowered:
    """A number put on a scale, exactly."""
    found = lowering.number(node.item)
    (starts, rates), scale = _brackets(lowering, node), lowering.names.scales[node.scale]
    missing = lowering.emitter.merge(found.missing, lowering.division_missing(node.scale))
    one, _, bottom = lowering.common(found, Number(integer(0), integer(scale), 0))
    step = _over(lowering, bottom, scale)
    starts = [lowering.emitter.multiply(start, step) for start in starts]
    if node.operator == "single":
        top = integer(0)
        for start, rate in zip(starts, rates, strict=True):
            top = lowering.emitter.choose(lowering.emitter.compare(">=", one.atom, start.atom), rate, top)
        return lowering.narrowed(node, top, integer(scale), missing)
    top, bottom = integer(0), lowering.emitter.multiply(bottom, integer(scale))
    found = lowering.narrowed(node, top, bottom, missing)
    for start, end, rate in zip(starts, [*starts[1:], one], rates, strict=True):
        part = lowering.emitter.multiply(_part(lowering, one, start, end), rate)
        # No part is larger than the whole: each step stays within the answer's range.
        found = lowering.narrowed(node, lowering.emitter.add(found.numerator, part), bottom, missing)
    return found


def _over(lowering: "Lowering", bottom: Integer, scale: int) -> Integer:
    """How often a scale's denominator goes into another that is made from it."""
    if isinstance(bottom.atom, int):
        return integer(bottom.atom // scale)
    return lowering.emitter.floor_divide(bottom, integer(scale))


def _part(lowering: "Lowering", one: Integer, start: Integer, end: Integer) -> Integer:
    """The part of a number that lies in a bracket."""
    emit = lowering.emitter
    lower = end if one is end else emit.choose(emit.compare("<=", one.atom, end.atom), one, end)
    part = emit.subtract(lower, start)
    part = emit.choose(emit.compare(">", part.atom, 0), part, integer(0))
    return emit.narrowed(part, 0, max(one.high - start.low, 0))


def _brackets(lowering: "Lowering", node: Scaled) -> tuple[list[Integer], list[Integer]]:
    """The thresholds and values of a scale, read before all households."""
    if node.scale not in lowering.brackets:
        lowering.brackets[node.scale] = _read_brackets(lowering, node)
    return lowering.brackets[node.scale]


def _read_brackets(lowering: "Lowering", node: Scaled) -> tuple[list[Integer], list[Integer]]:
    scale, slot = lowering.names.scales[node.scale], lowering.names.slots[node.scale]
    halves = []
    for kind in (lowering.names.thresholds[node.scale], lowering.names.rates[node.scale]):
        places = range(slot + len(halves) * node.brackets, slot + (len(halves) + 1) * node.brackets)
        cells = map(lowering.cell, places)
        halves.append([Integer(cell, floor(kind.low * scale), ceil(kind.high * scale)) for cell in cells])
    return halves[0], halves[1]
