"""One household with its members: described, or one of a population."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from huimin.rules.facts import Level

if TYPE_CHECKING:
    from huimin.rules.population import Population

# Stands for which values are known, where all are.
ALL_KNOWN = np.ones(1, dtype=np.uint8)


@dataclass(frozen=True)
class Household:
    """One household: its division, its facts, and its members' facts. A fact that is not known is None.

    Numbers, dates (days since 1970) and categories (their place among the values) are integers.
    """

    household: Any
    division: str | None
    facts: Mapping[str, int | None]
    members: tuple[Mapping[str, int | None], ...]
    persons: tuple[Any, ...] = ()

    @property
    def size(self) -> int:
        """How many members it has."""
        return len(self.members)

    def fact(self, name: str) -> int | None:
        """A fact of the household."""
        return self.facts[name]

    def of_members(self, name: str) -> list[int | None]:
        """A fact of every member."""
        return [member[name] for member in self.members]


class Stored(Household):
    """One household of a population, whose facts are read where the population keeps them."""

    _population: "Population"
    _place: int
    _first: int
    _last: int

    def __init__(self, population: "Population", place: int) -> None:
        offsets = population.offsets
        # Its values are set once, here.
        self.__dict__.update(
            household=population._numbers.item(place),
            division=population.divisions[population.division_places.item(place)],
            _population=population,
            _place=place,
            _first=offsets.item(place),
            _last=offsets.item(place + 1),
        )

    @cached_property
    def facts(self) -> Mapping[str, int | None]:  # type: ignore[override]
        """The household's facts."""
        return _Row(self._population, "household", self._place)

    @cached_property
    def members(self) -> tuple[Mapping[str, int | None], ...]:  # type: ignore[override]
        """The members' facts."""
        return tuple(_Row(self._population, "person", row) for row in range(self._first, self._last))

    @cached_property
    def persons(self) -> tuple[Any, ...]:  # type: ignore[override]
        """The members' numbers."""
        return tuple(self._population.persons["person"][self._first : self._last].to_list())

    @property
    def size(self) -> int:
        """How many members it has."""
        return self._last - self._first

    def fact(self, name: str) -> int | None:
        """A fact of the household."""
        values, known = self._population.column(f"household.{name}")
        return values.item(self._place) if known is ALL_KNOWN or known[self._place] else None

    def of_members(self, name: str) -> list[int | None]:
        """A fact of every member."""
        values, known = self._population.column(f"person.{name}")
        found: list[int | None] = values[self._first : self._last].tolist()
        if known is ALL_KNOWN:
            return found
        is_known = known[self._first : self._last].tolist()
        return [value if sure else None for value, sure in zip(found, is_known, strict=True)]


class _Row(Mapping[str, int | None]):
    """One row of a population, read fact by fact."""

    def __init__(self, population: "Population", level: Level, place: int) -> None:
        self._population, self._level, self._place = population, level, place

    def __getitem__(self, name: str) -> int | None:
        values, known = self._population.column(f"{self._level}.{name}")
        is_known = known[0 if known is ALL_KNOWN else self._place]
        return int(values[self._place]) if is_known else None

    def __iter__(self) -> Any:
        return (fact.name for fact in self._population.facts.values() if fact.level == self._level)

    def __len__(self) -> int:
        return sum(1 for _ in self)
