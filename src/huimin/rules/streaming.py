"""Populations larger than memory: Parquet in, Parquet out, portion by portion."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from huimin.rules.batch import STATUS, Answer, Engine, answered, ready
from huimin.rules.book import PolicyBook
from huimin.rules.errors import PolicyError
from huimin.rules.facts import FactDeclaration
from huimin.rules.parameters import ParameterSet
from huimin.rules.places import NATIONWIDE, Area, inside
from huimin.rules.population import Population
from huimin.rules.questions import Asked, of_policies

PORTION = 100_000
# So many portions at most wait to be written.
WRITTEN_BEHIND = 2
# How Polars writes the three words, so that it reads them as what they are.
_WORDS = pl.DataFrame({"status": pl.Series(STATUS, dtype=pl.Enum(STATUS))}).to_arrow(
    compat_level=pl.CompatLevel.oldest()
)
STATUS_FIELD, STATUS_WORDS = _WORDS.schema.field(0), _WORDS["status"].chunk(0).dictionary


def stream(
    book: PolicyBook,
    names: Iterable[str],
    households: Path,
    persons: Path,
    to: Path,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    engine: Engine = "compiled",
    cache_folder: Path | None = None,
    portion: int = PORTION,
) -> int:
    """The number of households answered, written to `to` as Parquet, a row each.

    Columns: household, and for each policy NAME_status (entitled, not_entitled, unknown), NAME_amount_fen (null where
    not known) and NAME_missing (the missing facts, joined by commas; null where none is); all three are null where the
    household is outside the policy's division, for which `batch` has no row. Both files hold what `Population.of`
    takes and are sorted by household; `PolicyError` "not_sorted" names the one that is not. What is
    read ahead, computed and written is a portion each, so memory does not grow with the population.
    """
    names, parameters = tuple(names), list(parameters)
    asked = of_policies(book.around(_places(households), names), names, on)
    count, draft = 0, to.with_name(f"{to.name}.draft")
    made = ready(asked, engine=engine, cache_folder=cache_folder)
    with _giving_back(), _Writer(draft) as writer:
        for population, size in _portions(book, asked, households, persons, portion):
            count += len(population)
            told = wide(asked, population, answered(made, population, on, parameters, size=size))
            # One portion is let go before the next is taken.
            del population
            writer.write(told)
    draft.replace(to)
    return count


@contextmanager
def _giving_back() -> Iterator[None]:
    """Lets Arrow take its memory from an allocator that gives back what was freed, where there is one.

    Its usual one keeps the pages of every portion for the next.
    """
    usual = pa.default_memory_pool()
    if "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(usual)


class _Writer:
    """A Parquet file written while the next portions are computed; few wait."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, None
        self._behind = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> "_Writer":
        return self

    def write(self, table: pa.Table) -> None:
        """Writes a portion as a row group, after the one before."""
        if len(self._waiting) == WRITTEN_BEHIND:
            self._waiting.popleft().result()
        self._waiting.append(self._behind.submit(self._write, table))

    def _write(self, table: pa.Table) -> None:
        if self._file is None:
            self._file = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="none",
                write_batch_size=PORTION,
                **_encoding(table.schema),
            )
        self._file.write_table(table)

    def _wait(self) -> None:
        while self._waiting:
            self._waiting.popleft().result()

    def __exit__(self, *_problem: object) -> None:
        try:
            self._wait()
        finally:
            self._behind.shutdown()
            if self._file is not None:
                self._file.close()
        if self._file is None:
            pl.DataFrame(schema={"household": pl.Int64}).write_parquet(self._path)


def _encoding(schema: pa.Schema) -> dict[str, Any]:
    """How columns are written: numbers as differences, small by themselves, words by their place in a dictionary.

    Only the households' numbers say where in the file a row is.
    """
    numbers = [field.name for field in schema if pa.types.is_integer(field.type)]
    return {
        "use_dictionary": [name for name in schema.names if name not in numbers],
        "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        "write_statistics": ["household"],
    }


