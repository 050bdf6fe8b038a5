"""How often chance alone gives two people one name, one sex and one birth date.

Names have their generations, and some days are commoner than others: registers write the first of January, or the day
of registration, for whoever does not know. Both are counted among all people; what is left unexplained is seen in pairs
of two booklets that both hold a family, which hardly anybody's who is registered twice are.
"""

from dataclasses import dataclass

import polars as pl

NAMED = ["canonical", "sex"]
YEARS_A_BAND, DAYS_A_YEAR, DAYS_OF_BIRTH = 10, 365.25, 365.25 * 60
# So much of a name belongs to a generation; the rest is borne at every age.
_OF_GENERATION = 0.8
# What is assumed counts as much as so many people: of a day, of a day of the year, of who lives alone.
_ASSUMED_ON_DAY, _ASSUMED_ON_DAY_OF_YEAR, _ASSUMED_ALONE = 1.0, 20.0, 20.0
# Somebody else of the name may be there, who is not seen.
_UNSEEN = 0.5
# What is assumed of a county counts as much as so many pairs.
_ASSUMED_PAIRS = 5.0


@dataclass(frozen=True)
class Coincidence:
    """`pairs` with `chance`: how many such pairs one person makes by chance; `alone` is how many pairs chance makes in all of
    which one lives alone.
    """

    pairs: pl.DataFrame
    alone: float


def band() -> pl.Expr:
    """Who is of one generation: ten years of birth."""
    return (pl.col("born_on").dt.year() // YEARS_A_BAND).alias("band")


def expected(known: pl.DataFrame, pairs: pl.DataFrame) -> Coincidence:
    """What chance makes of pairs of one name, sex and birth date among people.

    `known` are all people: canonical, sex, born_on and size (people of the booklet). `pairs` tell canonical, sex, born_on, whether
    one of the two is `alone` in the booklet, and whether others of the two booklets are alike too: `together`.
    """
    # Of numbers that is sooner counted than of words.
    name = pl.struct(NAMED).hash().alias("name")
    people = known.select(name, "born_on", band(), alone=pl.col("size") == 1)
    near = people.group_by("name", "band").agg(near=pl.len().cast(pl.Float64))
    named = near.group_by("name").agg(named=pl.col("near").sum())
    days, bands = _days(people), _bands(people)
    usual = days.group_by("band").agg(usual=(pl.col("common") * pl.col("born")).sum() / pl.col("born").sum())
    bands = bands.join(usual, on="band")
    within = near.group_by("band").agg(pairs=(pl.col("near") * (pl.col("near") - 1)).sum() / 2)
    by_band = bands.join(within, on="band").with_columns(
        expected=pl.col("pairs") * pl.col("usual") * _OF_GENERATION / (DAYS_A_YEAR * YEARS_A_BAND)
    )
    at_any_age = (
        float((named["named"] * (named["named"] - 1)).sum()) / 2 / DAYS_OF_BIRTH * (1 - _OF_GENERATION)
    )
    either = float((by_band["either"] * by_band["people"]).sum()) / max(people.height, 1)
    apart = float((by_band["expected"] * (1 - by_band["either"])).sum()) + at_any_age * (1 - either)
    alone = float((by_band["expected"] * by_band["either"]).sum()) + at_any_age * either
    # A name that many bear on one day is one surprise, however many pairs it makes.
    surprises = pairs.filter(~pl.col("alone") & ~pl.col("together"))
    seen = surprises.select(pl.struct(*NAMED, "born_on").n_unique()).item()
    unexplained = (seen + _ASSUMED_PAIRS) / (apart + _ASSUMED_PAIRS)
    told = (
        pairs.with_columns(name, band())
        .join(near, on=["name", "band"], how="left", maintain_order="left")
        .join(named, on="name", how="left", maintain_order="left")
        .join(days.select("born_on", "common"), on="born_on", how="left", maintain_order="left")
        .join(bands.select("band", "either"), on="band", how="left", maintain_order="left")
    )
    of_generation, of_any_age = ((pl.col(name) - 2).clip(0) + _UNSEEN for name in ("near", "named"))
    each = pl.col("common") * (
        of_generation * _OF_GENERATION / (DAYS_A_YEAR * YEARS_A_BAND)
        + of_any_age * (1 - _OF_GENERATION) / DAYS_OF_BIRTH
    )
    told = told.with_columns(chance=each / 2 * unexplained * pl.col("either"))
    return Coincidence(told.drop("name", "near", "named", "common", "either", "band"), alone * unexplained)


def _days(people: pl.DataFrame) -> pl.DataFrame:
    """How much commoner each day of birth is than another of its years: born_on, band, born (how many), common."""
    days = people.group_by("born_on", "band").agg(born=pl.len().cast(pl.Float64))
    day_of_year = [pl.col("born_on").dt.month().alias("month"), pl.col("born_on").dt.day().alias("day")]
    days = days.with_columns(*day_of_year)
    of_year = (pl.col("born").sum().over("month", "day") + _ASSUMED_ON_DAY_OF_YEAR) / (
        pl.col("born").sum() / DAYS_A_YEAR + _ASSUMED_ON_DAY_OF_YEAR
    )
    days = days.with_columns(of_year=of_year)
    usual = pl.col("born").sum().over("band") / (DAYS_A_YEAR * YEARS_A_BAND) * pl.col("of_year")
    more = (pl.col("born") + _ASSUMED_ON_DAY) / (usual + _ASSUMED_ON_DAY)
    return days.select("born_on", "band", "born", common=pl.col("of_year") * more)


def _bands(people: pl.DataFrame) -> pl.DataFrame:
    """How often of two who are of one generation one lives alone: band, people, either."""
    share = float(people["alone"].mean() or 0.0)  # pyright: ignore[reportArgumentType]
    alone = (pl.col("alone").sum() + share * _ASSUMED_ALONE) / (pl.len() + _ASSUMED_ALONE)
    return people.group_by("band").agg(people=pl.len(), either=1 - (1 - alone) ** 2)
