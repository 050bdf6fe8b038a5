"""Clean rows written as departments write them: numbers, names, dates and amounts in all their forms."""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from huimin_county.chance import Chance, Numbers
from huimin_county.data_sets import Column, DataSet
from huimin_county.errors import Errors
from huimin_county.identity_numbers import fifteen_digits
from huimin_county.names import WORDS

Change = Callable[[pl.Series, Numbers], pl.Series]

TRADITIONAL = {pair[0]: pair[1] for pair in WORDS["traditional"].split()}
ALIKE_IN_SOUND = {pair[0]: pair[1] for pair in WORDS["alike_in_sound"].split()}
SPACES = (" ", "　")
DOTS = (".", "・", "•", "")
MARK = "（户主）"
FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(ord("0"), ord("9") + 1)} | {"X": "Ｘ"}
EXCEL_DAY_ZERO = pl.date(1899, 12, 30)
FIRST_WITHOUT_FIFTEEN = 2000
# Added to a row's number when the row is written a second time, by somebody else.
AGAIN = 1 << 52


def written(data_set: DataSet, rows: pl.DataFrame, errors: Errors, chance: Chance) -> pl.DataFrame:
    """The rows as text under the data set's headings."""
    row = rows["row"].to_numpy()
    cells = {}
    for column in data_set.columns:
        question = f"{data_set.name}.{column.heading}"
        cells[column.heading] = _FORMS[column.form](
            column, rows, row, question, data_set.name, errors, chance
        )
    return pl.DataFrame(cells)


def _text(column: Column, rows: pl.DataFrame, *_: object) -> pl.Series:
    return rows[column.source].cast(pl.String).fill_null("")


def _count(column: Column, rows: pl.DataFrame, *_: object) -> pl.Series:
    return rows[column.source]


def _number(
    column: Column,
    rows: pl.DataFrame,
    row: Numbers,
    question: str,
    data_set: str,
    errors: Errors,
    chance: Chance,
) -> pl.Series:
    """The person's number, or the second one, or a relative's; damaged or written in another way."""
    quality = errors.damage(data_set)
    draw = chance.uniform(question, row)
    twice = pl.Series(chance.happens(question + ".second", row, errors.second_number_used))
    use_second = rows["second_id"].is_not_null() & twice
    number = rows["second_id"].zip_with(use_second, rows[column.source])
    shares = [
        errors.id_relative * quality,
        errors.id_missing * quality,
        errors.id_masked * quality,
        errors.id_one_digit * quality,
        errors.id_two_digits * quality,
        errors.id_swapped * quality,
        errors.id_fifteen,
        errors.id_full_width,
        errors.id_spaced,
        errors.id_quoted,
        errors.id_left_out * quality,
        errors.id_doubled * quality,
        errors.id_cut * quality,
        errors.id_float * quality,
    ]
    case = np.searchsorted(np.cumsum(shares), draw, side="right")
    relative = rows["relative_id"]
    born_late = rows["born_on"].dt.year().to_numpy() >= FIRST_WITHOUT_FIFTEEN
    case[(case == 6) & born_late] = len(shares)
    lower = chance.happens(question + ".lower", row, errors.id_lower_x) & number.str.ends_with("X").to_numpy()
    case[(case == len(shares)) & lower] = len(shares) + 1

    def one_digit(values: pl.Series, at: Numbers) -> pl.Series:
        return _with_other_digit(values, row[at], question + ".digit", chance)

    def two_digits(values: pl.Series, at: Numbers) -> pl.Series:
        return _with_other_digit(one_digit(values, at), row[at], question + ".digit2", chance)

    def with_digits(values: pl.Series, at: Numbers, copies: int) -> pl.Series:
        return _with_copies(values, row[at], question + ".copies", chance, copies)

    changes: list[Change | None] = [
        lambda values, at: relative.gather(at),
        lambda values, at: pl.Series([""] * len(at)),
        lambda values, at: values.str.slice(0, 14) + "****",
        one_digit,
        two_digits,
        lambda values, at: _with_neighbours_swapped(values, row[at], question + ".swap", chance),
        lambda values, at: _evaluated(values, fifteen_digits),
        lambda values, at: values.str.replace_many(FULL_WIDTH),
        lambda values, at: " " + values + " ",
        lambda values, at: "'" + values,
        lambda values, at: with_digits(values, at, 0),
        lambda values, at: with_digits(values, at, 2),
        lambda values, at: values.str.slice(0, 14),
        lambda values, at: values.str.slice(0, 1) + "." + values.str.slice(1, 5) + "E+17",
        None,
        lambda values, at: values.str.replace("X", "x"),
    ]
    return _changed(number, case, changes)


