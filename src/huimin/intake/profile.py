"""What a delivery's columns look like, in figures that say nothing of a single person: kept to see what the next one changes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from huimin.intake.cells import tidy
from huimin.intake.reading import Reading

# Figures of fewer rows than this say nothing of a column.
FEWEST_ROWS = 20
LONGEST_SHAPE = 24
# In a shape no digit, letter or character remains but those of a day.
_DIGITS, _LETTERS, _HAN = "[0-9]", "[A-Za-z]+", r"[\p{Han}--年月日]+"


@dataclass(frozen=True)
class ColumnProfile:
    """A column as it came: its heading, the contract's column (empty: none), its place, the share of filled cells, the
    commonest shape of its cells (9 for a digit, A for letters, 字 for characters) with its share, and of amounts above
    zero the median in fen.
    """

    heading: str
    column: str
    place: int
    filled: float
    shape: str
    shape_share: float
    median_fen: int | None = None


@dataclass(frozen=True)
class Profile:
    """A delivery as it came: how many rows, and its columns."""

    rows: int
    columns: tuple[ColumnProfile, ...]

    @property
    def by_column(self) -> Mapping[str, ColumnProfile]:
        """The columns that the contract knows, by its names for them."""
        return {each.column: each for each in self.columns if each.column}

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def from_json(value: Mapping[str, Any]) -> Profile | None:
    """The profile that `as_json` wrote; nothing where none was written."""
    if not value:
        return None
    return Profile(value["rows"], tuple(ColumnProfile(**each) for each in value["columns"]))


def profile(reading: Reading) -> Profile:
    """The figures of a reading, also of one whose data set is not known."""
    columns = {heading: column for column, heading in reading.columns.items()}
    found = [
        column_profile(reading, heading, columns.get(heading, ""), place)
        for place, heading in enumerate(reading.sample.columns[1:])
    ]
    return Profile(max(reading.rows.height, reading.sample.height), tuple(found))


def column_profile(reading: Reading, heading: str, column: str, place: int) -> ColumnProfile:
    """The figures of one column."""
    text = tidy(reading.sample[heading])
    filled = text.drop_nulls()
    shape, share = commonest_shape(filled)
    return ColumnProfile(
        heading=heading,
        column=column,
        place=place,
        filled=round(len(filled) / max(len(text), 1), 4),
        shape=shape,
        shape_share=share,
        median_fen=_median(reading, column),
    )


def commonest_shape(filled: pl.Series) -> tuple[str, float]:
    """The commonest shape of cells and the share that has it; nothing of no cells."""
    if filled.is_empty():
        return "", 0.0
    shapes = filled.to_frame("cell").select(
        pl.col("cell")
        .str.slice(0, LONGEST_SHAPE)
        .str.replace_all(_DIGITS, "9")
        .str.replace_all(_LETTERS, "A")
        .str.replace_all(_HAN, "字")
    )
    counted = shapes.to_series().value_counts(sort=True).sort("count", "cell", descending=[True, False])
    return counted["cell"][0], round(counted["count"][0] / len(filled), 4)


def _median(reading: Reading, column: str) -> int | None:
    contract = reading.contract
    if contract is None or not column or contract.column(column).type != "money":
        return None
    amounts = reading.rows[column].drop_nulls()
    amounts = amounts.filter(amounts > 0)
    median = amounts.median() if len(amounts) >= FEWEST_ROWS else None
    return round(float(median)) if median is not None else None  # pyright: ignore[reportArgumentType]
