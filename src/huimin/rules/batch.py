"""All households at once, by the compiled kernel."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pyarrow as pa

from huimin.rules.aging import OLDEST
from huimin.rules.arrays import empty
from huimin.rules.book import PolicyBook
from huimin.rules.compiling import UNKNOWN, Layout, Program, layout, program
from huimin.rules.facts import EARLIEST_DAYS, EPOCH, LATEST_DAYS
from huimin.rules.parameters import ParameterSet, Resolver
from huimin.rules.places import Area, inside
from huimin.rules.population import ALL_KNOWN, Population, rows_of
from huimin.rules.questions import Asked, of_policies
from huimin.rules.spelling import spelled

Engine = Literal["compiled", "interpreted"]
STATUS = ("not_entitled", "entitled", "unknown")
STATUSES = pl.Enum(STATUS)
_WORDS = pl.Series(STATUS, dtype=STATUSES)
# A thread takes so many households at a time: enough to be worth a call, few enough to share evenly.
PORTION = 65_536
SHORTEST = 4_096
# So many sets of questions of a book stay ready to be asked.
MOST_READY = 8
_ALONE = np.zeros(1, dtype=np.int64)


def batch(
    book: PolicyBook,
    names: Iterable[str],
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
    threads: int | None = None,
) -> pl.DataFrame:
    """What policies say of every household: policy, household, status, amount_fen, missing.

    `policy` and `status` are enumerations, a byte a row. `status` is entitled, not_entitled or unknown; `amount_fen` is 0 where nothing is due and null where it
    is not known; `missing` lists the facts that an unknown answer lacks. A household outside a policy's division
    is not asked and has no row. Raises `MissingParameter` where a household's division has no value of a parameter
    that one of its policies needs.

    `engine` "compiled" makes machine code first (about two seconds, kept in `cache_folder` where one is given);
    "interpreted" runs the same function as it is, which suits a few households.
    """
    names = tuple(names)
    asked = of_policies(book.around(population.divisions, names), names, on)
    answers = answer(
        asked, population, on, parameters, engine=engine, cache_folder=cache_folder, threads=threads
    )
    policies = pl.Enum(asked.answered)

    def rows(name: str) -> pl.DataFrame:
        return _entitlements(name, policies, population, answers[name], book.area_of(name, on))

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        frames = list(pool.map(rows, asked.answered))
    return pl.concat([_nothing(policies), *frames])


class Answer:
    """The answer to one question for every household, or every person."""

    def __init__(self, size: int, amount: str, built: Program, *, compiled: bool) -> None:
        self.status = empty(size, "uint8")
        # Where all is known the kernel says nothing of what is missing, and one zero stands for all.
        self.missing = np.broadcast_to(np.int64(0), size) if built.certain else empty(size, "int64")
        self.amount = empty(size, amount) if amount else None
        self._program, self._compiled = built, compiled

    @property
    def amount_fen(self) -> pl.Series:
        """What is due, as the 64-bit numbers that everyone expects; nothing where there is no amount."""
        if self.amount is None:
            return pl.Series(np.zeros(len(self.status), dtype=np.int64))
        return pl.Series(self.amount).cast(pl.Int64)

    @property
    def amount_if_known(self) -> pl.Series:
        """What is due, null where it is not known."""
        if not self.lacking:
            return self.amount_fen
        known = np.packbits(self.status != UNKNOWN, bitorder="little")
        amounts = empty(len(self.status), "int64")
        amounts[:] = 0 if self.amount is None else self.amount
        buffers = [pa.py_buffer(known), pa.py_buffer(amounts)]
        return pl.Series(pa.Array.from_buffers(pa.int64(), len(self.status), buffers))

    @property
    def arrays(self) -> list[np.ndarray]:
        """What the kernel writes into."""
        missing = [] if self._program.certain else [self.missing]
        return [self.status, *missing, *([self.amount] if self.amount is not None else [])]

    def put_back(self, rows: np.ndarray | None) -> None:
        """Brings the answers into the order of the population, where its rows were asked in another."""
        if rows is not None:
            for array in self.arrays:
                array[rows] = array.copy()

    @cached_property
    def unknown(self) -> np.ndarray:
        """Where the answer is not known: just where anything is missing."""
        return self.status == UNKNOWN

    @cached_property
    def lacking(self) -> bool:
        """Whether anything is missing in any row."""
        return not self._program.certain and bool(self.unknown.any())

    def missing_names(self) -> pl.Series:
        """The names of the missing facts, for each row."""
        if not self.lacking:
            ends = np.zeros(len(self.status) + 1, dtype=np.int64)
            return pl.Series(pa.LargeListArray.from_arrays(ends, pa.array([], pa.string_view())))
        return spelled(self.missing, self._program.names, compiled=self._compiled)


class Ready:
    """Questions with the functions that answer them, made once for many portions of a population."""

    def __init__(self, asked: Asked, engine: Engine, cache_folder: Path | None) -> None:
        self.asked, self.engine = asked, engine
        self.folder = cache_folder
        self._made: dict[bool, tuple[Program, Callable[..., None]]] = {}
        self._rows: tuple[Resolver, tuple[str | None, ...], tuple[np.ndarray, np.ndarray]] | None = None

    def function(self, *, certain: bool, size: int) -> tuple[Program, Callable[..., None]]:
        """The program for portions of which everything is known, all parameters alike, or not; and its function.

        A function that minds what is unknown serves both. One that need not is twice as fast, which pays for its
        making only where the population is large.
        """
        certain = certain and (True in self._made or size > PORTION)
        if certain not in self._made:
            # The compiler is heavy to import, and who only explains does not need it.
            from huimin.rules.kernel import compiled, interpreted

            built = program(self.asked, certain=certain)
            facts = self.asked.book.facts
            run = compiled(built, facts, self.folder) if self.engine == "compiled" else interpreted(built)
            self._made[certain] = built, run
        return self._made[certain]

    def rows(self, resolver: Resolver, divisions: tuple[str | None, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The parameters of divisions as `regional_rows` gives them; those of the portion before are kept."""
        if self._rows is None or self._rows[0] is not resolver or self._rows[1] != divisions:
            self._rows = resolver, divisions, regional_rows(self.asked, resolver, divisions)
        return self._rows[2]


