"""What the registry takes up: the files that count, resolved to persons, households and facts in one transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import polars as pl
from django.db import connection, transaction

from huimin.registry import facts as fact_room
from huimin.registry import households as household_room
from huimin.registry import identity
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import Contract
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import keeping, known, places
from huimin_platform.registry.models import Pair, PairState, Run

REFUSED = "/refused"
NOTHING: dict[str, int] = dict.fromkeys(("persons", "households", "facts", "links", "pairs", "doubts"), 0)


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many persons, households, facts, links and pairs are new or changed; nothing where nothing has come.

    All of it is one transaction: a run that is killed changes nothing, and the next one does all of it again.
    """
    files = [file for file in intake.current_files() if intake.contracts()[file.dataset].mentions]
    digest = _digest(files)
    last = Run.objects.order_by("-pk").first()
    if not files or (last is not None and last.inputs == digest):
        return NOTHING
    progress("persons")
    rows = intake.rows_that_count(files)
    mentions = _mentions(files, rows)
    resolution, refused = _resolved(mentions)
    progress("households")
    told = _facts(files, rows, resolution.links)
    formed = household_room.form(mentions, resolution.links, told, known.memberships())
    homes = formed.memberships.select("household", "person")
    told = pl.concat([told, _facts(files, rows, resolution.links, homes, of_households=True)])
    progress("keeping")
    with transaction.atomic():
        counts = _keep(resolution, formed, told, at) | _keep_doubts(resolution, refused)
        counts["divisions"] = places.learn(mentions)
        run = Run.objects.create(at=at, inputs=digest, counts=counts)
        audit.write(
            by=audit.SYSTEM, action="resolves", kind="registry", object_id=run.pk, at=at, details=counts
        )
    return counts


def inputs() -> str:
    """A digest of all that has come and of what clerks have decided: another one, and there is something to take up."""
    return _digest(list(intake.current_files()))


def _digest(files: list[DeliveryFile]) -> str:
    """A digest of the release, the files that count and what clerks have decided."""
    decided = Pair.objects.filter(state__in=[PairState.SAME, PairState.DIFFERENT]).order_by("pk")
    decisions = list(decided.values_list("pk", "state"))
    said: Any = (
        version("huimin"),
        intake.contracts_digest(),
        [(file.pk, file.sha256) for file in files],
        decisions,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _mentions(files: list[DeliveryFile], rows: dict[int, pl.DataFrame]) -> pl.DataFrame:
    """Who the rows are about; refused rows too, marked, except in booklets: whom they are about is in doubt."""
    found, unsure = [], intake.unsure_that_count([file for file in files if file.refused_path])
    for file in files:
        contract = intake.contracts()[file.dataset]
        found.append(mentions_of(contract, rows[file.pk], str(file.pk)))
        if file.refused_path and contract.facts and not _is_booklet(contract):
            found.append(mentions_of(contract, unsure[file.pk], f"{file.pk}{REFUSED}"))
    return pl.concat(found)


def _is_booklet(contract: Contract) -> bool:
    return any("household_no" in mention.columns for mention in contract.mentions)


def _resolved(mentions: pl.DataFrame) -> tuple[identity.Resolution, pl.DataFrame]:
    """Who is who by the accepted rows, and the doubts that refused rows raise: file, line, dataset, person, weight."""
    found = identity.resolve(mentions, known.persons(), known.decisions())
    refused = pl.col("file").str.ends_with(REFUSED)
    place = ["file", "line"]
    linked = found.links.filter(refused & pl.col("person").is_not_null()).join(
        mentions.select(*place, "dataset").unique(), on=place
    )
    linked = linked.select("file", "line", "dataset", "person", weight=pl.lit(1.0))
    doubts = pl.concat([linked, found.doubts.filter(refused).select(linked.columns)])
    accepted = replace(
        found,
        links=found.links.filter(~refused),
        grey=found.grey.filter(~refused),
        doubts=found.doubts.filter(~refused),
    )
    return accepted, doubts.with_columns(pl.col("file").str.strip_suffix(REFUSED))


def _keep_doubts(resolution: identity.Resolution, refused: pl.DataFrame) -> dict[str, int]:
    doubts = pl.concat([resolution.doubts.select(refused.columns), refused])
    return keeping.doubts(_placed(doubts).rename({"person": "person_id"}))


def _facts(
    files: list[DeliveryFile], rows: dict[int, pl.DataFrame], links: pl.DataFrame, homes: pl.DataFrame | None = None,
    *, of_households: bool = False,
) -> pl.DataFrame:  # fmt: skip
    """The facts of all files: of persons, or of households once it is known who lives where."""
    frames = []
    for file in files:
        mine = links.filter(pl.col("file") == str(file.pk))
        found = fact_room.facts_of(intake.contracts()[file.dataset], rows[file.pk], mine, homes)
        frames.append(found.filter(pl.col("household").is_not_null() == of_households))
    # A row can stand in two files; what both say is one fact.
    return fact_room.once(pl.concat(frames))


def _keep(
    resolution: identity.Resolution, formed: household_room.Households, told: pl.DataFrame, at: datetime
) -> dict[str, int]:
    died = household_room.deaths(told)
    people = resolution.persons.rename({"person": "id"}).join(
        died.rename({"person": "id"}), on="id", how="left"
    )
    links = _placed(resolution.links).rename({"person": "person_id"})
    homes = formed.households.rename({"household": "id", "head": "head_id"})
    members = formed.memberships.rename(
        {"household": "household_id", "person": "person_id", "line": "source_line"}
    )
    members = members.with_columns(source_file_id=pl.col("file").cast(pl.Int64)).drop("file")
    facts = told.rename({"person": "person_id", "household": "household_id", "line": "source_line"})
    facts = facts.with_columns(source_file_id=pl.col("file").cast(pl.Int64)).drop("file")
    counts = keeping.persons(people)
    counts["persons_parted"] = keeping.back_persons(people, at)
    counts["persons_merged"] = keeping.gone_persons(people, links, at)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all deferred")
    counts |= keeping.households(homes)
    counts |= keeping.memberships(members, at)
    counts["households_ended"] = keeping.end_households(homes, at)
    counts |= keeping.facts(facts, at)
    counts |= keeping.links(links, at)
    counts |= keeping.pairs(_placed(resolution.grey).rename({"person": "person_id", "other": "other_id"}))
    _set_sequences()
    return counts


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(file_id=pl.col("file").cast(pl.Int64)).drop("file")


def _set_sequences() -> None:
    """Numbers that the library gave are taken; the sequences go on from there."""
    with connection.cursor() as cursor:
        for table in ("registry_person", "registry_household"):
            cursor.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), greatest((select max(id) from {table}), 1))"
            )
