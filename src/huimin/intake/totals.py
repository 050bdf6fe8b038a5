"""The total line of a sheet compared with the rows above it."""

import polars as pl

from huimin.intake import amounts
from huimin.intake.cells import tidy
from huimin.intake.checking import Part
from huimin.intake.layout import Layout
from huimin.intake.leftovers import TOTAL
from huimin.intake.reading import file_problem
from huimin.tables.problem import catalogue
from huimin.units.money import format_yuan
from huimin.units.words import Words

_GRAND = r"合\s*计|总\s*计|共\s*计|[Tt]otal|TOTAL"


class Total:
    """Adds up the amounts of a file and keeps what its total lines say."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.sums = dict.fromkeys(layout.units, 0)
        self.lines: list[pl.DataFrame] = []

    def add(self, part: Part) -> None:
        """Takes the amounts and total lines of a chunk."""
        for name in self.sums:
            self.sums[name] += int(part.rows[name].sum() or 0)
        lines = part.leftovers.filter(pl.col("kind") == TOTAL)
        if lines.height:
            self.lines.append(lines)

    def problems(self) -> list[pl.DataFrame]:
        """A warning for each column whose one grand total is not the sum of its rows."""
        lines = pl.concat(self.lines, how="diagonal") if self.lines else pl.DataFrame()
        grand = [row for row in lines.iter_rows(named=True) if self._is_grand(row)]
        if len(grand) != 1:
            return []
        return [problem for name in self.sums if (problem := self._compared(name, grand[0])) is not None]

    def _is_grand(self, row: dict[str, str | None]) -> bool:
        first = next(
            (value for key, value in row.items() if key.startswith("c") and value and value.strip()), ""
        )
        return bool(pl.Series([first]).str.contains(_GRAND).item())

    def _compared(self, name: str, row: dict[str, str | None]) -> pl.DataFrame | None:
        cell = tidy(pl.Series([row.get(f"c{self.layout.places[name]}")], dtype=pl.String))
        said, _ = amounts.parsed(cell, self.layout.units[name])
        if said.item() is None or said.item() == self.sums[name]:
            return None
        column = self.layout.contract.column(name)
        return file_problem(
            "total_differs",
            catalogue()["total_differs"].severity,
            column=Words(self.layout.heading(column), column.title.en),
            said=format_yuan(said.item()),
            found=format_yuan(self.sums[name]),
        )
