"""Where the columns of a contract stand in a sheet, and in which unit its amounts are written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from huimin.intake.amounts import cell_unit, heading_unit, line_unit
from huimin.intake.legends import is_legend
from huimin.intake.recognising import Head, Match
from huimin.tables.contract import Column, Contract

USUAL_UNIT = "元"


@dataclass(frozen=True)
class Layout:
    """A sheet as one contract reads it: the line of its headings, the headings, the place of each column."""

    contract: Contract
    line: int
    headings: tuple[str, ...]
    places: Mapping[str, int]
    units: Mapping[str, str]

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.headings)

    def heading(self, column: Column) -> str:
        """The heading of a column as the file writes it, or its title."""
        place = self.places.get(column.name)
        return column.title.zh if place is None else self.headings[place].strip() or column.title.zh

    @cached_property
    def raw_names(self) -> list[str]:
        """A name for every cell of a row, none twice: its heading, or its place where it has none."""
        return raw_names(self.headings)

    def params(self, column: Column, **more: object) -> str:
        """What the message about a cell of this column names, as JSON."""
        return json.dumps({"column": self.words(column), **more}, ensure_ascii=False)

    def words(self, column: Column) -> dict[str, str]:
        """How messages call a column: by its heading, in English with its meaning."""
        heading = self.heading(column)
        return {"zh": heading, "en": f"{heading} ({column.title.en})"}


def raw_names(headings: Sequence[str]) -> list[str]:
    """A name for every heading, none twice: the heading itself, or its place where it is empty."""
    names: list[str] = []
    for place, heading in enumerate(headings):
        name = heading.strip() or f"({place + 1})"
        names.append(name if name not in (*names, "line") else f"{name} ({place + 1})")
    return names


def laid_out(head: Head, match: Match, unit: str = USUAL_UNIT) -> Layout:
    """The layout of a sheet whose contract is known. `unit` counts for amounts of which the sheet says none.

    What a heading says counts before what stands under it, and that before a line over the whole table.
    """
    legend = head.below if is_legend(head.below) else ()
    beneath = dict(enumerate(map(cell_unit, legend)))
    above = line_unit((*head.above, *legend))
    places = {name: places[0] for name, places in match.places.items()}
    units = {
        name: heading_unit(head.headings[place]) or beneath.get(place) or above or unit
        for name, place in places.items()
        if match.contract.column(name).type == "money"
    }
    return Layout(match.contract, head.line, head.headings, places, units)
