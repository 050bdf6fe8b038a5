"""All households at once, by the compiled kernel."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pyarrow as pa

from huimin.rules.aging import OLDEST
from huimin.rules.book import PolicyBook
from huimin.rules.compiling import UNKNOWN, Layout, Program, layout, program
from huimin.rules.facts import EARLIEST_DAYS, EPOCH, LATEST_DAYS
from huimin.rules.parameters import ParameterSet, Resolver
from huimin.rules.places import Area, inside
from huimin.rules.population import ALL_KNOWN, Population
from huimin.rules.questions import Asked, of_policies

Engine = Literal["compiled", "interpreted"]
STATUS = ("not_entitled", "entitled", "unknown")
STATUSES = pl.Enum(STATUS)
# A thread takes so many households at a time: enough to be worth a call, few enough to share evenly.
PORTION = 65_536
SHORTEST = 4_096
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


def _empty(size: int, kind: str) -> np.ndarray:
    """An array to be written to, whose memory goes back to a pool that gives it out again.

    NumPy's own goes back to the system, which hands it out page by page and wiped: for cheap rules that takes as
    long as the rules.
    """
    return np.frombuffer(pa.allocate_buffer(size * np.dtype(kind).itemsize), dtype=kind)


class Answer:
    """The answer to one question for every household, or every person."""

    def __init__(self, size: int, amount: str, built: Program) -> None:
        self.status = _empty(size, "uint8")
        # Where all is known the kernel says nothing of what is missing, and one zero stands for all.
        self.missing = np.broadcast_to(np.int64(0), size) if built.certain else _empty(size, "int64")
        self.amount = _empty(size, amount) if amount else None
        self._program = built

    @property
    def amount_fen(self) -> pl.Series:
        """What is due, as the 64-bit numbers that everyone expects; nothing where there is no amount."""
        if self.amount is None:
            return pl.zeros(len(self.status), pl.Int64, eager=True)
        return pl.Series(self.amount).cast(pl.Int64)

    @property
    def amount_if_known(self) -> pl.Series:
        """What is due, null where it is not known."""
        if not self.lacking:
            return self.amount_fen
        return pl.Series(pa.array(self.amount_fen.to_numpy(), mask=self.unknown))

    @property
    def arrays(self) -> list[np.ndarray]:
        """What the kernel writes into."""
        missing = [] if self._program.certain else [self.missing]
        return [self.status, *missing, *([self.amount] if self.amount is not None else [])]

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
        ends = np.zeros(len(self.status) + 1, dtype=np.int64)
        names = pl.Series([], dtype=pl.String)
        if self.lacking:
            rows = np.flatnonzero(self.unknown)
            # Few sets of facts are missing in many rows: each is spelled out once.
            words = self.missing[rows]
            sets = np.sort(pl.Series(words).unique().to_numpy())
            spelled, starts = self._program.spelled(sets)
            which = np.searchsorted(sets, words)
            counts = np.diff(starts)[which]
            ends[rows + 1] = counts
            np.cumsum(ends, out=ends)
            shifts = starts[which] - ends[rows]
            names = spelled.gather((np.arange(ends[-1]) + np.repeat(shifts, counts)).astype(np.uint32))
        told = names.to_arrow(compat_level=pl.CompatLevel.newest())
        return pl.Series(pa.LargeListArray.from_arrays(ends, told))


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
    """Questions ready to be asked; those that were asked last of a book are ready still."""
    kept = asked.book.kept.get("ready")
    if kept is None or kept.asked is not asked or (kept.engine, kept.folder) != (engine, cache_folder):
        kept = asked.book.kept["ready"] = Ready(asked, engine, cache_folder)
    return kept


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
    columns = [population.column(fact) for fact in asked.facts]
    values, known = made.rows(asked.book.resolver(parameters, on), population.divisions)
    portions, alike = _portions(values, population.division_places)
    certain = alike and bool(known.all()) and all(each is ALL_KNOWN for _, each in columns)
    built, run = made.function(certain=certain, size=max(size, len(population)))
    arguments = [
        population.offsets.view(np.uint64),
        population.division_places.view(np.uint32),
        values,
        known,
        (on - EPOCH).days,
        *_ages(on),
    ]
    for column, is_known in columns:
        arguments += [column] if built.certain else [column, is_known, 0 if is_known is ALL_KNOWN else 1]
    if made.engine == "interpreted":
        # Plain Python keeps the width of NumPy's small integers, in which bits of several facts overflow.
        arguments = [each.astype(np.int64) if isinstance(each, np.ndarray) else each for each in arguments]
    answers = {
        each.name: Answer(
            len(population) if each.level == "household" else population.persons.height, each.amount, built
        )
        for each in built.outputs
    }
    outputs = [array for each in built.outputs for array in answers[each.name].arrays]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(lambda portion: run(*portion, *arguments, *outputs), portions))
    return answers


def _portions(values: np.ndarray, divisions: np.ndarray) -> tuple[list[tuple[int, int]], bool]:
    """The first household of each portion and the one after its last, and whether its parameters are all alike.

    Households of many divisions one after the other would make portions that are not worth a call; parameters
    differ within theirs.
    """
    size, changes = len(divisions), np.array([], dtype=np.int64)
    rows = np.unique(values, axis=0, return_inverse=True)[1].reshape(-1) if len(values) > 1 else _ALONE
    if rows.any():
        changes = np.flatnonzero(np.diff(rows[divisions])) + 1
    alike = len(changes) * SHORTEST <= size
    even = np.linspace(0, size, -(-size // PORTION) + 1).astype(np.int64)
    return list(pairwise(np.union1d(even, changes if alike else even).tolist())), alike


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
            "policy": pl.repeat(name, len(population), eager=True, dtype=policies),
            "household": population.households["household"],
            "status": pl.Series(found.status).cat.to(STATUSES),
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
