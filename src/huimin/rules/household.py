"""One household with its members: described, or one of a population."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from huimin.rules.facts import Level

if TYPE_CHECKING:
    from huimin.rules.population import Population

Facts = Mapping[str, int | None]
# Stands for which values are known, where all are.
ALL_KNOWN = np.ones(1, dtype=np.uint8)


@dataclass(frozen=True)
class Household:
    """One household: its division, its facts, and its members' facts. A fact that is not known is None.

    Numbers, dates (days since 1970) and categories (their place among the values) are integers.
    """

    household: Any
    division: str | None
    facts: Facts
    members: Sequence[Facts]
    persons: tuple[Any, ...] = ()

    def of_members(self, name: str) -> list[int | None]:
        """A fact of every member."""
        if isinstance(self.members, Rows):
            return self.members.column(name)
        return [member[name] for member in self.members]


class Row(Facts):
    """One row of a population, read fact by fact."""

    def __init__(self, population: "Population", level: Level, place: int) -> None:
        self._population, self._level, self._place = population, level, place

    def __getitem__(self, name: str) -> int | None:
        values, known = self._population.column(f"{self._level}.{name}")
        return values.item(self._place) if known is ALL_KNOWN or known[self._place] else None

    def __iter__(self) -> Iterator[str]:
        return (fact.name for fact in self._population.facts.values() if fact.level == self._level)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Rows(Sequence[Facts]):
    """The members of a household of a population: row by row, or a fact of all of them."""

    def __init__(self, population: "Population", first: int, last: int) -> None:
        self._population, self._first, self._last = population, first, last

    def column(self, name: str) -> list[int | None]:
        """A fact of every member."""
        values, known = self._population.column(f"person.{name}")
        found: list[int | None] = values[self._first : self._last].tolist()
        if known is ALL_KNOWN:
            return found
        is_known = known[self._first : self._last].tolist()
        return [value if sure else None for value, sure in zip(found, is_known, strict=True)]

    @cached_property
    def _rows(self) -> tuple[Facts, ...]:
        return tuple(Row(self._population, "person", place) for place in range(self._first, self._last))

    @overload
    def __getitem__(self, place: int) -> Facts: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Facts]: ...

    def __getitem__(self, place: int | slice) -> Facts | Sequence[Facts]:
        return self._rows[place]

    def __len__(self) -> int:
        return self._last - self._first
