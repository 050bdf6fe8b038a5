"""The steps of a traced policy that are more than an operator of Python: exact, and unknown where a part is."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

from huimin.rules import scales
from huimin.rules.reference import AFTER, BETWEEN, Unknown, Value, kleene, lacked, plain, rounded
from huimin.units.rounding import MODES, Mode


def lacking(*values: Value) -> Unknown:
    """What cannot be told of several values, of which some are not known."""
    return Unknown(lacked(values))


def divided(left: Value, right: Value) -> Value:
    """The exact quotient."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return lacking(left, right)
    return plain(Fraction(left) / right)


def least(*values: Any) -> Value:
    """The least of several numbers."""
    missing = lacked(values)
    return Unknown(missing) if missing else min(values)


def largest(*values: Any) -> Value:
    """The largest of several numbers."""
    missing = lacked(values)
    return Unknown(missing) if missing else max(values)


def cell(cells: Any, place: Value) -> Value:
    """The value at a place of a parameter's table."""
    if isinstance(cells, Unknown) or isinstance(place, Unknown):
        return lacking(cells, place)
    return cells[int(place)]


def marginal(scale: Any, number: Value) -> Value:
    """Each bracket's part of a number at its rate."""
    return _on_scale(scales.marginal, scale, number)


def single(scale: Any, number: Value) -> Value:
    """The value of the bracket that a number lies in."""
    return _on_scale(scales.single, scale, number)


def _on_scale(on_scale: Callable[..., int | Fraction], scale: Any, number: Value) -> Value:
    if isinstance(scale, Unknown) or isinstance(number, Unknown):
        return lacking(scale, number)
    return plain(on_scale(*scale, number))


def with_amount(verdict: Value, amount: Value) -> Value:
    """A verdict that is yes only where the amount is known too."""
    if isinstance(amount, Unknown):
        return kleene("and", [verdict, amount])
    return verdict


def due(verdict: Value, amount: Value) -> Value:
    """What is due by a verdict."""
    if isinstance(verdict, Unknown):
        return verdict
    return amount if verdict else 0


def any_of(before: Value, value: Value) -> Value:
    """Whether it is so for one of the members so far."""
    return before if before is True or value is False else kleene("or", [before, value])


def all_of(before: Value, value: Value) -> Value:
    """Whether it is so for all of the members so far."""
    return before if before is False or value is True else kleene("and", [before, value])


def _rounded(mode: Mode, value: Value) -> Value:
    if isinstance(value, (int, Unknown)):
        return value
    return rounded(value, mode)


def _of_dates(compute: Callable[[int, int], int], first: Value, other: Value) -> Value:
    if isinstance(first, Unknown) or isinstance(other, Unknown):
        return lacking(first, other)
    return compute(int(first), int(other))


# What the steps are called in the function.
STEPS: dict[str, Callable[..., Value]] = {
    each.__name__: each
    for each in (lacking, divided, least, largest, cell, marginal, single, with_amount, due, any_of, all_of)
}
STEPS |= {f"rounded_{mode}": partial(_rounded, mode) for mode in MODES}
STEPS |= {f"{measure}_between": partial(_of_dates, compute) for measure, compute in BETWEEN.items()}
STEPS |= {f"{measure}_after": partial(_of_dates, compute) for measure, compute in AFTER.items()}