def ready(asked: Asked, *, engine: Engine = "compiled", cache_folder: Path | None = None) -> Ready:
    """Questions ready to be asked; the few that were made ready last of a book are so still."""
    kept: dict[Any, Ready] = asked.book.kept.setdefault("ready", {})
    key = id(asked), engine, cache_folder
    # What is kept keeps its questions, so that no others take their number.
    found = kept.pop(key, None) or Ready(asked, engine, cache_folder)
    while len(kept) >= MOST_READY:
        kept.pop(next(iter(kept)))
    kept[key] = found
    return found


def answer(
    asked: Asked,
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
    threads: int | None = None,
) -> dict[str, Answer]:
    """The answers to questions, by name."""
    made = ready(asked, engine=engine, cache_folder=cache_folder)
    return answered(made, population, on, parameters, threads=threads)


def answered(
    made: Ready,
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    threads: int | None = None,
    size: int = 0,
) -> dict[str, Answer]:
    """The answers to questions that are ready to be asked, by name; `size` is that of all portions together."""
    asked = made.asked
    values, known = made.rows(asked.book.resolver(parameters, on), population.divisions)
    portions, order = _portions(values, known, population.division_places)
    columns = [population.column(fact) for fact in asked.facts]
    certain = bool(known.all()) and all(each is ALL_KNOWN for _, each in columns)
    built, run = made.function(certain=certain, size=max(size, len(population)))
    rows, offsets = _rows(population, order)
    arguments = [offsets.view(np.uint64), values, known, (on - EPOCH).days, *_ages(on)]
    for fact, (column, is_known) in zip(asked.facts, columns, strict=True):
        taken = rows[asked.book.facts[fact].level]
        arguments.append(column if taken is None else column[taken])
        if not built.certain:
            arguments.append(
                _all_known(len(column))
                if is_known is ALL_KNOWN
                else is_known
                if taken is None
                else is_known[taken]
            )
    if made.engine == "interpreted":
        # Plain Python keeps the width of NumPy's small integers, in which bits of several facts overflow.
        arguments = [each.astype(np.int64) if isinstance(each, np.ndarray) else each for each in arguments]
    answers = {
        each.name: Answer(
            len(population) if each.level == "household" else population.persons.height,
            each.amount,
            built,
            compiled=made.engine == "compiled",
        )
        for each in built.outputs
    }
    outputs = [array for each in built.outputs for array in answers[each.name].arrays]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(lambda portion: run(*portion, *built.rooms(), *arguments, *outputs), portions))
    for each in built.outputs:
        answers[each.name].put_back(rows[each.level])
    return answers


def _rows(
    population: Population, order: np.ndarray | None
) -> tuple[dict[str, np.ndarray | None], np.ndarray]:
    """The rows of households and persons in an order of households, and where the members of each begin."""
    if order is None:
        return {"household": None, "person": None}, population.offsets
    sizes = np.diff(population.offsets)[order]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return {"household": order, "person": rows_of(population.offsets[order], sizes)}, offsets


@lru_cache(maxsize=4)
def _all_known(size: int) -> np.ndarray:
    """Says of so many values that each is known."""
    return np.ones(size, dtype=np.uint8)


