"""Files read by the contract they belong to; whatever is in them, the answer is a `Reading`."""

import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from huimin.intake import totals
from huimin.intake.amounts import line_unit
from huimin.intake.cells import schema
from huimin.intake.checking import PROBLEMS, Part, read_chunk
from huimin.intake.deciding import Found, Undecided, decide
from huimin.intake.grid import LINES_A_SHEET, Chunk
from huimin.intake.layout import USUAL_UNIT, Layout, raw_names
from huimin.intake.leftovers import NOTE
from huimin.intake.opening import Opened, digest, opened
from huimin.intake.reading import Reading, file_problem
from huimin.intake.workbook import Refused
from huimin.tables.contract import Contract
from huimin.tables.problem import catalogue

# Files up to this many rows keep all of them as they came, for the marked-up workbook.
RAW_ROWS = 50_000
_SKIPPED = {"line": pl.Int64(), "kind": pl.String()}


def read(
    source: Path | bytes,
    name: str,
    contracts: Mapping[str, Contract] | Iterable[Contract],
    today: date,
    *,
    scratch: Path | None = None,
) -> Reading:
    """The file as the contract it belongs to reads it.

    `name` is the file's name as the sender gave it. `today` is the last day that past days can be. Wrong
    content is never an exception: it is a problem with its line, column and cure. `scratch` is where the sheets of a
    workbook lie while they are read, in a folder of their own that is gone afterwards.
    """
    known = list(contracts.values() if isinstance(contracts, Mapping) else contracts)
    with ExitStack() as stack:
        stream: BinaryIO = (
            io.BytesIO(source) if isinstance(source, bytes) else stack.enter_context(source.open("rb"))
        )
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True))
        )
        sha256, size = digest(stream)
        unread = _Unread(name, sha256)
        try:
            file = opened(stream, name, size, folder)
            found = decide(file, known, name, today)
        except Refused as refusal:
            return unread.because(file_problem(refusal.code, "error", **refusal.params))
        if isinstance(found, Undecided):
            reading = unread.because(found.problem, file.encoding.name, found.heading_line, found.headings)
            sample = _as_sent(found.sample, found.headings)
            return replace(reading, nearest=found.nearest, sample=sample)
        pile, said = _piled(found, today), list[pl.DataFrame]()
        if pile.unit_below not in (None, USUAL_UNIT):
            again = decide(file, known, name, today, pile.unit_below)
            if isinstance(again, Found) and again.layout.units != found.layout.units:
                found, pile = again, _piled(again, today)
                said.append(_warning("unit_below", unit=pile.unit_below))
        return _read(file, found, pile, unread, said)


@dataclass(frozen=True)
class _Unread:
    """A file of which nothing is known but its name and digest."""

    name: str
    sha256: str

    def because(
        self,
        problem: pl.DataFrame,
        encoding: str = "",
        heading_line: int = 0,
        headings: tuple[str, ...] = (),
    ) -> Reading:
        """The reading of a file that holds no rows we know."""
        empty = pl.DataFrame(schema={"line": pl.Int64()})
        skipped = pl.DataFrame(schema=_SKIPPED)
        return Reading(
            self.name,
            None,
            empty,
            problem,
            empty,
            empty,
            empty,
            skipped,
            encoding,
            self.sha256,
            heading_line,
            headings,
        )