def wide(asked: Asked, population: Population, found: dict[str, Answer]) -> pa.Table:
    """The answers as a table, a row for each household, with the columns that `stream` writes."""
    fields, columns = (
        [pa.field("household", pa.int64(), nullable=False)],
        [_arrow(population.households["household"])],
    )
    areas = {question.name: question.area for question in asked.questions}
    for name in asked.answered:
        one, area = found[name], areas[name]
        fields += _fields(name, area)
        here = np.array(
            [inside(division, area) is not False for division in population.divisions], dtype=bool
        )
        asked_here = None if here.all() else pl.Series(here[population.division_places])
        columns += [_status(one, asked_here), _amount(one, asked_here), _missing(one, asked_here)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _fields(name: str, area: Area) -> list[pa.Field]:
    """The columns of a policy; where everybody is asked, none is without a status, which is then not written down."""
    status = STATUS_FIELD.with_name(f"{name}_status").with_nullable(area != NATIONWIDE)
    return [
        status,
        pa.field(f"{name}_amount_fen", pa.int64()),
        pa.field(f"{name}_missing", pa.large_string()),
    ]


def _status(found: Answer, here: pl.Series | None) -> pa.Array:
    """The words of the statuses, where the policy is asked: everywhere, or where it is said to be."""
    places = _plain(found.status) if here is None else _arrow(_only(here, pl.Series(found.status)))
    # The kernel writes no other place than those of the three words.
    return pa.DictionaryArray.from_arrays(places, STATUS_WORDS, ordered=True, safe=False)


def _amount(found: Answer, here: pl.Series | None) -> pa.Array:
    """What is due, nothing where it is not known."""
    if found.amount is not None and here is None and not found.lacking:
        return _plain(found.amount).cast(pa.int64())
    return _arrow(found.amount_if_known if here is None else _only(here, found.amount_if_known))


def _missing(found: Answer, here: pl.Series | None) -> pa.Array:
    """The missing facts, joined by commas, nothing where none is."""
    if not found.lacking:
        return _nothing(len(found.status))
    joined = found.missing_names().list.join(",").replace("", None)
    return _arrow(joined if here is None else _only(here, joined))


@lru_cache(maxsize=1)
def _nothing(size: int) -> pa.Array:
    """No text in any row, the same for each policy of a portion."""
    return pa.nulls(size, pa.large_string())


def _only(here: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(here).then(values)).to_series()


def _arrow(series: pl.Series) -> pa.Array:
    return series.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())


def _plain(values: np.ndarray) -> pa.Array:
    """Numbers as they lie in memory. Arrow's own way to make an array looks for pandas first, which costs more
    memory than a portion.
    """
    kind = pa.type_for_alias(values.dtype.name)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _places(households: Path) -> set[str | None]:
    """The divisions that a file's households live in, read row group by row group."""
    if "division" not in pq.read_schema(households).names:
        raise PolicyError("population_column", "division", file=households.name)
    file = pq.ParquetFile(households, read_dictionary=["division"])
    return {place for group in range(file.metadata.num_row_groups) for place in _of_group(file, group)}


def _of_group(file: pq.ParquetFile, group: int) -> list[str | None]:
    """The divisions of a row group. Where the file says that the least is the greatest, none has to be read."""
    meta = file.metadata.row_group(group)
    known = next(
        c for c in map(meta.column, range(meta.num_columns)) if c.path_in_schema == "division"
    ).statistics
    if known is not None and known.null_count == 0 and known.has_min_max and known.min == known.max:
        return [known.min]
    return file.read_row_group(group, columns=["division"])["division"].unique().to_pylist()


def _portions(
    book: PolicyBook, asked: Asked, households: Path, persons: Path, portion: int
) -> Iterator[tuple[Population, int]]:
    """The population in portions, each read while the one before is computed, and how many households there are."""
    facts = [book.facts[key] for key in asked.facts]

    def read(first: int) -> Population:
        frame = homes.rows(first, portion)
        members = people.between(frame["household"][-1])
        # Who a member is does not matter to a household's answer: rows are told apart by their place.
        return Population.in_order(frame, members.with_row_index("person"), book.facts)

    # Beside what is computed and written, each file has a row group decoded ahead.
    with ThreadPoolExecutor(2) as decoding, ThreadPoolExecutor(1) as ahead:
        homes = _Reader(
            households, ["household", "division"], [f for f in facts if f.level == "household"], decoding
        )
        people = _Reader(persons, ["household"], [f for f in facts if f.level == "person"], decoding)
        line = deque([ahead.submit(read, 0)] if homes.height else [])
        for following in range(portion, homes.height + portion, portion):
            # What is taken from the line is kept by nobody but who asked for it.
            wait(line)
            if following < homes.height:
                line.append(ahead.submit(read, following))
            yield line.popleft().result(), homes.height


