"""What can be read from an identity number 公民身份号码 as it stands in a row, right or damaged.

A number of 18 characters (GB 11643) holds a division, the birth date, a sequence number whose last digit
tells the sex, and a check character. Rows also carry numbers of 15 digits (before 1999, no check
character), numbers with stars, and numbers with slips of the pen.
"""

import polars as pl

from huimin.intake import identity_numbers

FORMS = ("none", "valid", "fifteen", "masked", "damaged", "other")
_FEWEST_CHARACTERS = 8
# The first digits of a number whose end was cut off: a division and the year of birth at least.
_CUT = r"^[1-8][0-9]{5}(?:19|20)[0-9]{2,6}$"
# A spreadsheet keeps fifteen digits of a number and writes zeros for the rest.
_ROUNDED = "^[1-8][0-9]{14}000$"
_WIDTH, _SHORT = 18, 15


def described(numbers: pl.Series) -> pl.DataFrame:
    """What each text tells, in its place: number (cleaned), form, number_born_on, number_sex.

    >>> described(pl.Series([" 11010519491231002x"])).select("number", "form", "number_born_on").row(0)
    ('11010519491231002X', 'valid', datetime.date(1949, 12, 31))
    """
    texts = numbers.cast(pl.String).alias("number")
    # Most numbers are right as they stand; only the others go through what is slow.
    told = identity_numbers.read(texts)
    odd = (~told["valid"]).arg_true()
    tidy = _tidied(texts.gather(odd))
    again = identity_numbers.read(tidy)
    told = told.with_columns(told[name].scatter(odd, again[name]) for name in told.columns)
    wrong = (~again["valid"]).arg_true()
    number, form = texts.clone().scatter(odd, tidy), pl.repeat("valid", len(texts), eager=True)
    shown = _shown(tidy.gather(wrong))
    places = odd.gather(wrong)
    return pl.DataFrame(
        [
            number.scatter(places, shown["number"]),
            form.scatter(places, shown["form"]).alias("form"),
            told["born_on"].alias("number_born_on"),
            told.select(
                number_sex=pl.when("male").then(pl.lit("male")).when(~pl.col("male")).then(pl.lit("female"))
            )["number_sex"],
        ]
    )


def _shown(numbers: pl.Series) -> pl.DataFrame:
    """What numbers that are not right still show (null where it is nothing), and their form: number, form."""
    wrong = pl.col("number")
    rounded = pl.when(wrong.str.contains(_ROUNDED)).then(wrong.str.head(_SHORT) + "***").otherwise(wrong)
    told = numbers.to_frame().with_columns(rounded).with_columns(form=_form(wrong))
    return told.select(number=pl.when(pl.col("form") != "none").then(wrong), form="form")


def is_valid(number: pl.Expr) -> pl.Expr:
    """Whether a cleaned number has its shape, a day of birth that exists, and the right check character."""
    return number.map_batches(identity_numbers.valid, return_dtype=pl.Boolean).fill_null(False)


def shown_day() -> pl.Expr:
    """The day of birth that the column `number` shows, as eight digits; null where a star hides part of it.

    >>> pl.DataFrame({"number": ["33012719491231****", "330127491231002"]}).select(shown_day()).to_series().to_list()
    ['19491231', '19491231']
    """
    number = pl.col("number")
    short = number.str.len_chars() == _SHORT
    day = pl.when(short).then("19" + number.str.slice(6, 6)).otherwise(number.str.slice(6, 8))
    return pl.when(day.str.contains("^[0-9]{8}$")).then(day)


def shown_tail() -> pl.Expr:
    """The last four characters of eighteen in the column `number`, or the three of fifteen; null where a star hides any."""
    number = pl.col("number")
    tail = (
        pl.when(number.str.len_chars() == _SHORT).then(number.str.slice(12)).otherwise(number.str.slice(14))
    )
    return pl.when(tail.str.contains("^[0-9]{3}([0-9X])?$")).then(tail)


def _tidied(texts: pl.Series) -> pl.Series:
    """Full-width digits made narrow, spaces, quotes and dashes dropped, every kind of star one star."""
    plain = texts.str.normalize("NFKC").str.replace_all(r"[\s'’‘`\"“”\-_.,，。]", "").str.to_uppercase()
    starred = plain.str.replace_all(r"[●○•×□■#?]", "*")
    # A letter X before the last place hides a digit; only the check character can be X.
    head = starred.str.slice(0, 17).str.replace_all("X", "*")
    return _filled_up(head + starred.str.slice(17))


def _filled_up(numbers: pl.Series) -> pl.Series:
    """Numbers whose end was cut off, with stars for what is missing."""
    cut = numbers.str.contains(_CUT).fill_null(False)
    return numbers.str.pad_end(_WIDTH, "*").zip_with(cut, numbers)


def _form(number: pl.Expr) -> pl.Expr:
    digits = number.str.count_matches(r"[0-9]").fill_null(0)
    short_date = ("19" + number.str.slice(6, 6)).str.to_date("%Y%m%d", strict=False)
    return (
        pl.when((digits == 0) | (number.str.len_chars() < _FEWEST_CHARACTERS)).then(pl.lit("none"))
        .when(number.str.contains(r"^[0-9]{15}$") & short_date.is_not_null()).then(pl.lit("fifteen"))
        .when(number.str.contains("*", literal=True)).then(pl.lit("masked"))
        .when(number.str.contains(r"^[0-9]{14,19}X?$")).then(pl.lit("damaged"))
        .otherwise(pl.lit("other"))
    )  # fmt: skip