@dataclass
class _Pile:
    """What the chunks of a file gave, piled up."""

    total: totals.Total
    rows: list[pl.DataFrame] = field(default_factory=list)
    unsure: list[pl.DataFrame] = field(default_factory=list)
    problems: list[pl.DataFrame] = field(default_factory=list)
    skipped: list[pl.DataFrame] = field(default_factory=list)
    raw: list[pl.DataFrame] = field(default_factory=list)
    units_below: set[str] = field(default_factory=set)
    count: int = 0
    raw_is_whole: bool = True

    @property
    def unit_below(self) -> str | None:
        """The unit that a line among or below the rows names, where all that name one name the same."""
        return next(iter(self.units_below)) if len(self.units_below) == 1 else None

    def add(self, part: Part, raw_names: list[str]) -> None:
        """Adds a chunk; of a large file only the raw rows with problems are kept."""
        self.total.add(part)
        wrong = part.problems.filter(pl.col("severity") == "error")["line"].unique()
        refused = part.rows["line"].is_in(wrong.implode())
        self.rows.append(part.rows.filter(~refused))
        self.unsure.append(part.rows.filter(refused))
        self.problems.append(part.problems)
        self.skipped.append(part.leftovers.select("line", "kind"))
        notes = part.leftovers.filter(pl.col("kind") == NOTE).drop("line", "kind")
        self.units_below |= {
            unit for row in notes.iter_rows() if (unit := line_unit(tuple(filter(None, row))))
        }
        self.count += part.rows.height
        raw = part.raw.select("line", *part.raw.columns[1 : 1 + len(raw_names)])
        self.raw.append(raw.rename(dict(zip(raw.columns[1:], raw_names, strict=True))))
        if self.count > RAW_ROWS:
            self._keep_marked_only()

    def _keep_marked_only(self) -> None:
        fresh = len(self.raw) - 1 if not self.raw_is_whole else 0
        for place in range(fresh, len(self.raw)):
            marked = self.problems[place]["line"].unique()
            self.raw[place] = self.raw[place].filter(pl.col("line").is_in(marked.implode()))
        self.raw_is_whole = False


def _piled(found: Found, today: date) -> _Pile:
    pile = _Pile(total=totals.Total(found.layout))
    for place, (chunks, layout) in enumerate(found.sheets):
        for part in _parts(chunks, layout, today, found.beyond_is_usual):
            pile.add(_moved(part, place * LINES_A_SHEET), found.layout.raw_names)
    return pile


def _read(file: Opened, found: Found, pile: _Pile, unread: _Unread, said: Sequence[pl.DataFrame]) -> Reading:
    problems = [*found.problems, *said]
    if file.encoding.damaged:
        problems.append(
            _warning("encoding_damaged", count=file.encoding.damaged, encoding=file.encoding.name)
        )
    contract = found.layout.contract
    nothing = pl.DataFrame(schema=schema(contract))
    unsure = pl.concat([nothing, *pile.unsure])
    as_sent = pl.DataFrame(schema={"line": pl.Int64(), **dict.fromkeys(found.layout.raw_names, pl.String())})
    raw = pl.concat([as_sent, *pile.raw], how="diagonal")
    if not pile.count:
        problems.append(_warning("no_rows"))
    elif unsure.is_empty():
        problems += pile.total.problems()
    return Reading(
        name=unread.name,
        contract=contract,
        rows=pl.concat([nothing, *pile.rows]),
        problems=pl.concat([*problems, *pile.problems, pl.DataFrame(schema=PROBLEMS)]).sort(
            "line", maintain_order=True
        ),
        refused=raw.filter(pl.col("line").is_in(unsure["line"].implode())),
        unsure=unsure,
        raw=raw,
        skipped=pl.concat([pl.DataFrame(schema=_SKIPPED), *pile.skipped]),
        encoding=file.encoding.name,
        sha256=unread.sha256,
        heading_line=found.layout.line,
        headings=found.layout.headings,
        columns={column: found.layout.raw_names[place] for column, place in found.layout.places.items()},
        raw_is_whole=pile.raw_is_whole,
        sample=_as_sent(found.sample, found.layout.headings),
        guessed=found.guessed,
    )


def _as_sent(sample: pl.DataFrame, headings: tuple[str, ...]) -> pl.DataFrame:
    """The first rows under the headings as they were written."""
    names = raw_names(headings)
    if len(sample.columns) <= len(names):
        return pl.DataFrame(schema={"line": pl.Int64, **dict.fromkeys(names, pl.String())})
    return sample.select("line", *(pl.col(f"c{place}").alias(name) for place, name in enumerate(names)))


def _parts(chunks: Iterable[Chunk], layout: Layout, today: date, beyond_is_usual: bool) -> Iterator[Part]:
    for chunk in chunks:
        part = read_chunk(chunk, layout, today, beyond_is_usual=beyond_is_usual)
        if part.rows.height or part.leftovers.height:
            yield part


def _moved(part: Part, lines: int) -> Part:
    """The part with its lines counted on, for a second sheet of the same data set."""
    if not lines:
        return part
    on = pl.col("line") + lines
    return Part(*(frame.with_columns(on) for frame in (part.rows, part.problems, part.leftovers, part.raw)))


def _warning(code: str, **params: object) -> pl.DataFrame:
    return file_problem(code, catalogue()[code].severity, **params)