def _portions(
    values: np.ndarray, known: np.ndarray, divisions: np.ndarray
) -> tuple[list[tuple[int, int, int]], np.ndarray | None]:
    """The first household of each portion, the one after its last, and the row of their parameters, which are alike.

    Households of many divisions one after the other would make portions that are not worth a call: they are then
    taken in the order that is returned.
    """
    size, changes, order = len(divisions), np.array([], dtype=np.int64), None
    both = np.hstack([values, known])
    rows = np.unique(both, axis=0, return_inverse=True)[1].reshape(-1) if len(both) > 1 else _ALONE
    if rows.any():
        alike = rows[divisions]
        changes = np.flatnonzero(np.diff(alike)) + 1
        if len(changes) * SHORTEST > size and len(changes) > rows.max():
            order = np.argsort(alike, kind="stable")
            divisions = divisions[order]
            changes = np.flatnonzero(np.diff(alike[order])) + 1
    even = np.linspace(0, size, -(-size // PORTION) + 1).astype(np.int64)
    pairs = pairwise(np.union1d(even, changes).tolist())
    return [(first, last, int(divisions[first])) for first, last in pairs], order


@lru_cache(maxsize=8)
def _ages(on: date) -> tuple[np.ndarray, np.ndarray]:
    """The full years up to a day from every day that a date fact may hold, as `civil.years_between` counts them.

    And the other way round: for every age, the first of these days on which somebody was born too late for it.
    """
    months = whole_months(on)
    ages = (np.sign(months) * (np.abs(months) // 12)).astype(np.int16)
    reached = np.searchsorted(-ages, -np.arange(OLDEST + 1), side="right")
    return ages, (EARLIEST_DAYS + reached).astype(np.int32)


def whole_months(on: date) -> np.ndarray:
    """The whole months up to a day from every day that a date fact may hold, as `civil.months_between` counts them."""
    days = np.arange(EARLIEST_DAYS, LATEST_DAYS + 1).astype("datetime64[D]")
    first, last = np.minimum(days, np.datetime64(on)), np.maximum(days, np.datetime64(on))
    month = "datetime64[M]"
    whole = (last.astype(month) - first.astype(month)).astype(np.int64)
    whole -= (last - last.astype(month)) < (first - first.astype(month))
    return np.where(days <= np.datetime64(on), whole, -whole)


def regional_rows(
    asked: Asked, resolver: Resolver, divisions: Iterable[str | None]
) -> tuple[np.ndarray, np.ndarray]:
    """The parameters of divisions, a row each, and which are known."""
    placed = layout(asked)
    rows = [_resolved(placed, resolver, division) for division in divisions]
    shape = len(rows), placed.width
    values = np.array([row for row, _ in rows], dtype=np.int64).reshape(shape)
    return values, np.array([row for _, row in rows], dtype=np.uint8).reshape(shape)


def _resolved(placed: Layout, resolver: Resolver, division: str | None) -> tuple[list[int], list[int]]:
    """The parameters of a division, scaled to whole numbers, and which are known.

    Where the division is not known, only what holds in the whole nation is.
    """
    values, known = [0] * placed.width, [0] * placed.width
    for name, slot in placed.slots.items():
        declaration = resolver.declarations[name]
        needed = any(inside(division, place) is not False for place in placed.places[name])
        found = resolver.value(name, division) if division and needed else resolver.find(name, division)
        scale, size = 10**declaration.decimals, len(declaration.cells)
        cells = found.cells if found else declaration.blank
        values[slot : slot + size] = [int(cell * scale) for cell in cells]
        known[slot : slot + size] = [int(found is not None)] * size
    for area, slot in placed.areas.items():
        found_inside = inside(division, area)
        values[slot], known[slot] = int(bool(found_inside)), int(found_inside is not None)
    return values, known


def _entitlements(
    name: str, policies: pl.Enum, population: Population, found: Answer, area: Area
) -> pl.DataFrame:
    rows = pl.DataFrame(
        {
            # None of these asks for a query to be planned, which takes longer than to carry it out.
            "policy": pl.Series([name], dtype=policies).new_from_index(0, len(population)),
            "household": population.households["household"],
            "status": _WORDS[found.status],
            "amount_fen": found.amount_if_known,
            "missing": found.missing_names(),
        }
    )
    here = np.array([inside(division, area) is not False for division in population.divisions], dtype=bool)
    return rows if here.all() else rows.filter(pl.Series(here[population.division_places]))


def _nothing(policies: pl.Enum) -> pl.DataFrame:
    kinds = {"policy": policies, "household": pl.Int64, "status": STATUSES, "amount_fen": pl.Int64}
    return pl.DataFrame(schema={**kinds, "missing": pl.List(pl.String)})


def missing_parameters(
    book: PolicyBook,
    names: Iterable[str],
    divisions: Iterable[str],
    on: date,
    parameters: Iterable[ParameterSet] = (),
) -> list[tuple[str, str]]:
    """The parameters that policies need and divisions lack, as (parameter, division)."""
    asked = of_policies(book, names, on)
    resolver = book.resolver(parameters, on)
    return [
        (name, division)
        for division in divisions
        for name, places in sorted(asked.places.items())
        if any(inside(division, place) for place in places) and not resolver.find(name, division)
    ]
