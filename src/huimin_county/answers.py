"""What is true of each household: income, property, what it is entitled to, whether the roll has it."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from huimin_county.population import County

EDGE_MULTIPLE = 1.5
MEDICAL_SHARE = 0.3
VEHICLES_ALLOWED, HOMES_ALLOWED = 0, 1
FARM_AREAS_MU = (2.5, 5.0, 10.0, 20.0)
FEN_PER_MU = 12_000
FARMS_AMONG_RURAL = 0.80
HOME_SHARES = (0.127, 0.752, 0.121)

# The columns of truth/persons.parquet and truth/households.parquet.
PERSON_COLUMNS = (
    *("person", "household", "role", "name", "sex", "age", "born_on", "national_id"),
    *("wage", "business", "unemployment", "pension", "disability_income"),
    *("phone", "urban", "village", "village_name", "street_name", "card"),
    *("alive", "died_on", "elsewhere", "vehicle", "disability", "disability_level"),
)
HOUSEHOLD_COLUMNS = (
    *("household", "size", "urban", "farm_subsidy", "income", "members", "flats", "vehicles"),
    *("standard", "per_head", "property_ok", "low_income", "low_income_edge", "low_income_month"),
    *("own_medical", "medical_need", "on_roll"),
)


@dataclass(frozen=True)
class Period:
    """The year that the deliveries are about, and the tax year in it."""

    as_of: date

    @property
    def started_on(self) -> date:
        """The first day: the day after the same date of the year before."""
        after = self.as_of + timedelta(days=1)
        return date(after.year - 1, after.month, 1 if (after.month, after.day) == (2, 29) else after.day)

    @property
    def days(self) -> int:
        """Days in the period."""
        return (self.as_of - self.started_on).days + 1

    @property
    def tax_year(self) -> int:
        """The last whole calendar year."""
        return self.as_of.year - 1


def bills(county: County, persons: pl.DataFrame) -> pl.DataFrame:
    """Medical bills of the living: `key`, `bill` (0, 1, …), `billed_on`, `total` and `own` in fen."""
    chance = county.chance
    living = persons.filter(pl.col("alive"))
    key, age = living["key"].to_numpy(), living["age"].to_numpy()
    ill = chance.happens("ill", key, 0.27 + 0.10 * (age >= 60) + 0.06 * (age < 6))
    count = np.where(
        ill, 1 + chance.choose("bill.count", key, [0.23, 0.35, 0.24, 0.115, 0.045, 0.014, 0.005, 0.001]), 0
    )
    of = np.repeat(np.arange(len(key)), count)
    bill = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    entity = key[of] * 16 + bill
    spread = 0.75 * chance.normal("bill.serious", key)[of] + 1.25 * chance.normal("bill.total", entity)
    total = np.exp(6.9 + 0.007 * age[of] + spread) * county.place.urban_standard_yuan / 1000
    total_fen = np.maximum(np.round(total * 100), 100).astype(np.int64)
    own_fen = np.round(total_fen * (0.25 + 0.35 * chance.uniform("bill.own", entity))).astype(np.int64)
    started_on = np.datetime64(Period(county.as_of).started_on, "D")
    day = chance.below("bill.day", entity, Period(county.as_of).days).astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "key": key[of],
            "bill": bill,
            "entity": entity,
            "billed_on": started_on + day,
            "total": total_fen,
            "own": own_fen,
        }
    )


def households(county: County, persons: pl.DataFrame, medical: pl.DataFrame) -> pl.DataFrame:
    """One row a household with living members; amounts in whole fen, `standard` a month."""
    chance, place = county.chance, county.place
    own = (
        medical.join(persons.select("key", "household"), on="key")
        .group_by("household")
        .agg(pl.col("own").sum())
    )
    living = pl.col("alive")
    yearly = (
        pl.col("wage")
        + pl.col("business")
        + 12 * (pl.col("pension") + pl.col("unemployment") + pl.col("injury"))
    )
    frame = (
        persons.group_by("household", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("size"),
            pl.col("urban").first(),
            yearly.filter(living).sum().alias("earned"),
            living.sum().cast(pl.Int64).alias("members"),
            pl.col("vehicle").sum().cast(pl.Int64).alias("vehicles"),
        )
        .filter(pl.col("members") > 0)
        .join(own, on="household", how="left", maintain_order="left")
        .with_columns(own_medical=pl.col("own").fill_null(0))
    )
    number = frame["household"].to_numpy()
    farms = ~frame["urban"].to_numpy() & chance.happens("farm", number, FARMS_AMONG_RURAL)
    area = np.array([0.0, *FARM_AREAS_MU])[
        farms * (1 + chance.below("farm.area", number, len(FARM_AREAS_MU)))
    ]
    frame = frame.with_columns(
        farm_area=pl.Series(area),
        farm_subsidy=pl.Series(np.round(area * FEN_PER_MU).astype(np.int64)),
        flats=pl.Series(chance.choose("homes", number, HOME_SHARES)),
        standard=pl.when("urban")
        .then(place.urban_standard_yuan * 100)
        .otherwise(place.rural_standard_yuan * 100),
    )
    return frame.with_columns(**_decisions()).with_columns(**_roll(county))


def _decisions() -> dict[str, pl.Expr]:
    """Who is entitled to what, in whole fen so that nothing hangs on a fraction."""
    income = pl.col("earned") + pl.col("farm_subsidy")
    line = 12 * pl.col("standard") * pl.col("members")
    property_ok = (pl.col("vehicles") <= VEHICLES_ALLOWED) & (pl.col("flats") <= HOMES_ALLOWED)
    low = property_ok & (income < line)
    return {
        "income": income,
        "property_ok": property_ok,
        "low_income": low,
        "low_income_edge": property_ok & ~low & (2 * income < round(2 * EDGE_MULTIPLE) * line),
        # Half a fen goes up.
        "allowance": pl.when(low).then((line - income + 6) // 12).otherwise(0),
        "medical_need": 10 * pl.col("own_medical") > round(10 * MEDICAL_SHARE) * income,
    }


def _roll(county: County) -> dict[str, pl.Expr]:
    """Whether the allowance roll lists the household."""

    def happens(question: str, share: float) -> pl.Expr:
        return pl.col("household").map_batches(
            lambda numbers: pl.Series(county.chance.happens(question, numbers.to_numpy(), share)),
            return_dtype=pl.Boolean,
        )

    listed = happens("roll.missing", county.errors.roll_missing).not_()
    return {
        "on_roll": pl.when("low_income")
        .then(listed)
        .otherwise(happens("roll.more", county.errors.roll_not_entitled))
    }


def persons_truth(persons: pl.DataFrame) -> pl.DataFrame:
    """truth/persons: amounts in yuan a year."""
    yuan = {name: pl.col(name) / 100 for name in ("wage", "business")}
    yearly = {name: 12 * pl.col(name) / 100 for name in ("unemployment", "pension")}
    texts = {name: pl.col(name).dt.to_string("%Y-%m-%d").fill_null("None") for name in ("born_on", "died_on")}
    income = (12 * pl.col("injury") / 100).alias("disability_income")
    return persons.with_columns(income, **yuan, **yearly, **texts).select(PERSON_COLUMNS)


def households_truth(homes: pl.DataFrame) -> pl.DataFrame:
    """truth/households: amounts in yuan; standard and income per head a year, the allowance a month."""
    yuan = {name: pl.col(name) / 100 for name in ("farm_subsidy", "income", "own_medical")}
    return homes.with_columns(
        standard=12 * pl.col("standard") / 100,
        per_head=(pl.col("income") / pl.col("members")).round() / 100,
        low_income_month=pl.col("allowance") / 100,
        **yuan,
    ).select(HOUSEHOLD_COLUMNS)
