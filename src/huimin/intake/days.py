"""Whole columns of days and months, as `units.dates` reads one."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from huimin.units.dates import (
    COMPACT,
    COMPACT_MONTH,
    EXCEL_DAY_ZERO,
    FIRST_SERIAL,
    IDLE_SPACE,
    LAST_SERIAL,
    MONTH,
    NAMED_MONTH,
    PARTED,
    REWRITTEN,
    SERIAL,
    UNCLEAR_MONTH,
    YEAR_LAST,
)

EARLIEST, LATEST = date(1870, 1, 1), date(2200, 1, 1)
# Days this soon after today are kept with a warning; later ones are mistyped.
SOON = timedelta(days=400)
NOTHING = ["", "至今", "长期", "长期有效"]


def parsed(text: pl.Series, today: date | None) -> tuple[pl.Series, pl.Series]:
    """The days, and for each the code of what is wrong with it.

    `today` is the last day that can be, if there is one. A day soon after it is kept all the same: the fault
    may lie with the clock of this machine or of the sender's. Where the year stands last, the other days of the column
    tell whether the day or the month comes first.
    """
    frame = _plain(text)
    frame = frame.with_columns(day=_found(frame, _any_day))
    named = pl.col("plain").str.contains(PARTED) | pl.col("plain").str.contains(COMPACT)
    return _judged(frame, pl.col("day"), named, "date_unreadable", today)


def parsed_months(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The first days of the months, and for each the code of what is wrong with it."""
    frame = _plain(text).with_columns(pl.col("plain").str.replace(NAMED_MONTH, "20${2}-${1}-01"))
    frame = frame.with_columns(month=_found(frame, _any_month))
    named = pl.col("plain").str.contains(MONTH) | pl.col("plain").str.contains(PARTED)
    return _judged(frame, pl.col("month"), named, "month_unreadable", None)


def _found(frame: pl.DataFrame, read: Callable[[pl.DataFrame], pl.Series]) -> pl.Series:
    """The days of the cells; what is in no usual form is brought to one and read again."""
    days = read(frame)
    odd = (days.is_null() & frame["plain"].is_not_null()).arg_true()
    if odd.is_empty():
        return days
    others = frame.select(pl.col("plain").gather(odd))
    for pattern, replacement in REWRITTEN:
        others = others.select(pl.col("plain").str.replace_all(pattern, _GROUP.sub(r"${\1}", replacement)))
    again = read(others)
    return days.scatter(odd, again.zip_with(again.is_not_null(), _year_last(others)))


_GROUP = re.compile(r"\\([0-9])")


def _any_day(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.coalesce(_day(PARTED), _day(COMPACT), _serial())).to_series()


def _any_month(frame: pl.DataFrame) -> pl.Series:
    unclear = pl.col("plain").str.contains(UNCLEAR_MONTH)
    serial = pl.when(~unclear).then(_serial())
    month = pl.coalesce(_month(MONTH), _month(COMPACT_MONTH), _day(PARTED), _day(COMPACT), serial)
    return frame.select(month.dt.month_start()).to_series()


def _year_last(frame: pl.DataFrame) -> pl.Series:
    """The days written with the year last: each by itself where one part is above twelve, the others as all of those."""
    plain = pl.col("plain")
    parts = frame.select(
        one=plain.str.extract(YEAR_LAST, 1).cast(pl.Int32), two=plain.str.extract(YEAR_LAST, 2).cast(pl.Int32),
        year=plain.str.extract(YEAR_LAST, 3),
    )  # fmt: skip
    day_first, month_first = (
        (pl.col("one") > 12) & (pl.col("two") <= 12),
        (pl.col("two") > 12) & (pl.col("one") <= 12),
    )
    told = parts.select(day=day_first.any(), month=month_first.any()).row(0)
    # Where both occur, or neither does, a day like 1/2/2025 could be either.
    all_of_them = {(True, False): True, (False, True): False}.get(told)
    first = (
        pl.when(day_first).then(True).when(month_first).then(False).otherwise(pl.lit(all_of_them, pl.Boolean))
    )
    day, month = pl.when(first).then("one").otherwise("two"), pl.when(first).then("two").otherwise("one")
    written = pl.col("year") + month.cast(pl.String).str.zfill(2) + day.cast(pl.String).str.zfill(2)
    return parts.select(
        pl.when(first.is_not_null()).then(written.str.to_date("%Y%m%d", strict=False))
    ).to_series()


def _judged(
    frame: pl.DataFrame, day: pl.Expr, named: pl.Expr, unreadable: str, today: date | None
) -> tuple[pl.Series, pl.Series]:
    """Days within the time that can be, and the codes of the others."""
    future = day > today if today else pl.lit(False)
    far = day > today + SOON if today else pl.lit(False)
    wrong = (day < EARLIEST) | (day >= LATEST) | far
    frame = frame.select(
        day=pl.when(~wrong).then(day),
        code=pl.when(pl.col("plain").is_null())
        .then(None)
        .when(day.is_null() & named)
        .then(pl.lit("date_impossible"))
        .when(day.is_null())
        .then(pl.lit(unreadable))
        .when(day < EARLIEST)
        .then(pl.lit("date_too_early"))
        .when(far)
        .then(pl.lit("date_far_ahead"))
        .when(future)
        .then(pl.lit("date_in_future"))
        .when(day >= LATEST)
        .then(pl.lit("date_too_late")),
    )
    return frame["day"], frame["code"]


def _plain(text: pl.Series) -> pl.DataFrame:
    plain = (
        pl.col("plain").str.normalize("NFKC").str.replace_all(r"['\"’‘`]", "").str.replace_all(r"\s+", " ")
    )
    plain = plain.str.replace_all(IDLE_SPACE, "$1").str.strip_chars()
    return text.to_frame("plain").select(plain=pl.when(~plain.is_in(NOTHING)).then(plain))


def _day(pattern: str) -> pl.Expr:
    year, month, day = (pl.col("plain").str.extract(pattern, place) for place in (1, 2, 3))
    return (year + month.str.zfill(2) + day.str.zfill(2)).str.to_date("%Y%m%d", strict=False)


def _month(pattern: str) -> pl.Expr:
    year, month = (pl.col("plain").str.extract(pattern, place) for place in (1, 2))
    return (year + month.str.zfill(2) + "01").str.to_date("%Y%m%d", strict=False)


def _serial() -> pl.Expr:
    number = pl.col("plain").str.extract(SERIAL).str.to_integer(strict=False)
    number = pl.when(number.is_between(FIRST_SERIAL, LAST_SERIAL)).then(number)
    return pl.lit(EXCEL_DAY_ZERO).dt.offset_by(number.cast(pl.String) + "d")
