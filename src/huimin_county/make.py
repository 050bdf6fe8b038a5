"""A make-believe county on disk: the departments' deliveries, and beside them the truth."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet

from huimin_county import answers, benefits, files, mess, population, registers
from huimin_county.chance import Chance
from huimin_county.data_sets import Chunk, DataSet
from huimin_county.errors import USUAL, Errors
from huimin_county.places import Place, place
from huimin_county.population import County

DATA_SETS: tuple[DataSet, ...] = (
    registers.RESIDENTS,
    registers.VEHICLES,
    registers.MARRIAGES,
    registers.CREMATIONS,
    benefits.ALLOWANCE_ROLL,
    benefits.PENSIONS,
    benefits.UNEMPLOYMENT_BENEFITS,
    benefits.INJURY_BENEFITS,
    benefits.INSURED,
    benefits.MEDICAL_SETTLEMENTS,
    benefits.STUDENTS,
    benefits.DISABLED,
    benefits.INCOMES,
    registers.PROPERTIES,
    benefits.FARM_SUBSIDIES,
)
STANDARDS = "标准.json"
# Memory grows with this number, nothing else depends on it. It is even: neighbours are made in pairs.
HOUSEHOLDS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Made:
    """What was made: how many persons, households and rows, and the delivered files."""

    persons: int
    households: int
    rows: int
    files: tuple[Path, ...]


def make(
    to: Path,
    persons: int,
    seed: int,
    errors: Errors = USUAL,
    division: str | None = None,
    as_of: date = date(2026, 6, 30),
    households_at_once: int = HOUSEHOLDS_AT_ONCE,
    rows_in_a_sheet: int = files.ROWS_IN_A_SHEET,
    progress: Callable[[int], None] | None = None,
) -> Made:
    """Write `delivery/` and `truth/` into the folder `to`, for at least so many persons.

    Without a division the seed chooses one of the counties that come with the package.
    The same seed, size and errors give the same rows in every file and the same truth. `progress` is told how
    many persons are done. Raises ValueError for a size below 1, `UnknownDivision` for no code of a county.
    """
    if persons < 1 or households_at_once < 2 or households_at_once % 2:
        raise ValueError("a county has at least 1 person, and an even number of households is made at once")
    chance = Chance(seed)
    county = County(place(division, chance), as_of, errors, chance)
    writer = _Writer(to, county, rows_in_a_sheet)
    for chunk in _chunks(county, persons, households_at_once):
        writer.add(chunk)
        if progress:
            progress(writer.persons)
    return writer.close()


def _chunks(county: County, persons: int, households_at_once: int) -> Iterator[Chunk]:
    """The county some households at a time, until there are enough persons."""
    made, household = 0, 0
    while made < persons:
        numbers = np.arange(household, household + households_at_once)
        some = population.people(county, numbers, made + 1)
        if made + some.height > persons:
            # The household that reaches the wanted number is the last one.
            last = some["household"][persons - made - 1]
            some = some.filter(pl.col("household") <= last)
        medical = answers.bills(county, some)
        yield Chunk(county, some, medical, answers.households(county, some, medical))
        made += some.height
        household += households_at_once


class _Writer:
    """Takes chunks, writes their rows and their truth; rows sent twice come at the end of each file."""

    def __init__(self, to: Path, county: County, rows_in_a_sheet: int) -> None:
        self.county = county
        self.persons = self.households = self.rows = 0
        delivery, self.truth = to / "delivery", to / "truth"
        delivery.mkdir(parents=True, exist_ok=True)
        self.truth.mkdir(parents=True, exist_ok=True)
        self.standards = delivery / STANDARDS
        self.files = {each.name: _opened(each, delivery, county, rows_in_a_sheet) for each in DATA_SETS}
        self.again: dict[str, list[pl.DataFrame]] = {each.name: [] for each in DATA_SETS}
        self.tables: dict[str, parquet.ParquetWriter] = {}

    def add(self, chunk: Chunk) -> None:
        self.persons += chunk.persons.height
        self.households += chunk.households.height
        self._write_truth("persons", answers.persons_truth(chunk.persons))
        self._write_truth("households", answers.households_truth(chunk.households))
        for data_set in DATA_SETS:
            rows = data_set.rows(chunk)
            self._write_rows(data_set, rows)
            self._keep_for_again(data_set, rows)

    def close(self) -> Made:
        for data_set in DATA_SETS:
            for rows in self.again[data_set.name]:
                self._write_rows(data_set, rows)
        made = [path for each in self.files.values() for path in each.close()]
        for table in self.tables.values():
            table.close()
        self.standards.write_text(
            json.dumps(_standards(self.county), ensure_ascii=False, indent=1), encoding="utf-8"
        )
        return Made(self.persons, self.households, self.rows, (*made, self.standards))

    def _write_rows(self, data_set: DataSet, rows: pl.DataFrame) -> None:
        cells = mess.written(data_set, rows, self.county.errors, self.county.chance)
        places = self.files[data_set.name].add(cells)
        self._write_truth("rows", places.with_columns(rows["person"].alias("person")))
        self.rows += rows.height

    def _keep_for_again(self, data_set: DataSet, rows: pl.DataFrame) -> None:
        chance, errors = self.county.chance, self.county.errors
        number = rows["row"].to_numpy()
        twice = rows.filter(pl.Series(chance.happens(f"{data_set.name}.twice", number, errors.sent_twice)))
        number = twice["row"].to_numpy()
        otherwise = chance.happens(f"{data_set.name}.otherwise", number, errors.sent_twice_otherwise)
        needed = {"person", "row", "born_on", "national_id", "second_id", "relative_id"} | {
            column.source for column in data_set.columns
        }
        again = twice.with_columns(row=pl.Series(number + otherwise * mess.AGAIN))
        self.again[data_set.name].append(again.select(name for name in again.columns if name in needed))

    def _write_truth(self, name: str, frame: pl.DataFrame) -> None:
        table = frame.to_arrow()
        if name not in self.tables:
            # Plain strings: the same columns as any reader of Parquet expects.
            fields = [
                pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type)
                for f in _simple(table.schema)
            ]
            self.tables[name] = parquet.ParquetWriter(
                self.truth / f"{name}.parquet", pa.schema(fields), compression="zstd"
            )
        self.tables[name].write_table(table.cast(self.tables[name].schema))


def _simple(schema: pa.Schema) -> list[pa.Field]:
    views = (pa.types.is_string_view, pa.types.is_large_string)
    return [pa.field(f.name, pa.string()) if any(is_view(f.type) for is_view in views) else f for f in schema]


def _opened(data_set: DataSet, folder: Path, county: County, rows_in_a_sheet: int) -> files.DeliveryFile:
    path = folder / data_set.file
    headings = [column.heading for column in data_set.columns]
    if data_set.workbook:
        sent = county.as_of + timedelta(days=1)
        title = data_set.title.format(county=county.place.name)
        said = f"{sent.year}年{sent.month}月{sent.day}日"
        return files.Workbook(path, headings, title, county.place.name, said, rows_in_a_sheet)
    chinese = county.chance.one(f"encoding.{data_set.name}") < county.errors.gb18030_files
    return files.CsvFile(path, headings, "gb18030" if chinese else "utf-8-sig")


def _standards(county: County) -> dict[str, object]:
    period = answers.Period(county.as_of)
    here: Place = county.place
    return {
        "as_of": county.as_of.isoformat(),
        "low_income_standard_yuan_per_month": {
            "urban": here.urban_standard_yuan,
            "rural": here.rural_standard_yuan,
        },
        "edge_multiple": answers.EDGE_MULTIPLE,
        "medical_share": answers.MEDICAL_SHARE,
        "property_limit": {"vehicles": answers.VEHICLES_ALLOWED, "homes": answers.HOMES_ALLOWED},
        "income_period": [period.started_on.isoformat(), period.as_of.isoformat()],
    }