class _Reader:
    """A Parquet file sorted by household, decoded a row group ahead, the last ones kept until they are done with."""

    def __init__(
        self, path: Path, keys: list[str], facts: list[FactDeclaration], decoding: ThreadPoolExecutor
    ) -> None:
        self._path, self._columns = path, [*keys, *(fact.name for fact in facts)]
        kinds = {field.name: field.type for field in pq.read_schema(path)}
        for name in self._columns:
            if name not in kinds:
                raise PolicyError("population_column", name, file=path.name)
        texts = [name for name in self._columns if name != "household" and _is_text(kinds[name])]
        self._file = pq.ParquetFile(path, read_dictionary=texts)
        declared = {fact.name: fact.type for fact in facts}
        # A text is looked up once in the file's dictionary, not once a row.
        self._places = {
            name: {value: place for place, value in enumerate(declared[name].values)}
            for name in texts
            if name in declared
        }
        meta = self._file.metadata
        self.height = meta.num_rows
        self._sizes = [meta.row_group(place).num_rows for place in range(meta.num_row_groups)]
        self._next, self._rest = 0, pl.DataFrame()
        self._decoding, self._coming = decoding, None
        self._ask()

    def rows(self, first: int, count: int) -> pl.DataFrame:
        """The next rows; they are asked for in order."""
        while self._rest.height < count and self._next < len(self._sizes):
            self._more()
        found, self._rest = self._rest.head(count), self._rest.slice(count)
        return found

    def between(self, high: Any) -> pl.DataFrame:
        """The next rows, up to those of a household; they are asked for in order."""
        while self._next < len(self._sizes) and (
            self._rest.is_empty() or self._rest["household"][-1] <= high
        ):
            self._more()
        if not self._rest.width:
            self._rest = self._frame(self._file.schema_arrow.empty_table().select(self._columns))
        end = int(self._rest["household"].search_sorted(high, side="right"))
        found, self._rest = self._rest.head(end), self._rest.slice(end)
        return found

    def _more(self) -> None:
        assert self._coming is not None
        frame, in_order = self._coming.result()
        self._next += 1
        self._ask()
        keys = frame["household"]
        if not in_order or (self._rest.height and len(keys) and keys[0] < self._rest["household"][-1]):
            raise PolicyError("not_sorted", "household", file=self._path.name)
        self._rest = pl.concat([self._rest, frame]) if self._rest.height else frame

    def _ask(self) -> None:
        """Has the next row group decoded; what came before is kept by nobody here."""
        more = self._next < len(self._sizes)
        self._coming = self._decoding.submit(self._decoded, self._next) if more else None

    def _decoded(self, place: int) -> tuple[pl.DataFrame, bool]:
        frame = self._frame(self._file.read_row_group(place, columns=self._columns, use_threads=False))
        return frame, frame["household"].is_sorted()

    def _frame(self, table: pa.Table) -> pl.DataFrame:
        for name, places in self._places.items():
            column = _placed(table[name], places)
            table = table.set_column(table.schema.get_field_index(name), name, column)
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _placed(column: pa.ChunkedArray, places: Mapping[str, int]) -> pa.Array:
    """The place of each category among the declared ones; a text that is none of them is left for the error."""
    whole = column.unify_dictionaries().combine_chunks()
    names = whole.dictionary.to_pylist()
    if not places.keys() >= set(names):
        return whole.cast(pa.string())
    return pl.Series([places[name] for name in names], dtype=pl.UInt8).to_arrow().take(whole.indices)
