"""Whole columns of identity numbers: cleaned, checked and named, as `units.national_id` does one by one."""

from functools import cache

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
_LENGTH = 18
# So many numbers are read at once that what is worked out of them stays near the core.
_AT_ONCE = 1 << 17
_NO_DAY = np.datetime64("NaT").astype(np.int64)
_READ: dict[str, type[pl.DataType]] = {"valid": pl.Boolean, "born_on": pl.Date, "male": pl.Boolean}


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
    return read(numbers)["valid"]


def read(numbers: pl.Series) -> pl.DataFrame:
    """Whether each cleaned number is valid, and what a valid one tells: valid, born_on, male (null where it is not).

    >>> read(pl.Series(["11010519491231002X", "110105194912310021"])).rows()
    [(True, datetime.date(1949, 12, 31), False), (False, None, None)]
    """
    found = [_read(numbers.slice(start, _AT_ONCE)) for start in range(0, len(numbers), _AT_ONCE)]
    return pl.concat(found) if found else pl.DataFrame(schema=_READ)


def _read(numbers: pl.Series) -> pl.DataFrame:
    whole = (numbers.str.len_bytes() == _LENGTH).fill_null(False)
    # One row for each place, so that a place of all numbers lies together.
    characters = np.ascontiguousarray(_bytes(numbers.filter(whole), _LENGTH).T)
    digits = characters - np.uint8(ord("0"))
    right = (digits[: _LENGTH - 1] <= 9).all(axis=0) & (digits[0] != 0)
    right &= characters[-1] == _CHECKS[_sums(digits) % len(_CHECKS)]
    days = _days(digits)
    right &= days != _NO_DAY
    told = {
        "valid": right,
        "born_on": np.where(right, days, _NO_DAY).view("datetime64[D]"),
        "male": digits[-2] % 2 == 1,
    }
    frame = pl.DataFrame(told, schema_overrides={"born_on": pl.Date}).with_columns(
        male=pl.when("valid").then("male")
    )
    if len(frame) == len(numbers):
        return frame
    places = whole.arg_true()
    nothing = [False, None, None]
    return pl.DataFrame(
        [
            pl.Series(name, [empty], dtype=kind).new_from_index(0, len(numbers)).scatter(places, frame[name])
            for (name, kind), empty in zip(_READ.items(), nothing, strict=True)
        ]
    )


def _days(digits: np.ndarray) -> np.ndarray:
    """The days since 1970 that columns of digits name as days of birth; `_NO_DAY` where there is no such day."""
    at = digits[6:14].astype(np.int32)
    year = at[0] * 1000 + at[1] * 100 + at[2] * 10 + at[3] - EARLIEST_BIRTH.year
    month, day = at[4] * 10 + at[5], at[6] * 10 + at[7]
    table = _calendar()
    possible = (year >= 0) & (year < table.shape[0]) & (month < table.shape[1]) & (day < table.shape[2])
    return np.where(
        possible, table[tuple(np.where(possible, each, 0) for each in (year, month, day))], _NO_DAY
    )


@cache
def _calendar() -> np.ndarray:
    """The days since 1970 by year of birth, month and day, `_NO_DAY` for what is no day."""
    days = np.arange(np.datetime64(EARLIEST_BIRTH, "D"), np.datetime64(LATEST_BIRTH, "D"))
    months, years = days.astype("datetime64[M]"), days.astype("datetime64[Y]")
    table = np.full((LATEST_BIRTH.year - EARLIEST_BIRTH.year, 13, 32), _NO_DAY)
    place = (
        (years - years[0]).astype(int),
        (months - years).astype(int) + 1,
        (days - months).astype(int) + 1,
    )
    table[place] = days.astype(np.int64)
    return table


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
    return _CHECKS[_sums(_bytes(id17, 17).T - np.uint8(ord("0"))) % len(_CHECKS)]


def _sums(digits: np.ndarray) -> np.ndarray:
    """The weighted sums of columns of digits; the greatest is 900."""
    sums = np.zeros(digits.shape[1], dtype=np.uint16)
    for place, weight in enumerate(WEIGHTS):
        sums += digits[place] * np.uint16(weight)
    return sums


def _born(digits: pl.Series) -> pl.Series:
    """Whether eight digits name a day somebody can be born on."""
    day = digits.str.to_date("%Y%m%d", strict=False)
    return ((day >= EARLIEST_BIRTH) & (day < LATEST_BIRTH)).fill_null(False)
