"""Whole columns of identity numbers: cleaned, checked and named, as `units.national_id` does one by one."""

import numpy as np
import polars as pl

from huimin.units.national_id import CHECK_DIGITS, EARLIEST_BIRTH, LATEST_BIRTH, WEIGHTS

SHAPE_18 = "^[1-9][0-9]{16}[0-9X]$"
SHAPE_15 = "^[1-9][0-9]{14}$"
# A number that a spreadsheet kept as 3.30127E+17: its last digits are gone.
FLOAT = r"^[0-9](?:\.[0-9]*)?E\+?[0-9]{1,3}$"
DROPPED = r"[\s'\"’‘`“”\-\x{2010}-\x{2015}\x{200b}-\x{200f}\x{feff}]"
NOTHING = ["", "无", "不详", "暂无", "空", "未知", "/", "NULL", "NONE", "NAN", "N/A"]
LONGEST = 40
_CHECKS = np.frombuffer(CHECK_DIGITS.encode(), dtype=np.uint8)


def cleaned(text: pl.Series) -> pl.Series:
    """The numbers in half-width digits and a capital X, without quotes, spaces and dashes."""
    odd = (~text.str.contains(SHAPE_18)).fill_null(False).arg_true()
    if odd.is_empty():
        return text
    tidy = (
        text.gather(odd)
        .str.normalize("NFKC")
        .str.replace_all(DROPPED, "")
        .str.to_uppercase()
        .str.replace(r"^([0-9]{15,18})\.0*$", "$1")
        .str.slice(0, LONGEST)
    )
    return text.clone().scatter(odd, tidy)


def valid(numbers: pl.Series) -> pl.Series:
    """Whether each cleaned number has its shape, a day of birth that exists, and the right check digit."""
    shaped = numbers.str.contains(SHAPE_18).fill_null(False)
    places = shaped.arg_true()
    if places.is_empty():
        return shaped
    candidates = numbers.gather(places)
    right = pl.Series(_check_digits(candidates.str.head(17)) == _bytes(candidates, 18)[:, 17])
    return shaped.scatter(places, right & _born(candidates.str.slice(6, 8)))


def upgraded(numbers: pl.Series) -> pl.Series:
    """The numbers with those of fifteen digits written in eighteen, where they name a day."""
    places = numbers.str.contains(SHAPE_15).fill_null(False).arg_true()
    if places.is_empty():
        return numbers
    old = numbers.gather(places)
    id17 = old.str.head(6) + "19" + old.str.slice(6)
    check = pl.Series([chr(code) for code in _check_digits(id17)], dtype=pl.String)
    new = (id17 + check).zip_with(_born(id17.str.slice(6, 8)), old)
    return numbers.clone().scatter(places, new)


def parsed(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The numbers as they are kept, and for each the code of what is wrong with it.

    A masked, mistyped or oddly shaped number is kept: it still tells something of the person.
    """
    number = upgraded(cleaned(text))
    is_valid = valid(number)
    code = pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(text))
    places = (~is_valid).arg_true()
    if places.is_empty():
        return number, code
    odd = pl.DataFrame({"number": number.gather(places)}).with_columns(
        pl.when(pl.col("number").is_in(NOTHING) | pl.col("number").is_null())
        .then(None)
        .otherwise(pl.col("number").str.replace_all(r"[*#?×•●＊_]", "*").str.replace_all("X", "*"))
        .alias("shown")
    )
    odd = odd.select(
        pl.when(pl.col("shown").is_null())
        .then(pl.lit("id_missing"))
        .when(pl.col("number").str.contains(FLOAT))
        .then(pl.lit("id_digits_lost"))
        .when(pl.col("number").str.contains(SHAPE_18) | pl.col("number").str.contains(SHAPE_15))
        .then(pl.lit("id_mistyped"))
        .when(pl.col("shown").str.contains(r"^[0-9*]{10,18}$") & pl.col("shown").str.contains(r"\*\*"))
        .then(pl.lit("id_masked"))
        .otherwise(pl.lit("id_wrong_shape"))
        .alias("code"),
        "number",
        "shown",
    )
    kept = odd.select(
        pl.when(pl.col("code").is_in(["id_missing", "id_digits_lost"]))
        .then(None)
        .when(pl.col("code") == "id_masked")
        .then(_masked(pl.col("number"), pl.col("shown")))
        .otherwise("number")
    ).to_series()
    return number.clone().scatter(places, kept), code.scatter(places, odd["code"])


def _masked(number: pl.Expr, shown: pl.Expr) -> pl.Expr:
    """A masked number with stars for what is hidden; an X at the end of an otherwise open tail is a digit."""
    open_end = number.str.contains("[0-9]X$")
    return pl.when(open_end).then(shown.str.head(17) + "X").otherwise(shown)


def _bytes(numbers: pl.Series, width: int) -> np.ndarray:
    joined = str(numbers.str.join("").item()).encode()
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, width)


def _check_digits(id17: pl.Series) -> np.ndarray:
    # The greatest sum is 900.
    sums = (_bytes(id17, 17).astype(np.int16) - ord("0")) @ np.array(WEIGHTS, dtype=np.int16)
    return _CHECKS[sums % 11]


def _born(digits: pl.Series) -> pl.Series:
    """Whether eight digits name a day somebody can be born on."""
    day = digits.str.to_date("%Y%m%d", strict=False)
    return ((day >= EARLIEST_BIRTH) & (day < LATEST_BIRTH)).fill_null(False)
