"""What a checked node becomes in integer code: a fraction, a condition, a date or category."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from huimin.rules.emitting import Atom, Integer
from huimin.rules.places import Area
from huimin.rules.tree import Node, Type


@dataclass(frozen=True)
class Number:
    """An exact fraction: numerator over a denominator above zero."""

    numerator: Integer
    denominator: Integer
    missing: Atom

    @property
    def scale(self) -> int | None:
        """The denominator, where it is the same for every household."""
        return self.denominator.atom if isinstance(self.denominator.atom, int) else None


@dataclass(frozen=True)
class Truth:
    """A condition: met where `value` is true and nothing is missing."""

    value: Atom
    missing: Atom


@dataclass(frozen=True)
class Code:
    """A date or category as an integer."""

    value: Integer
    missing: Atom


@dataclass(frozen=True)
class Told:
    """Where what has been said of households is kept: whether they are entitled, what is missing, and what is due."""

    value: Callable[[], Atom]
    missing: Callable[[], Atom]
    due: Callable[[], Integer] | None


Lowered = Number | Truth | Code


class NotComputable(ValueError):
    """A value that 64-bit integers cannot hold exactly: why, where in the text, and in which definition."""

    def __init__(self, code: str, node: Node, size: int = 0) -> None:
        super().__init__(code, node.text)
        self.code, self.node, self.size = code, node, size
        self.definition: Any = None


@dataclass
class Names:
    """What the arrays that hold facts and parameters are called in the code."""

    facts: Mapping[str, tuple[str, str, int]]
    slots: Mapping[str, int]
    scales: Mapping[str, int]
    thresholds: Mapping[str, Type]
    rates: Mapping[str, Type]
    areas: Mapping[Area, int]
    certain: bool
