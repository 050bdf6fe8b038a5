"""Whole columns of cells read as their type, with a code for each cell that is wrong."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from huimin.intake import amounts, days, identity_numbers
from huimin.intake.shapes import BLANK, LONGEST_TEXT, NO_WORDS, NOT_KNOWN, SHAPES, longest, spelled
from huimin.tables.contract import Column, Contract
from huimin.units.divisions import LONGEST

TYPES: dict[str, pl.DataType] = {
    "date": pl.Date(), "month": pl.Date(), "money": pl.Int64(), "integer": pl.Int64(),
    "decimal": pl.Decimal(18, 6),
}  # fmt: skip
# Control characters and those that turn the direction of writing: what is seen is not what is stored.
HIDDEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
# What programs fill fields of a fixed length with; around a value it hides nothing.
PADDING = "\x00"
# Characters that show nothing and mean nothing around a value.
_EDGES = PADDING + " \t\r\n\u00a0\u1680\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200C)))
_DIGITS_ONLY = r"[\s'\"’‘`“”\-()（）\x{2010}-\x{2015}\x{200b}-\x{200d}\x{feff}]"
_UNSEEN = r"[\s'\"’‘`“”\x{200b}-\x{200d}\x{feff}]"
_ROUNDED = r"^[0-9][.][0-9]+E[+]?[0-9]{1,3}$|^[0-9]E[+][0-9]{1,3}$"
_INTEGER = "^([+-]?[0-9]{1,12})(?:[.]0*)?(?:年度|年|人|口|户|套|辆|个|月)?$"
_DECIMAL = "^([+-]?[0-9]{1,12}(?:[.][0-9]{0,20})?)(%)?(?:平方米|平米|㎡|m2|m²|亩|倍)?$"
# Every character but those that NFC leaves alone and that are most of what is written: ASCII, Latin 1, CJK and its signs.
_HAS_FORMS = r"[^\x00-\x{ff}\x{2010}-\x{2027}\x{3000}-\x{3029}\x{3400}-\x{9fff}\x{ff00}-\x{ffef}]"
# From this share of distinct values on, it does not pay to look at each only once.
FEW_DISTINCT = 0.3
_BY_DISTINCT = {"date", "month", "enum", "integer", "division"}


@dataclass(frozen=True)
class Cells:
    """The values of a column and, for each, the code of what is wrong with its cell, if anything."""

    values: pl.Series
    codes: pl.Series


def tidy(raw: pl.Series) -> pl.Series:
    """The text of the cells without what stands around it unseen; nothing where nothing remains, or a word for nothing."""
    # An apostrophe in front says to a spreadsheet that text follows; some exports leave it in the cell.
    text = raw.str.strip_chars(_EDGES)
    if text.str.contains("^['’‘`]").any():
        text = text.str.replace("^['’‘`]", "")
    if text.str.starts_with('="').any():
        text = text.str.replace('^="(.*)"$', "$1")
    said = (pl.col("cell") != "") & ~pl.col("cell").is_in(BLANK)
    return text.to_frame("cell").select(pl.when(said).then(pl.col("cell"))).to_series()


def parsed(column: Column, text: pl.Series, *, unit: str, today: date) -> Cells:
    """The cells as the column's type, checked on their own. `text` is tidy."""
    if column.type in _BY_DISTINCT and len(text) > 1000:
        distinct = text.unique()
        if len(distinct) < FEW_DISTINCT * len(text):
            return _spread(text, distinct, _parsed(column, distinct, unit, today))
    return _parsed(column, text, unit, today)


def schema(contract: Contract) -> dict[str, pl.DataType]:
    """The types of a contract's rows, `line` first."""
    types = {column.name: TYPES.get(column.type, pl.String()) for column in contract.columns}
    return {"line": pl.Int64(), **types}


def empty(column: Column, length: int) -> Cells:
    """The cells of a column that the file does not have."""
    return Cells(_nothing(TYPES.get(column.type, pl.String()), length), _nothing(pl.String(), length))


def _nothing(dtype: pl.DataType, length: int) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, length)


def _spread(text: pl.Series, distinct: pl.Series, cells: Cells) -> Cells:
    known = pl.DataFrame({"text": distinct, "value": cells.values, "code": cells.codes})
    frame = text.to_frame("text").join(known, on="text", how="left", nulls_equal=True, maintain_order="left")
    return Cells(frame["value"], frame["code"])


def _parsed(column: Column, text: pl.Series, unit: str, today: date) -> Cells:
    if column.type in NO_WORDS:
        known = ~pl.col("cell").is_in(NOT_KNOWN)
        text = text.to_frame("cell").select(pl.when(known).then(pl.col("cell"))).to_series()
    match column.type:
        case "national_id":
            values, codes = identity_numbers.parsed(text)
        case "money":
            values, codes = _money(column, text, unit)
        case "date":
            values, codes = days.parsed(text, today if column.latest == "today" else None)
        case "month":
            values, codes = days.parsed_months(text)
        case "enum":
            values, codes = _enum(column, text)
        case "integer":
            values, codes = _integer(column, text)
        case "decimal":
            values, codes = _decimal(column, text)
        case "card" | "phone" | "division" | "disability_certificate":
            values, codes = _number(column.type, text)
        case "reference":
            values, codes = _reference(text)
        case "name":
            values, codes = _text(text, longest("name"), "name_missing")
        case _:
            values, codes = _text(text, longest(column.type), None)
    return Cells(values.cast(TYPES.get(column.type, pl.String())), codes)


