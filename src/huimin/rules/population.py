"""Households and persons as typed columns, sorted by household."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.errors import PolicyError
from huimin.rules.facts import FactDeclaration, Facts
from huimin.rules.household import ALL_KNOWN, Household, Row, Rows
from huimin.rules.tree import Type

Column = tuple[np.ndarray, np.ndarray]
_KINDS = {np.int64: pl.Int64, np.int32: pl.Int32, np.uint8: pl.UInt8}


@dataclass(frozen=True)
class Population:
    """Households with their division and facts, and their members, both sorted by household.

    `offsets[n]` is the row of household n's first member. A fact that is not known is null.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    facts: Facts
    offsets: np.ndarray
    divisions: tuple[str | None, ...]
    division_places: np.ndarray
    _columns: dict[str, Column] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, households: pl.DataFrame, persons: pl.DataFrame, facts: Facts) -> "Population":
        """A population from a households table (household, division, facts) and a persons table (household,
        person, facts). Raises `PolicyError` where a column is absent or a value lies outside its range.
        """
        for table, frame, names in (
            ("households", households, ("household", "division")),
            ("persons", persons, ("household", "person")),
        ):
            for name in names:
                if name not in frame.columns:
                    raise PolicyError("population_column", f"{table}.{name}")
        households, persons = _in_order(households, "household"), _in_order(persons, "household", "person")
        return cls.in_order(households, persons, facts)

    @classmethod
    def in_order(cls, households: pl.DataFrame, persons: pl.DataFrame, facts: Facts) -> "Population":
        """The population of two tables that are known to be sorted as `of` sorts them."""
        offsets = _offsets(households, persons)
        divisions, places = _divisions(households)
        return cls(households, persons, facts, offsets, divisions, places)

    def __len__(self) -> int:
        return self.households.height

    def column(self, key: str) -> Column:
        """The values of a fact, and which are known (one element where all are)."""
        if key not in self._columns:
            fact = self.facts[key]
            frame = self.households if fact.level == "household" else self.persons
            if fact.name not in frame.columns:
                raise PolicyError("population_column", key)
            self._columns[key] = _column(fact, frame[fact.name])
        return self._columns[key]

    def place(self, household: Any) -> int:
        """The row of a household."""
        found = int(self._numbers.searchsorted(household))
        if found < len(self) and self._numbers[found] == household:
            return found
        raise PolicyError("unknown_household", str(household))

    @cached_property
    def _numbers(self) -> np.ndarray:
        """The households' numbers, in order."""
        return self.households["household"].to_numpy()

    @cached_property
    def _persons(self) -> np.ndarray:
        """The persons' numbers, household by household."""
        return self.persons["person"].to_numpy()

    def one(self, household: Any) -> Household:
        """One household with its members."""
        place = self.place(household)
        first, last = self.offsets.item(place), self.offsets.item(place + 1)
        return Household(
            self._numbers.item(place),
            self.divisions[self.division_places.item(place)],
            Row(self, "household", place),
            Rows(self, first, last),
            tuple(self._persons[first:last].tolist()),
        )

    def only(self, households: pl.Series) -> "Population":
        """The part of the population in some households."""
        numbers = households.to_numpy()
        if not (numbers[1:] > numbers[:-1]).all():
            numbers = np.unique(numbers)
        places = np.searchsorted(self._numbers, numbers)
        there = places < len(self)
        places = places[there]
        places = places[self._numbers[places] == numbers[there]]
        sizes = self.offsets[places + 1] - self.offsets[places]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = rows_of(self.offsets[places], sizes)
        part = Population(
            self.households[places],
            self.persons[rows],
            self.facts,
            offsets,
            self.divisions,
            self.division_places[places],
        )
        # What was checked and turned into numbers for all is so for a part.
        for key, (values, known) in self._columns.items():
            taken = places if self.facts[key].level == "household" else rows
            part._columns[key] = values[taken], known if known is ALL_KNOWN else known[taken]
        return part


def stored(kind: Type) -> Any:
    """How values of a type are stored."""
    if kind.shape == "number":
        return narrowest(int(kind.low), int(kind.high))
    return np.int32 if kind.shape == "date" else np.uint8