def _name(
    column: Column,
    rows: pl.DataFrame,
    row: Numbers,
    question: str,
    data_set: str,
    errors: Errors,
    chance: Chance,
) -> pl.Series:
    """The name, with a space, old or like-sounding characters, a mark, or another middle dot."""
    name = rows[column.source]
    shares = [errors.name_spaced, errors.name_traditional, errors.name_homophone, errors.name_marked]
    case = np.searchsorted(np.cumsum(shares), chance.uniform(question, row), side="right")
    dotted = name.str.contains("·", literal=True).to_numpy()
    case[dotted & (case != 3)] = len(shares)
    other_dot = dotted & (case == len(shares)) & chance.happens(question + ".dotted", row, errors.name_dot)
    case[other_dot] = len(shares) + 1

    def spaced(values: pl.Series, at: Numbers) -> pl.Series:
        space = pl.Series(SPACES).gather(chance.below(question + ".space", row[at], len(SPACES)))
        return values.str.slice(0, 1) + space + values.str.slice(1)

    def dots(values: pl.Series, at: Numbers) -> pl.Series:
        dot = pl.Series("dot", DOTS).gather(chance.below(question + ".dot", row[at], len(DOTS)))
        return pl.DataFrame([values.alias("name"), dot]).select(
            pl.col("name").str.replace(pl.lit("·"), pl.col("dot"), literal=True)
        ).to_series()  # fmt: skip

    changes: list[Change | None] = [
        spaced,
        lambda values, at: values.str.replace_many(TRADITIONAL),
        lambda values, at: values.str.replace_many(ALIKE_IN_SOUND),
        lambda values, at: values + MARK,
        None,
        dots,
    ]
    return _changed(name, case, changes)


def _date(
    column: Column,
    rows: pl.DataFrame,
    row: Numbers,
    question: str,
    data_set: str,
    errors: Errors,
    chance: Chance,
) -> pl.Series:
    """The date in one of five ways."""
    shares = [errors.date_slash, errors.date_compact, errors.date_chinese, errors.date_serial]
    case = np.searchsorted(np.cumsum(shares), chance.uniform(question, row), side="right")
    day = pl.col(column.source)
    serial = (day.cast(pl.Date) - EXCEL_DAY_ZERO).dt.total_days().cast(pl.String)
    forms = [*(day.dt.to_string(form) for form in ("%Y/%-m/%-d", "%Y%m%d", "%Y年%-m月%-d日")), serial]
    return _formed(rows, case, forms, day.dt.to_string("%Y-%m-%d"))


def _month(
    column: Column,
    rows: pl.DataFrame,
    row: Numbers,
    question: str,
    data_set: str,
    errors: Errors,
    chance: Chance,
) -> pl.Series:
    """The month, as 2026-06 or in one of three other ways."""
    other = errors.month_other / 3
    case = np.searchsorted(np.cumsum([other] * 3), chance.uniform(question, row), side="right")
    day = pl.col(column.source)
    forms = [day.dt.to_string(form) for form in ("%Y%m", "%Y年%-m月", "%Y/%-m")]
    return _formed(rows, case, forms, day.dt.to_string("%Y-%m"))