def _text(text: pl.Series, limit: int, missing: str | None) -> tuple[pl.Series, pl.Series]:
    """Text as given, in the composed form NFC."""
    cell = pl.col("cell")
    frame = (
        _composed(text)
        .to_frame("cell")
        .select(
            value=cell.str.slice(0, limit),
            code=pl.when(cell.is_null())
            .then(pl.lit(missing, pl.String))
            .when(cell.str.contains("\ufffd", literal=True))
            .then(pl.lit("unreadable_characters"))
            .when(cell.str.len_chars() > limit)
            .then(pl.lit("too_long")),
        )
    )
    return frame["value"], frame["code"]


def _reference(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers of records in one form, so that rows of one household or settlement stay together however they are written."""
    plain = text.str.normalize("NFKC").str.replace_all(_UNSEEN, "").str.to_uppercase()
    plain = plain.str.replace("^([0-9]+)[.]0*$", "$1")
    values, codes = _text(plain, LONGEST_TEXT, None)
    # Digits that a spreadsheet rounded away would put strangers into one household.
    lost = plain.str.contains(_ROUNDED).fill_null(False)
    kept = values.to_frame("value").select(pl.when(~lost).then(pl.col("value")))
    told = codes.to_frame("code").select(pl.when(lost).then(pl.lit("digits_lost")).otherwise(pl.col("code")))
    return kept.to_series(), told.to_series()


def _composed(text: pl.Series) -> pl.Series:
    """The text in the form NFC; what only such characters make up that have no other form is left as it is."""
    odd = text.str.contains(_HAS_FORMS).arg_true()
    return text.clone().scatter(odd, text.gather(odd).str.normalize("NFC")) if len(odd) else text


def _money(column: Column, text: pl.Series, unit: str) -> tuple[pl.Series, pl.Series]:
    fen, codes = amounts.parsed(text, unit)
    if column.usual_fen is not None:
        unusual = (fen > column.usual_fen).fill_null(False) & codes.is_null()
        if unusual.any():
            codes = codes.clone().scatter(unusual.arg_true(), "amount_unusual")
    return fen, codes


def _enum(column: Column, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The keys of the values: by their spellings, then by their patterns, then the one for all others."""
    spelling = {spelled(way): value.key for value in column.values for way in value.spellings}
    plain = pl.col("cell").str.normalize("NFKC").str.replace_all(r"[\s'\"’]", "").str.to_uppercase()
    plain = plain.str.replace("^([0-9]+)[.]0$", "$1")
    key = plain.replace_strict(spelling, default=None, return_dtype=pl.String)
    for value in column.values:
        if value.pattern:
            key = key.fill_null(pl.when(plain.str.contains(value.pattern)).then(pl.lit(value.key)))
    known = pl.col("cell").is_not_null() & ~plain.is_in(["-", "--", "/", "NULL"])
    key = pl.when(known).then(key.fill_null(pl.lit(column.otherwise, pl.String)))
    code = pl.when(known & key.is_null()).then(pl.lit("not_in_list"))
    frame = text.to_frame("cell").select(value=key, code=code)
    return frame["value"], frame["code"]


def _plain(text: pl.Series) -> pl.DataFrame:
    plain = pl.col("plain").str.normalize("NFKC").str.replace_all(r"[\s'\",’]", "")
    frame = text.to_frame("plain").select(plain)
    return frame.select(pl.when(~pl.col("plain").is_in(["", "-", "--", "/", "无"])).then(pl.col("plain")))


def _integer(column: Column, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    frame = _plain(text).with_columns(
        number=pl.col("plain").str.extract(_INTEGER).str.to_integer(strict=False, dtype=pl.Int64)
    )
    return _within(column, frame)


def _decimal(column: Column, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    plain = pl.col("plain")
    number = plain.str.extract(_DECIMAL).str.to_decimal(scale=6).cast(pl.Decimal(18, 6), strict=False)
    percent = plain.str.extract(_DECIMAL, 2).is_not_null()
    frame = _plain(text).with_columns(
        number=pl.when(percent)
        .then((number * pl.lit(0.01, pl.Decimal(18, 6))).cast(pl.Decimal(18, 6)))
        .otherwise(number)
    )
    return _within(column, frame)


def _within(column: Column, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    number, plain = pl.col("number"), pl.col("plain")
    outside = pl.lit(False)
    if column.low is not None and column.high is not None:
        outside = (number < column.low) | (number > column.high)
    frame = frame.select(
        value=pl.when(~outside).then(number),
        code=pl.when(plain.is_not_null() & number.is_null())
        .then(pl.lit("number_unreadable"))
        .when(outside)
        .then(pl.lit("number_out_of_range")),
    )
    return frame["value"], frame["code"]


_CODES = {"disability_certificate": "certificate_wrong_shape"}


def _number(kind: str, text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers that are names, not amounts: cards, phones, division codes, certificates."""
    plain = pl.col("plain")
    number = (
        plain.str.normalize("NFKC")
        .str.replace_all(_DIGITS_ONLY, "")
        .str.to_uppercase()
        .str.replace("^([0-9]+)[.]0*$", "$1")
        .str.slice(0, 60)
    )
    if kind == "phone":
        number = number.str.replace("^(?:[+]|00)86", "")
    frame = text.to_frame("plain").select(plain=number)
    frame = frame.select(plain=pl.when(~plain.is_in(identity_numbers.NOTHING)).then(plain))
    lost = plain.str.contains(identity_numbers.FLOAT)
    fits = plain.str.contains(SHAPES[kind])
    kept = plain.str.pad_end(LONGEST, "0") if kind == "division" else plain
    frame = frame.select(
        value=pl.when(fits | (~lost & (kind != "division"))).then(kept),
        code=pl.when(lost & (kind == "card"))
        .then(pl.lit("digits_lost"))
        .when(~fits)
        .then(pl.lit(_CODES.get(kind, f"{kind}_wrong_shape"))),
    )
    return frame["value"], frame["code"]