def rows_of(firsts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The rows of runs that begin somewhere and have a size each."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(firsts - (ends - sizes), sizes)


def narrowest(low: int, high: int) -> Any:
    """The smallest of the two kinds of integers that amounts are kept in: half the memory is half the time."""
    return np.int32 if low >= -(2**31) and high < 2**31 else np.int64


def _in_order(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The rows sorted by their keys; what is sorted already, as in a file of ours, is left alone."""
    frame = frame.rechunk()
    later = np.zeros(max(len(frame) - 1, 0), dtype=bool)
    for key in reversed(keys):
        values = _comparable(frame[key])
        later = (values[1:] > values[:-1]) | ((values[1:] == values[:-1]) & later)
    return frame if later.all() else frame.sort(*keys)


def _comparable(keys: pl.Series) -> np.ndarray:
    """Numbers in the order of the keys, which may be texts."""
    plain = keys.dtype.is_integer() and not keys.null_count()
    return (keys if plain else keys.rank("dense").fill_null(0)).to_numpy()


def _offsets(households: pl.DataFrame, persons: pl.DataFrame) -> np.ndarray:
    keys, members = households["household"], persons["household"]
    numbers, of_members = keys.to_numpy(), members.to_numpy()
    twice = numbers[1:] == numbers[:-1]
    if twice.any():
        raise PolicyError("population_twice", str(keys[int(twice.argmax())]))
    changes = np.flatnonzero(np.concatenate([[True], of_members[1:] != of_members[:-1], [True]]))
    offsets = changes if len(members) else np.zeros(1, dtype=np.int64)
    if not np.array_equal(of_members[offsets[:-1]], numbers):
        # Some household has no members, or some member no household.
        ends = (np.searchsorted(of_members, numbers, side=side) for side in ("left", "right"))
        offsets = np.concatenate([[0], np.cumsum(np.negative(np.subtract(*ends)))]).astype(np.int64)
    if offsets[-1] != len(members):
        strangers = members.filter(~members.is_in(keys.implode()))
        raise PolicyError("population_household", str(strangers[0]), size=len(strangers))
    sizes = offsets[1:] - offsets[:-1]
    if len(sizes) and sizes.max() > MOST_MEMBERS:
        worst = int(sizes.argmax())
        raise PolicyError("population_members", str(keys[worst]), size=int(sizes[worst]), limit=MOST_MEMBERS)
    return offsets


def _divisions(households: pl.DataFrame) -> tuple[tuple[str | None, ...], np.ndarray]:
    column = households["division"]
    if isinstance(column.dtype, pl.Categorical) and not column.null_count():
        marks = column.to_physical()
        if len(marks) and marks.min() == marks.max():
            return (column[0],), np.zeros(len(column), dtype=np.int32)
    known = column.unique().cast(pl.String).drop_nulls().sort()
    if len(known) == 1 and not column.null_count():
        return (known[0],), np.zeros(len(column), dtype=np.int32)
    codes = column.cast(pl.String).cast(pl.Enum(known)).to_physical().cast(pl.Int32)
    if not codes.null_count():
        return tuple(known), codes.to_numpy().astype(np.int32)
    return (*known, None), codes.fill_null(len(known)).to_numpy().astype(np.int32)


def _column(fact: FactDeclaration, series: pl.Series) -> Column:
    low, high = _range(fact.type)
    codes = _codes(fact, series)
    least, most = codes.min(), codes.max()
    if least is not None and most is not None and (least < low or most > high):  # type: ignore[operator]
        wide = codes.cast(pl.Int64, strict=False) if codes.dtype != pl.UInt64 else codes
        outside = codes.filter((wide < low) | (wide > high))
        raise PolicyError("population_value", fact.key, value=outside[0], low=low, high=high)
    known = ALL_KNOWN if codes.null_count() == 0 else codes.is_not_null().cast(pl.UInt8).to_numpy()
    # What is not known is filled with a value in range: the ranges proven at load then hold for every step.
    filled = codes.fill_null(min(max(low, 0), high)) if codes.null_count() else codes
    # In range means that it fits: nothing is looked at twice.
    values = filled.cast(_KINDS[stored(fact.type)], wrap_numerical=True).to_numpy()
    return np.ascontiguousarray(values), np.ascontiguousarray(known)


def _range(kind: Type) -> tuple[int, int]:
    if kind.shape == "condition":
        return 0, 1
    if kind.shape == "enum":
        return 0, len(kind.values) - 1
    return int(kind.low), int(kind.high)


def _codes(fact: FactDeclaration, series: pl.Series) -> pl.Series:
    """The values as integers."""
    kind = fact.type
    if kind.shape == "enum" and series.dtype in (pl.String, pl.Categorical, pl.Enum):
        return _places(fact, series)
    if kind.shape == "date" and series.dtype == pl.Date:
        return series.to_physical()
    if series.dtype.is_integer():
        return series
    if series.dtype in (pl.Null, pl.Boolean):
        return series.cast(pl.UInt8)
    raise PolicyError("population_type", fact.key, found=str(series.dtype), expected=kind.shape)


def _places(fact: FactDeclaration, series: pl.Series) -> pl.Series:
    """The place of each category among the declared ones. Each distinct text is looked up once."""
    text = series.cast(pl.String)
    known = pl.Enum(fact.type.values)
    places = text.cast(known, strict=False)
    if places.null_count() != text.null_count():
        strange = text.filter(places.is_null() & text.is_not_null())
        values = fact.type.values
        raise PolicyError("population_value", fact.key, value=strange[0], low=values[0], high=values[-1])
    return places.to_physical().cast(pl.UInt8)
