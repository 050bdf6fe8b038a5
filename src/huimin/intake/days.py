"""Whole columns of days and months, as `units.dates` reads one."""

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
    PARTED,
    SERIAL,
)

EARLIEST, LATEST = date(1870, 1, 1), date(2200, 1, 1)
# Days this soon after today are kept with a warning; later ones are mistyped.
SOON = timedelta(days=400)
NOTHING = [
    "",
    "-",
    "--",
    "—",
    "——",
    "/",
    "无",
    "NULL",
    "null",
    "None",
    "至今",
    "长期",
    "长期有效",
    "不详",
    "暂无",
]


def parsed(text: pl.Series, today: date | None) -> tuple[pl.Series, pl.Series]:
    """The days, and for each the code of what is wrong with it.

    `today` is the last day that can be, if there is one. A day soon after it is kept all the same: the fault
    may lie with the clock of this machine or of the sender's.
    """
    frame = _plain(text).with_columns(day=_day(PARTED), compact=_day(COMPACT), serial=_serial())
    day = pl.coalesce("day", "compact", "serial")
    named = pl.col("plain").str.contains(PARTED) | pl.col("plain").str.contains(COMPACT)
    return _judged(frame, day, named, "date_unreadable", today)


def parsed_months(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The first days of the months, and for each the code of what is wrong with it."""
    frame = _plain(text).with_columns(
        month=_month(MONTH),
        compact_month=_month(COMPACT_MONTH),
        day=_day(PARTED),
        compact=_day(COMPACT),
        serial=_serial(),
    )
    month = pl.coalesce("month", "compact_month", "day", "compact", "serial").dt.month_start()
    named = pl.col("plain").str.contains(MONTH) | pl.col("plain").str.contains(PARTED)
    return _judged(frame, month, named, "month_unreadable", None)


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
    plain = pl.col("plain").str.normalize("NFKC").str.replace_all(r"['’‘`]", "").str.replace_all(r"\s+", " ")
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
