"""The checked tree: what an expression means, once names, types and units are settled.

Both readers of a policy, the explaining one and the compiling one, start from these nodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from huimin.rules.measures import Unit

Shape = Literal["number", "condition", "date", "enum"]


@dataclass(frozen=True)
class Type:
    """What a value is: its shape, unit, the range it stays in, the values it may take.

    A number without a unit is a written zero, which fits any unit.
    """

    shape: Shape
    unit: Unit | None = None
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    values: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process, where texts hash otherwise."""
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}

    @cached_property
    def _hash(self) -> int:
        """Asked of every node of every tree again and again, and hashes of fractions are slow."""
        return hash((self.shape, self.unit, self.low, self.high, self.values))

    @property
    def words(self) -> str:
        """The type as an error names it."""
        return self.unit.name if self.shape == "number" and self.unit else self.shape


CONDITION = Type("condition")


@dataclass(frozen=True)
class Node:
    """One step of an expression. `text` is how the policy wrote it."""

    type: Type
    text: str = field(compare=False)

    @cached_property
    def parts(self) -> "tuple[Node, ...]":
        """The nodes directly below."""
        values = [getattr(self, each.name) for each in fields(self)]
        nodes = (value if isinstance(value, tuple) else (value,) for value in values)
        return tuple(item for items in nodes for item in items if isinstance(item, Node))

    @cached_property
    def of_person(self) -> bool:
        """Whether the value differs from member to member."""
        return any(part.of_person for part in self.parts)


@dataclass(frozen=True)
class Constant(Node):
    """A written number (exact), date (days since 1970) or category (its place among the values)."""

    value: Fraction


@dataclass(frozen=True)
class Fact(Node):
    """A fact of the household, or of the member at hand."""

    level: Literal["household", "person"]
    name: str

    @cached_property
    def key(self) -> str:
        """The fact's full name, `person.wages`."""
        return f"{self.level}.{self.name}"

    @cached_property
    def of_person(self) -> bool:
        """Whether it is the member at hand that is meant."""
        return self.level == "person"


@dataclass(frozen=True)
class Parameter(Node):
    """A parameter for the household's division on the day, at the place its keys say."""

    name: str
    keys: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Reference(Node):
    """A definition, by its full name; `level` says whose."""

    key: str
    level: Literal["household", "person"]

    @cached_property
    def of_person(self) -> bool:
        """Whether it is the member at hand that is meant."""
        return self.level == "person"


@dataclass(frozen=True)
class Entitled(Node):
    """Whether the household, or the member at hand, is entitled under another policy."""

    policy: str
    level: Literal["household", "person"] = "household"

    @cached_property
    def of_person(self) -> bool:
        """Whether it is the member at hand that is meant."""
        return self.level == "person"


@dataclass(frozen=True)
class Due(Node):
    """What is due under another policy to the household, or the member at hand; 0 where nothing is."""

    policy: str
    level: Literal["household", "person"] = "household"

    @cached_property
    def of_person(self) -> bool:
        """Whether it is the member at hand that is meant."""
        return self.level == "person"


@dataclass(frozen=True)
class Today(Node):
    """The day for which the policy is asked."""


@dataclass(frozen=True)
class Arithmetic(Node):
    """Two numbers added, subtracted, multiplied or divided, exactly."""

    operator: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


@dataclass(frozen=True)
class Extreme(Node):
    """The least or the largest of several numbers."""

    operator: Literal["min", "max"]
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Rounded(Node):
    """A number made whole by a named rounding."""

    mode: Literal["half_up", "down", "up"]
    item: Node


@dataclass(frozen=True)
class Scaled(Node):
    """A number put on a scale of brackets: `marginal` adds each bracket's part at its rate, `single` picks one."""

    operator: Literal["marginal", "single"]
    scale: str
    brackets: int
    item: Node


@dataclass(frozen=True)
class Comparison(Node):
    """Two values compared."""

    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Node
    right: Node


@dataclass(frozen=True)
class Joined(Node):
    """Several conditions joined by `and` or `or`."""

    operator: Literal["and", "or"]
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Opposite(Node):
    """A condition turned round."""

    item: Node


@dataclass(frozen=True)
class Choice(Node):
    """One of two values, by a condition."""

    condition: Node
    met: Node
    otherwise: Node


@dataclass(frozen=True)
class Members(Node):
    """A sum, count, any or all over the members that a condition picks."""

    operator: Literal["sum", "count", "any", "all"]
    item: Node | None
    picked: Node | None

    @cached_property
    def of_person(self) -> bool:
        """Never: it is about all members together."""
        return False


@dataclass(frozen=True)
class Between(Node):
    """Whole years, months or days from one date to another."""

    measure: Literal["years", "months", "days"]
    first: Node
    last: Node


@dataclass(frozen=True)
class Shifted(Node):
    """The date some whole years, months or days after another."""

    measure: Literal["years", "months", "days"]
    first: Node
    count: Node


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for part in node.parts:
        yield from walk(part)
