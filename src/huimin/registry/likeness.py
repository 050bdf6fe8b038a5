"""By what a department's row and a person of the registry are compared: the model for registers written in Chinese.

How numbers, names and cards err is set by hand, because a county's rows without a number are too few to learn from.
How often places agree differs from county to county and is learned from rows that a number has linked already.
"""

import polars as pl

from huimin.registry.comparisons import ELSE, Level, Model, compared

COLUMNS = [
    "canonical", "sound", "number", "shown_day", "shown_tail", "born_on", "sex", "village", "township", "place", "card",
    "cards", "phone", "phones", "family", "before", "after", "rare",
]  # fmt: skip
# All people of a rare name are compared; of a common one those who share something besides.
SHARED = ("born_on", "number", "shown_day", "shown_tail", "family", "village", "before", "after")
LISTED = {"cards": "card", "phones": "phone"}
# Words for the committee of a village or a community, which some departments write and others do not.
_COMMITTEES = r"(村民委员会|居民委员会|社区居委会|社区委员会|居委会|村委会)"
_TOWNSHIP = r"^(.{2,}?(?:乡|镇|街道|苏木))"
_HAMLET = r"^.{2,}?(?:乡|镇|街道|苏木)(.{2,}?)[0-9]*号?$"
_HOUSE = "[0-9]+号$"
# What is assumed counts as much as this many rows, so that a data set with few rows teaches little.
_ASSUMED_ROWS = 50
_ASSUMED = {"village": (0.93, 0.01), "township": (0.9, 0.05)}
_LEAST, _MOST = 1e-4, 0.995


def plain_place(address: pl.Expr) -> pl.Expr:
    """An address without spaces and without the name of the committee, so that 吴冲村 is found in it.

    >>> pl.select(plain_place(pl.lit("桃源县 沙坪镇吴冲村村民委员会394号"))).item()
    '桃源县沙坪镇吴冲村394号'
    """
    plain = address.str.normalize("NFKC").str.replace_all(r"\s", "").str.replace_all(_COMMITTEES, "")
    return pl.when(plain != "").then(plain)


def township(address: pl.Expr) -> pl.Expr:
    """An address up to its township or street, the part that all addresses there share.

    >>> pl.select(township(pl.lit("桃源县沙坪镇吴冲村394号"))).item()
    '桃源县沙坪镇'
    """
    return plain_place(address).str.extract(_TOWNSHIP)


def hamlet(address: pl.Expr) -> pl.Expr:
    """The village or community in an address, without township and house number.

    >>> pl.select(hamlet(pl.lit("桃源县沙坪镇吴冲村村民委员会394号"))).item()
    '吴冲村'
    """
    return plain_place(address).str.extract(_HAMLET)


def addressed(addresses: pl.Series) -> pl.DataFrame:
    """The place and the village of each address, in its place: each stretch before a house number is read once.

    >>> addressed(pl.Series(["桃源县沙坪镇吴冲村村民委员会394号", None])).row(0)
    ('桃源县沙坪镇吴冲村394号', '吴冲村')
    """
    parts = (
        addresses.alias("address")
        .to_frame()
        .with_columns(
            stem=pl.col("address").str.replace(_HOUSE, ""), house=pl.col("address").str.extract(_HOUSE, 0)
        )
    )
    stems = parts.select(pl.col("stem").unique().drop_nulls()).with_columns(
        place=plain_place(pl.col("stem")), village=hamlet(pl.col("stem"))
    )
    told = parts.join(stems, on="stem", how="left", maintain_order="left")
    return told.select(place=pl.col("place") + pl.col("house").fill_null(""), village="village")


def _blocks() -> tuple[str, ...]:
    alike = "l.sound = r.sound"
    shared = [f"{alike} AND l.{column} = r.{column}" for column in SHARED]
    listed = [f"{alike} AND list_contains(r.{several}, l.{one})" for several, one in LISTED.items()]
    return (f"{alike} AND l.rare", *shared, *listed)


def model(linked: pl.DataFrame) -> Model:
    """The model, with what linked rows teach: village, township (of the row) and place (of its person)."""
    village = _place("village", *_rates(linked, "village"))
    where = _place("township", *_rates(linked, "township"))
    comparisons = (
        compared("canonical", Level("canonical_l = canonical_r", 0.95, 5e-4, "canonical"),
                 Level("sound_l = sound_r", 0.05, 1e-3, "sound"), Level(ELSE, 1e-3, 0.998)),
        _number(),
        compared("born_on", Level("born_on_l = born_on_r", 0.97, 5e-5), Level(ELSE, 0.03, 0.99995)),
        compared("sex", Level("sex_l = sex_r", 0.99, 0.5), Level(ELSE, 0.01, 0.5)),
        village, where,
        compared("card", Level("list_contains(cards_r, card_l)", 0.95, 5e-5), Level(ELSE, 0.05, 0.99995),
                 unknown="card_l IS NULL OR coalesce(len(cards_r), 0) = 0"),
        compared("phone", Level("list_contains(phones_r, phone_l)", 0.9, 1e-4), Level(ELSE, 0.1, 0.9999),
                 unknown="phone_l IS NULL OR coalesce(len(phones_r), 0) = 0"),
        compared("family", Level("family_l = family_r", 0.9, 5e-4), Level(ELSE, 0.1, 0.9995)),
    )  # fmt: skip
    return Model(comparisons, _blocks())


def _number():
    """Whole numbers, then what is still right in a damaged one: the day of birth, which booklets tell as well, or the end.

    Strangers of one name are often of one age, and most people of a county share the first six digits.
    """
    crossed = "substr(shown_day_l, 1, 4) || substr(shown_day_l, 7, 2) || substr(shown_day_l, 5, 2)"
    return compared(
        "number",
        Level("number_l = number_r", 0.25, 1e-6),
        Level("damerau_levenshtein(number_l, number_r) <= 2", 0.3, 5e-6),
        Level(f"contains(number_l, shown_day_r) OR {crossed} = shown_day_r", 0.3, 5e-5),
        Level("shown_tail_l = shown_tail_r", 0.05, 3e-4),
        Level("damerau_levenshtein(shown_day_l, shown_day_r) <= 1", 0.05, 2e-3),
        Level(ELSE, 0.05, 0.997),
        unknown="number_l IS NULL OR (number_r IS NULL AND shown_day_r IS NULL)",
    )


def _place(name: str, m: float, u: float):
    unknown = f"{name}_l IS NULL OR place_r IS NULL"
    return compared(
        name, Level(f"contains(place_r, {name}_l)", m, u), Level(ELSE, 1 - m, 1 - u), unknown=unknown
    )


def _rates(linked: pl.DataFrame, name: str) -> tuple[float, float]:
    """How often a row's village or township is in its person's address, and in that of somebody else."""
    known = linked.select(name, "place").drop_nulls()
    # The same rows beside another person: far down the list, so that families do not meet.
    apart = known.with_columns(pl.col("place").shift(known.height // 2 + 1)).drop_nulls()
    return tuple(
        _blended(table, name, assumed) for table, assumed in zip((known, apart), _ASSUMED[name], strict=True)
    )  # type: ignore[return-value]


def _blended(table: pl.DataFrame, name: str, assumed: float) -> float:
    agree = table.select(pl.col("place").str.contains(pl.col(name), literal=True).sum()).item()
    share = (agree + assumed * _ASSUMED_ROWS) / (table.height + _ASSUMED_ROWS)
    return min(max(share, _LEAST), _MOST)
