"""Chunks of a sheet read by its contract: typed rows, the problems of their cells, the rows refused."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from huimin.intake import cells, leftovers, usual
from huimin.intake.grid import Chunk
from huimin.intake.layout import USUAL_UNIT, Layout
from huimin.intake.shapes import longest
from huimin.tables.contract import Column
from huimin.tables.problem import catalogue
from huimin.units.money import format_yuan

LONGEST_VALUE = 80
PROBLEMS = {
    "line": pl.Int64(), "column": pl.String(), "code": pl.String(), "value": pl.String(),
    "params": pl.String(), "severity": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What a chunk gave: rows in the contract's types (with `line`), problems, lines that are no rows with
    their kind, and the cells as text.
    """

    rows: pl.DataFrame
    problems: pl.DataFrame
    leftovers: pl.DataFrame
    raw: pl.DataFrame


def read_chunk(chunk: Chunk, layout: Layout, today: date, *, beyond_is_usual: bool) -> Part:
    """The rows of a chunk, all of them; whoever has a problem of severity error is to be refused.

    `beyond_is_usual`: the file has content beyond its last heading in most rows, so it shifts nothing.
    """
    frame = chunk.frame.filter(pl.col("line") > layout.line)
    kinds = leftovers.told_apart(frame, layout)
    left = frame.select("line").with_columns(kinds.alias("kind")).filter(pl.col("kind").is_not_null())
    raw = frame.filter(kinds.is_null())
    reader = _Reader(raw, layout, today)
    for column in layout.contract.columns:
        reader.read(column)
    reader.compare_order()
    if not beyond_is_usual:
        reader.note_rows(raw[f"c{layout.width}"].str.strip_chars().fill_null("") != "", "row_too_long")
    for lines, code in ((chunk.broken, "row_broken"), (chunk.stray, "quote_stray")):
        if lines:
            reader.note_rows(raw["line"].is_in(list(lines)), code)
    rows = pl.DataFrame([raw["line"], *(series.alias(name) for name, series in reader.values.items())])
    problems = pl.concat(reader.problems) if reader.problems else pl.DataFrame(schema=PROBLEMS)
    left_lines = chunk.frame.filter(pl.col("line").is_in(left["line"].implode()))
    return Part(rows, problems, left.join(left_lines, on="line", how="left"), raw)