def _money(
    column: Column,
    rows: pl.DataFrame,
    row: Numbers,
    question: str,
    data_set: str,
    errors: Errors,
    chance: Chance,
) -> pl.Series:
    """The amount, plain or with commas, a sign, in ten thousands; rarely left out."""
    shares = [errors.money_comma, errors.money_ten_thousands, errors.money_sign, errors.money_missing]
    case = np.searchsorted(np.cumsum(shares), chance.uniform(question, row), side="right")
    fen = pl.col(column.source)
    yuan, rest = fen // 100, "." + _padded(fen % 100, 2)
    plain = yuan.cast(pl.String) + rest
    millions, thousands, ones = yuan // 1_000_000, yuan // 1000 % 1000, yuan % 1000
    below_a_million = (yuan // 1000).cast(pl.String) + "," + _padded(ones, 3) + rest
    above = millions.cast(pl.String) + "," + _padded(thousands, 3) + "," + _padded(ones, 3) + rest
    comma = pl.when(yuan < 1000).then(plain).when(yuan < 1_000_000).then(below_a_million).otherwise(above)
    large = (fen // 1_000_000).cast(pl.String) + "." + _padded(fen % 1_000_000, 6) + "万元"
    ten_thousands = pl.when(fen == 0).then(pl.lit("0")).otherwise(large)
    return _formed(rows, case, [comma, ten_thousands, "¥" + plain, pl.lit("")], plain)


_FORMS: dict[str, Callable[..., pl.Series]] = {
    "text": _text,
    "count": _count,
    "number": _number,
    "name": _name,
    "date": _date,
    "month": _month,
    "money": _money,
}


def _padded(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def _formed(rows: pl.DataFrame, case: Numbers, forms: list[pl.Expr], usual: pl.Expr) -> pl.Series:
    """For each row the form its case says; the usual one where there is none."""
    chain = pl.when(pl.lit(False)).then(pl.lit(""))
    for position, form in enumerate(forms):
        chain = chain.when(pl.col("case") == position).then(form)
    return rows.with_columns(case=pl.Series(case)).select(chain.otherwise(usual).alias("cell")).to_series()


def _changed(values: pl.Series, case: Numbers, changes: list[Change | None]) -> pl.Series:
    """The values with each case's change made to the rows of that case."""
    parts, places = [], []
    for position, change in enumerate(changes):
        at = np.flatnonzero(case == position)
        part = values.gather(at)
        parts.append((change(part, at) if change and len(at) else part).cast(pl.String))
        places.append(at)
    return pl.concat([part.alias("cell") for part in parts]).gather(
        np.argsort(np.concatenate(places), kind="stable")
    )


def _characters(numbers: pl.Series) -> NDArray[np.uint32]:
    """Code points of numbers of 18 characters, one row each."""
    return np.array(numbers.to_list(), dtype="U18").view(np.uint32).reshape(-1, 18).copy()


def _joined(characters: NDArray[np.uint32]) -> pl.Series:
    return pl.Series(np.ascontiguousarray(characters).view("U18").reshape(-1).tolist(), dtype=pl.String)


def _with_other_digit(numbers: pl.Series, row: Numbers, question: str, chance: Chance) -> pl.Series:
    """The numbers with one of the first 17 digits read or typed as another."""
    characters = _characters(numbers)
    every = np.arange(len(row))
    place = chance.below(question + ".place", row, 17)
    digit = characters[every, place] - ord("0")
    characters[every, place] = (digit + 1 + chance.below(question + ".step", row, 9)) % 10 + ord("0")
    return _joined(characters)


def _with_neighbours_swapped(numbers: pl.Series, row: Numbers, question: str, chance: Chance) -> pl.Series:
    """The numbers with two unlike neighbours among the first 17 digits changed round."""
    characters = _characters(numbers)
    every = np.arange(len(row))
    unlike = characters[:, :16] != characters[:, 1:17]
    wish = np.stack([chance.uniform(f"{question}.{place}", row) for place in range(16)], axis=1)
    place = np.argmax(unlike * (wish + 1), axis=1)
    first = characters[every, place].copy()
    characters[every, place] = characters[every, place + 1]
    characters[every, place + 1] = first
    return _joined(characters)


def _with_copies(numbers: pl.Series, row: Numbers, question: str, chance: Chance, copies: int) -> pl.Series:
    """The numbers with one of the digits of birth or order written so many times."""
    place = chance.below(question + ".place", row, 11) + 6
    written = zip(numbers.to_list(), place.tolist(), strict=True)
    return pl.Series(
        [text[:at] + text[at] * copies + text[at + 1 :] for text, at in written], dtype=pl.String
    )


def _evaluated(values: pl.Series, change: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return values.alias("cell").to_frame().select(change(pl.col("cell"))).to_series()
