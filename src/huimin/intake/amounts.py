"""Whole columns of amounts, as `units.money.parse_fen` reads one: exact, in whole fen."""

import re

import polars as pl

from huimin.units.money import AMOUNT, BESIDE, EMPTY, MOST_DIGITS, SCIENTIFIC, UNIT_FEN, UNIT_IN_BRACKETS

# 10^15 fen are ten trillion yuan: beyond, something else stands in the cell.
LARGEST_FEN = 1_000_000_000_000_000
DECIMALS = 8
BRACKETED = r"^\(([^()]+)\)$"
SCALE = 10**DECIMALS
# The unit of a whole column, as its heading or a line above the table gives it.
COLUMN_UNITS = ("万元", "千元", "百元", "元", "角", "分")
_HEADING_UNIT = re.compile(
    rf"[（(\[【/_\s:：，,－-]\s*(?:单位\s*[:：]\s*)?(?:人民币)?({'|'.join(COLUMN_UNITS)})"
    rf"|[^\W0-9_]{{2,}}?({'|'.join(COLUMN_UNITS[:-2])})\s*$"
)
_UNIT_CELL = re.compile(
    rf"[（(\[【]?\s*(?:单位\s*[:：]?\s*)?(?:人民币)?({'|'.join(COLUMN_UNITS)})\s*[）)\]】]?"
)
_LINE_UNIT = re.compile(
    rf"(?:^|[\s（(，,；;]|金额|货币|计量)单位\s*[:：]\s*(?:人民币)?({'|'.join(COLUMN_UNITS)})(?![\u4e00-\u9fff])"
)


def heading_unit(heading: str) -> str | None:
    """The unit a heading names, as in 补贴金额（万元） or 补贴金额万元."""
    found = _HEADING_UNIT.search(heading)
    return found[1] or found[2] if found else None


def cell_unit(cell: str) -> str | None:
    """The unit that a cell under a heading names and nothing else, as in （万元）."""
    found = _UNIT_CELL.fullmatch(cell.strip())
    return found[1] if found else None


def line_unit(texts: tuple[str, ...]) -> str | None:
    """The unit a line above the table names, as in 单位：万元; 填报单位：元阳县 names none."""
    return next((found[1] for text in texts if (found := _LINE_UNIT.search(text))), None)


def parsed(text: pl.Series, unit: str) -> tuple[pl.Series, pl.Series]:
    """The amounts in fen, and for each the code of what is wrong with it.

    `unit` counts where the cell names none.
    """
    frame = _groups(_plain(text))
    whole = pl.col("3").fill_null("").str.replace_all(",", "")
    decimals = pl.col("4").fill_null("")
    frame = frame.with_columns(
        digits=whole.str.strip_chars_start("0").str.len_chars(),
        whole=whole.str.to_integer(strict=False).fill_null(0),
        fraction=decimals.str.pad_end(DECIMALS, "0")
        .str.head(DECIMALS)
        .str.to_integer(strict=False)
        .fill_null(0),
        unit_fen=pl.col("5").fill_null(unit).replace_strict(UNIT_FEN, return_dtype=pl.Int64, default=None),
        negative=(pl.col("1") == "-") | (pl.col("2") == "-"),
        something=(whole != "") | (decimals != ""),
        finer=decimals.str.len_chars() > DECIMALS,
    )
    sized = (pl.col("digits") <= MOST_DIGITS) & (pl.col("whole") <= LARGEST_FEN // pl.col("unit_fen"))
    part = pl.col("fraction") * pl.col("unit_fen")
    fen = pl.col("whole") * pl.col("unit_fen") + (part + SCALE // 2) // SCALE
    rest = part % SCALE
    # Spreadsheets leave traces such as 0.30000000000000004 behind; a thousandth of a fen is no amount.
    trace = (rest < SCALE // 1000) | (rest > SCALE - SCALE // 1000)
    readable = pl.col("something") & pl.col("unit_fen").is_not_null()
    frame = frame.select(
        fen=pl.when(readable & sized & ~(pl.col("negative") & (fen > 0))).then(fen),
        code=pl.when(pl.col("plain").is_null())
        .then(None)
        .when(~readable)
        .then(pl.lit("amount_unreadable"))
        .when(~sized)
        .then(pl.lit("amount_too_large"))
        .when(pl.col("negative") & (fen > 0))
        .then(pl.lit("amount_negative"))
        .when(~trace)
        .then(pl.lit("amount_rounded")),
    )
    return frame["fen"], frame["code"]


def _plain(text: pl.Series) -> pl.Series:
    """The text of amounts in half-width signs without spaces, (5.00) as -5.00, nothing as null."""
    odd = (~text.str.contains(r"^[0-9]+(?:\.[0-9]*)?$")).fill_null(False).arg_true()
    if odd.is_empty():
        return text.alias("plain")
    tidy = pl.DataFrame({"t": text.gather(odd)}).select(
        pl.col("t").str.normalize("NFKC").str.replace_all(r"[\s'\"’‘`]", "").str.replace_all("\u2212", "-")
    )
    nothing = pl.col("t").str.to_lowercase().is_in(list(EMPTY))
    tidy = tidy.select(
        pl.when(nothing)
        .then("t")
        .when(pl.col("t").str.contains(BRACKETED))
        .then(pl.col("t").str.replace(BRACKETED, "-$1"))
        .otherwise(pl.col("t").str.replace(UNIT_IN_BRACKETS, "$1").str.replace(BESIDE, ""))
    )
    tidy = tidy.select(
        pl.when(~pl.col("t").str.to_lowercase().is_in(list(EMPTY))).then(pl.col("t"))
    ).to_series()
    if tidy.str.contains(SCIENTIFIC).any():
        number = tidy.str.contains(SCIENTIFIC).fill_null(False)
        # Such text comes from a spreadsheet's float: nothing is lost by reading it as one.
        written = [f"{float(value):.6f}" for value in tidy.filter(number)]
        tidy = tidy.scatter(number.arg_true(), pl.Series(written, dtype=pl.String))
    return text.clone().scatter(odd, tidy).alias("plain")


def _groups(plain: pl.Series) -> pl.DataFrame:
    return (
        plain.to_frame("plain")
        .with_columns(pl.col("plain").str.extract_groups(AMOUNT).alias("g"))
        .unnest("g")
    )