class _Reader:
    """Reads the columns of a chunk one after the other and keeps what is wrong with them."""

    def __init__(self, raw: pl.DataFrame, layout: Layout, today: date) -> None:
        self.raw, self.layout, self.today = raw, layout, today
        self.values: dict[str, pl.Series] = {}
        self.problems: list[pl.DataFrame] = []

    def read(self, column: Column) -> None:
        """Reads one column."""
        place = self.layout.places.get(column.name)
        raw = self.raw[f"c{place}"] if place is not None else None
        if column.source is not None:
            found, raw = self._taken(column, raw)
        elif raw is not None:
            unit = self.layout.units.get(column.name, USUAL_UNIT)
            known = usual.values(column, raw, unit, self.today)
            found = usual.first(raw, known, lambda odd: self._checked(column, cells.tidy(odd), odd))
        else:
            found = cells.empty(column, self.raw.height)
        self.values[column.name] = found.values
        if raw is not None:
            self._note(column, found.codes, found.values, raw)

    def _taken(self, column: Column, raw: pl.Series | None) -> tuple[cells.Cells, pl.Series]:
        """A column that is read from another where its own cell is missing or empty; its cells."""
        text = self.values[column.source or ""].str.extract(column.pattern or "")
        if raw is not None:
            own = cells.tidy(raw)
            text = own.zip_with(own.is_not_null(), text)
        return self._checked(column, text, raw), text if raw is None else raw

    def _checked(self, column: Column, text: pl.Series, raw: pl.Series | None) -> cells.Cells:
        """The cells by every rule there is, and what must be filled or shown besides."""
        unit = self.layout.units.get(column.name, USUAL_UNIT)
        found = cells.parsed(column, text, unit=unit, today=self.today)
        codes = found.codes if raw is not None else _without(found.codes, "id_missing")
        if column.must_be_filled:
            codes = _filled(codes, found.values.is_null() & codes.is_null(), "value_missing")
        if raw is not None:
            inner = raw.str.strip_chars(cells.PADDING)
            codes = _filled(codes, inner.str.contains(cells.HIDDEN).fill_null(False), "hidden_characters")
        return cells.Cells(found.values, codes)

    def compare_order(self) -> None:
        """Notes the rows whose days come in the wrong order."""
        for earlier, later in self.layout.contract.order:
            wrong = (self.values[later] < self.values[earlier]).fill_null(False)
            if wrong.any():
                column, before = self.layout.contract.column(later), self.layout.contract.column(earlier)
                params = self.layout.params(column, earlier=self.layout.words(before))
                days = self.values[later].cast(pl.String)
                self._add(wrong.arg_true(), later, "dates_reversed", days, params)

    def note_rows(self, wrong: pl.Series, code: str) -> None:
        """Notes what is wrong with whole rows."""
        if wrong.any():
            nothing = pl.Series([""], dtype=pl.String).new_from_index(0, self.raw.height)
            self._add(wrong.arg_true(), "", code, nothing, "{}")

    def _note(self, column: Column, codes: pl.Series, values: pl.Series, raw: pl.Series) -> None:
        if codes.null_count() == len(codes):
            return
        places = codes.is_not_null().arg_true()
        codes, unused = codes.gather(places), values.gather(places).is_null()
        for code in codes.unique().sort().to_list():
            mine = (codes == code).arg_true()
            costs_the_row = unused.gather(mine) if column.must_be_filled else None
            self._add(places.gather(mine), column.name, code, raw, self._params(column, code), costs_the_row)

    def _params(self, column: Column, code: str) -> str:
        match code:
            case "amount_unusual":
                return self.layout.params(
                    column, usual=format_yuan(column.usual_fen or 0).removesuffix(".00")
                )
            case "date_in_future" | "date_far_ahead":
                return self.layout.params(column, today=self.today.isoformat())
            case "number_out_of_range":
                return self.layout.params(column, low=column.low, high=column.high)
            case "too_long":
                return self.layout.params(column, limit=longest(column.type))
            case "not_in_list":
                allowed = {
                    "zh": "、".join(value.title.zh for value in column.values),
                    "en": ", ".join(value.title.zh for value in column.values),
                }
                return self.layout.params(column, allowed=allowed)
        return self.layout.params(column)

    def _add(
        self,
        places: pl.Series,
        column: str,
        code: str,
        raw: pl.Series,
        params: str,
        costs_the_row: pl.Series | None = None,
    ) -> None:
        """Adds a problem for each place; an error whatever its kind where it costs the row."""
        count = len(places)
        severity = pl.Series([catalogue()[code].severity], dtype=pl.String).new_from_index(0, count)
        if costs_the_row is not None:
            severity = pl.Series(["error"]).new_from_index(0, count).zip_with(costs_the_row, severity)
        told = {
            "line": self.raw["line"].gather(places),
            "column": pl.Series([column]).new_from_index(0, count),
            "code": pl.Series([code]).new_from_index(0, count),
            "value": raw.gather(places).fill_null("").str.slice(0, LONGEST_VALUE),
            "params": pl.Series([params]).new_from_index(0, count),
            "severity": severity,
        }
        self.problems.append(pl.DataFrame(told))


def _without(codes: pl.Series, code: str) -> pl.Series:
    dropped = (codes == code).fill_null(False)
    if not dropped.any():
        return codes
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(codes))
    return nothing.zip_with(dropped, codes)


def _filled(codes: pl.Series, places: pl.Series, code: str) -> pl.Series:
    return codes.clone().scatter(places.arg_true(), code) if places.any() else codes
