"""Scales of brackets 分档: declared as parameters, asked with `marginal(scale, number)` and `single(scale, number)`."""

from collections.abc import Sequence
from fractions import Fraction

from huimin.rules.facts import number_type
from huimin.rules.located import Located
from huimin.rules.tree import Type

MOST_BRACKETS = 32
Exact = int | Fraction


def declared(place: Located) -> tuple[Type | None, int]:
    """The type of a scale's thresholds and how many brackets it may have; nothing where it is no scale."""
    inner = place.get("brackets")
    if inner is None:
        return None, 0
    inner.only("unit", "range", "most")
    most = inner.at("most").whole()
    if not 1 <= most <= MOST_BRACKETS:
        inner.at("most").fail("out_of_range", value=most, low=1, high=MOST_BRACKETS)
    return number_type(inner.at("unit"), inner.at("range"), decimals=0), most


def marginal(thresholds: Sequence[Exact], rates: Sequence[Exact], number: Exact) -> Exact:
    """Each bracket's part of a number at the bracket's rate, added up; what lies below the first counts nothing.

    >>> marginal([Fraction(0), Fraction(100)], [Fraction(1, 10), Fraction(1, 2)], Fraction(120))
    Fraction(20, 1)
    """
    ends = [*thresholds[1:], number]
    parts = (max(min(number, end) - start, 0) for start, end in zip(thresholds, ends, strict=True))
    return sum(part * rate for part, rate in zip(parts, rates, strict=True))


def single(thresholds: Sequence[Exact], values: Sequence[Exact], number: Exact) -> Exact:
    """The value of the bracket that a number lies in, its threshold included; 0 below the first.

    >>> [single([Fraction(0), Fraction(100)], [Fraction(3), Fraction(7)], Fraction(n)) for n in (-1, 99, 100)]
    [0, Fraction(3, 1), Fraction(7, 1)]
    """
    reached = [value for threshold, value in zip(thresholds, values, strict=True) if number >= threshold]
    return reached[-1] if reached else 0


def marginal_range(thresholds: Type, rates: Type, number: Type) -> tuple[Fraction, Fraction]:
    """The range of a marginal scale's answer: no more than all above the lowest threshold at the highest rate."""
    most = max(number.high - thresholds.low, Fraction(0))
    return min(most * rates.low, Fraction(0)), max(most * rates.high, Fraction(0))
