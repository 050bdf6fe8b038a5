"""What the files that count say: whom their rows are about, and what they tell of them."""

import json
from dataclasses import replace

import polars as pl

from huimin.registry import facts as fact_room
from huimin.registry import households, identity
from huimin.registry.mentions import SCHEMA, mentions_of
from huimin.tables.contract import Contract
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile

REFUSED = "/refused"


def mentions(
    files: list[DeliveryFile], rows: dict[int, pl.DataFrame], refused: dict[int, pl.DataFrame]
) -> pl.DataFrame:
    """Who the rows are about; refused rows too, marked, except in booklets: whom they are about is in doubt."""
    found = [pl.DataFrame(schema=SCHEMA)]
    for file in files:
        contract = intake.contracts()[file.dataset]
        found.append(mentions_of(contract, rows[file.pk], str(file.pk)))
        if file.pk in refused and contract.facts and not is_booklet(contract):
            found.append(mentions_of(contract, refused[file.pk], f"{file.pk}{REFUSED}"))
    return pl.concat(found)


def refused(files: list[DeliveryFile]) -> dict[int, pl.DataFrame]:
    """By file its refused rows, without those that an increment of the data set brought again, of files that have any."""
    concerned = {file.dataset for file in files if file.refused_path}
    found = intake.unsure_that_count([file for file in files if file.dataset in concerned])
    return {file.pk: found[file.pk] for file in files if file.refused_path}


def is_booklet(contract: Contract) -> bool:
    """Whether a data set lists the people of residence booklets."""
    return any("household_no" in mention.columns for mention in contract.mentions)


def facts(
    files: list[DeliveryFile], rows: dict[int, pl.DataFrame], links: pl.DataFrame, homes: pl.DataFrame | None = None,
    *, of_households: bool = False,
) -> pl.DataFrame:  # fmt: skip
    """The facts of files: of persons, or of households once it is known who lives where."""
    frames = [pl.DataFrame(schema=fact_room.SCHEMA)]
    for file in files:
        mine = links.filter(pl.col("file") == str(file.pk))
        found = fact_room.facts_of(intake.contracts()[file.dataset], rows[file.pk], mine, homes)
        frames.append(found.filter(pl.col("household").is_not_null() == of_households))
    # A row can stand in two files; what both say is one fact.
    return fact_room.once(pl.concat(frames))


def accepted(found: identity.Resolution, said: pl.DataFrame) -> tuple[identity.Resolution, pl.DataFrame]:
    """What accepted rows are about, and the doubts that refused rows raise: file, line, role, dataset, person, weight."""
    refused = pl.col("file").str.ends_with(REFUSED)
    place = ["file", "line"]
    linked = found.links.filter(refused & pl.col("person").is_not_null()).join(
        said.select(*place, "dataset").unique(), on=place
    )
    linked = linked.select("file", "line", "role", "dataset", "person", weight=pl.lit(1.0))
    raised = pl.concat([linked, found.doubts.filter(refused).select(linked.columns)])
    parts = ("links", "grey", "doubts", "evidence")
    kept = replace(found, **{name: getattr(found, name).filter(~refused) for name in parts})
    return kept, raised.with_columns(pl.col("file").str.strip_suffix(REFUSED))


def persons(found: identity.Resolution, told: pl.DataFrame) -> pl.DataFrame:
    """Persons as the table holds them, with the day of their death as facts tell it."""
    died = households.deaths(told).rename({"person": "id"})
    return found.persons.rename({"person": "id"}).join(died, on="id", how="left")


def links(found: identity.Resolution) -> pl.DataFrame:
    """Links as the table holds them, weighed ones with their evidence."""
    told = found.links.join(_evidence(found), on=["file", "line", "role", "person"], how="left")
    return _placed(told).rename({"person": "person_id"})


def pairs(found: identity.Resolution) -> pl.DataFrame:
    """Grey pairs as the table holds them."""
    told = found.grey.join(
        _evidence(found), on=["file", "line", "role", "person"], how="left", maintain_order="left"
    )
    return _placed(told).rename({"person": "person_id", "other": "other_id"})


def doubts(found: identity.Resolution, refused: pl.DataFrame) -> pl.DataFrame:
    """Doubts as the table holds them, of accepted rows and of refused ones."""
    return _placed(pl.concat([found.doubts.select(refused.columns), refused])).rename({"person": "person_id"})


def facts_to_keep(told: pl.DataFrame) -> pl.DataFrame:
    """Facts as the table holds them."""
    named = told.rename({"person": "person_id", "household": "household_id", "line": "source_line"})
    return named.with_columns(source_file_id=pl.col("file").cast(pl.Int64)).drop("file")


def _evidence(found: identity.Resolution) -> pl.DataFrame:
    """The weights of each pair as a text of JSON, rounded to what can be read."""
    rounded = found.evidence.with_columns(
        pl.col("evidence").map_elements(_text, return_dtype=pl.String, skip_nulls=True)
    )
    return rounded.unique(["file", "line", "role", "person"], keep="first", maintain_order=True)


def _text(weights: dict[str, float | None]) -> str:
    return json.dumps({name: None if each is None else round(each, 2) for name, each in weights.items()})


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(file_id=pl.col("file").cast(pl.Int64)).drop("file")
