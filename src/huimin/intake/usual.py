"""Cells in their usual form, read in a pass or two; only the odd ones go the long way through every rule.

A cell counts as usual where its pattern proves that the long way would give the very same value and find nothing wrong.
"""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from huimin.intake import identity_numbers
from huimin.intake.cells import Cells
from huimin.intake.days import EARLIEST, LATEST
from huimin.intake.shapes import BLANK, NO_WORDS, NOT_KNOWN, SHAPES, longest, spelled
from huimin.tables.contract import Column
from huimin.units.divisions import LONGEST
from huimin.units.money import UNIT_FEN

DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MONTH = "^[0-9]{4}-[0-9]{2}$"
AMOUNT = "^[0-9]{1,9}(?:[.][0-9]{1,2})?$"
WHOLE = "^[0-9]{1,9}$"
# Characters that are seen, that stand for themselves in the form NFC, and of which most text is made.
_SEEN = (
    r"\x21-\x7e\x{a1}-\x{ac}\x{ae}-\x{ff}\x{2010}-\x{2027}\x{3001}-\x{3029}\x{3400}-\x{9fff}\x{ff01}-\x{ffef}"
)
REFERENCE = r"^[0-9A-Z\x{4e00}-\x{9fff}()/-]{1,100}$"
TEXT = f"^[{_SEEN}--'’‘`=](?:[{_SEEN} ]*[{_SEEN}])?$"


def values(column: Column, raw: pl.Series, unit: str, today: date) -> pl.Series:
    """The values of the cells in their usual form; null for all others."""
    if column.type == "decimal":
        return pl.Series("value", [None], dtype=pl.Decimal(18, 6)).new_from_index(0, len(raw))
    cell = raw.alias("cell").to_frame()
    if column.type == "national_id":
        return cell.select(_if(identity_numbers.valid(raw), pl.col("cell"))).to_series()
    return cell.select(_usual(column, unit, today).alias("value")).to_series()


def first(raw: pl.Series, known: pl.Series, long_way: Callable[[pl.Series], Cells]) -> Cells:
    """The values with those of the odd cells, and for each the code of what is wrong with its cell."""
    odd = known.is_null().arg_true()
    codes = pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(raw))
    if odd.is_empty():
        return Cells(known, codes)
    found = long_way(raw.gather(odd))
    if len(odd) == len(raw):
        return found
    # The known first, then the odd; sorted by their places they are the rows again.
    places = known.is_not_null().arg_true()
    back = pl.concat([places, odd]).arg_sort()
    joined = pl.concat([known.gather(places), found.values.cast(known.dtype).alias(known.name)]).gather(back)
    return Cells(joined, codes.scatter(odd, found.codes))


def _usual(column: Column, unit: str, today: date) -> pl.Expr:
    cell = pl.col("cell")
    match column.type:
        case "date":
            day = _matching(DAY).str.to_date("%Y-%m-%d", strict=False)
            last = today if column.latest == "today" else LATEST - timedelta(days=1)
            return _if(day.is_between(EARLIEST, last), day)
        case "month":
            month = (_matching(MONTH) + "-01").str.to_date("%Y-%m-%d", strict=False)
            return _if(month.is_between(EARLIEST, LATEST, closed="left"), month)
        case "money":
            # Eleven digits lie well within what a float tells apart, so rounding names the very fen.
            fen = (_matching(AMOUNT).cast(pl.Float64) * UNIT_FEN[unit]).round().cast(pl.Int64)
            fine = UNIT_FEN[unit] % 100 == 0
            limit = column.usual_fen
            return _if((fen <= limit) if limit is not None and fine else pl.lit(fine), fen)
        case "integer":
            number = _matching(WHOLE).cast(pl.Int64)
            bounded = column.low is not None and column.high is not None
            return _if(number.is_between(column.low, column.high) if bounded else pl.lit(True), number)
        case "enum":
            return cell.replace_strict(_ways(column), default=None, return_dtype=pl.String)
        case "division":
            return _matching(SHAPES["division"]).str.pad_end(LONGEST, "0")
        case "phone":
            return _if(~cell.str.starts_with("0086"), _matching(SHAPES["phone"]))
        case "reference":
            return _if(_says_something(column), _matching(REFERENCE))
        case kind if kind in SHAPES:
            return _matching(SHAPES[kind])
        case kind:
            fits = cell.str.contains(TEXT) & (cell.str.len_chars() <= longest(kind))
            return _if(fits & _says_something(column), cell)


def _says_something(column: Column) -> pl.Expr:
    return ~pl.col("cell").is_in(BLANK + NOT_KNOWN if column.type in NO_WORDS else BLANK)


def _matching(pattern: str) -> pl.Expr:
    return _if(pl.col("cell").str.contains(pattern), pl.col("cell"))


def _if(condition: pl.Expr | pl.Series, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)


def _ways(column: Column) -> dict[str, str]:
    """The spellings of the column's values as written, none that the long way would read as no value."""
    keys = {spelled(way): value.key for value in column.values for way in value.spellings}
    written = [way for value in column.values for way in value.spellings]
    return {way: keys[spelled(way)] for way in written if way.strip("-/") and way.upper() != "NULL"}
