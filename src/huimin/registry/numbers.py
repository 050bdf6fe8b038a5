"""What can be read from an identity number 公民身份号码 as it stands in a row, right or damaged.

A number of 18 characters (GB 11643) holds a division, the birth date, a sequence number whose last digit
tells the sex, and a check character. Rows also carry numbers of 15 digits (before 1999, no check
character), numbers with stars, and numbers with slips of the pen.
"""

import polars as pl

FORMS = ("none", "valid", "fifteen", "masked", "damaged", "other")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_FEWEST_CHARACTERS = 8


def described(numbers: pl.Series) -> pl.DataFrame:
    """One row for each distinct text: number (cleaned), form, number_day, number_born_on, number_sex.

    >>> described(pl.Series([" 11010519491231002x"])).select("number", "form", "number_born_on").row(0)
    ('11010519491231002X', 'valid', datetime.date(1949, 12, 31))
    """
    texts = numbers.drop_nulls().unique(maintain_order=True).cast(pl.String).alias("raw_number")
    frame = texts.to_frame().with_columns(_cleaned(pl.col("raw_number")).alias("number"))
    frame = frame.with_columns(_form(pl.col("number")).alias("form"))
    return frame.with_columns(
        _day().alias("number_day"),
        pl.when(pl.col("form") != "none").then(pl.col("number")).alias("number"),
        pl.when(pl.col("form") == "valid").then(_birth_date(pl.col("number"))).alias("number_born_on"),
        pl.when(pl.col("form") == "valid").then(_sex(pl.col("number"))).alias("number_sex"),
    )


def is_valid(number: pl.Expr) -> pl.Expr:
    """Whether a cleaned number has its shape, a day of birth that exists, and the right check character."""
    eighteen = number.str.contains(r"^[1-9][0-9]{16}[0-9X]$")
    right = (_check_character(number) == number.str.slice(17, 1)) & _birth_date(number).is_not_null()
    return (eighteen & right).fill_null(False)


def _cleaned(text: pl.Expr) -> pl.Expr:
    """Full-width digits made narrow, spaces, quotes and dashes dropped, every kind of star one star."""
    plain = text.str.normalize("NFKC").str.replace_all(r"[\s'’‘`\"“”\-_.,，。]", "").str.to_uppercase()
    starred = plain.str.replace_all(r"[●○•×□■#?]", "*")
    # A letter X before the last place hides a digit; only the check character can be X.
    head = starred.str.slice(0, 17).str.replace_all("X", "*")
    return head + starred.str.slice(17)


def _form(number: pl.Expr) -> pl.Expr:
    digits = number.str.count_matches(r"[0-9]")
    short_date = ("19" + number.str.slice(6, 6)).str.to_date("%Y%m%d", strict=False)
    return (
        pl.when((digits == 0) | (number.str.len_chars() < _FEWEST_CHARACTERS)).then(pl.lit("none"))
        .when(is_valid(number)).then(pl.lit("valid"))
        .when(number.str.contains(r"^[0-9]{15}$") & short_date.is_not_null()).then(pl.lit("fifteen"))
        .when(number.str.contains("*", literal=True)).then(pl.lit("masked"))
        .when(number.str.contains(r"^[0-9]{14,19}X?$")).then(pl.lit("damaged"))
        .otherwise(pl.lit("other"))
    )  # fmt: skip


def _check_character(number: pl.Expr) -> pl.Expr:
    products = [
        number.str.slice(place, 1).cast(pl.Int32, strict=False) * weight
        for place, weight in enumerate(_WEIGHTS)
    ]
    characters = dict(enumerate(_CHECK_CHARACTERS))
    return (pl.sum_horizontal(products, ignore_nulls=False) % 11).replace_strict(
        characters, default=None, return_dtype=pl.String
    )


def _birth_date(number: pl.Expr) -> pl.Expr:
    date = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return pl.when(date.dt.year().is_between(1870, 2199)).then(date)


def _sex(number: pl.Expr) -> pl.Expr:
    odd = number.str.slice(16, 1).cast(pl.Int8, strict=False) % 2 == 1
    return pl.when(odd).then(pl.lit("male")).otherwise(pl.lit("female"))


def _day() -> pl.Expr:
    """Month and day of birth as written, which survive when other parts are damaged; null where a star hides them."""
    number, form = pl.col("number"), pl.col("form")
    readable = form.is_in(["valid", "damaged", "masked"])
    fifteen = pl.when(form == "fifteen").then(number.str.slice(8, 4))
    return _unstarred(fifteen.when(readable).then(number.str.slice(10, 4)))


def _unstarred(piece: pl.Expr) -> pl.Expr:
    return pl.when(~piece.str.contains("*", literal=True)).then(piece)
