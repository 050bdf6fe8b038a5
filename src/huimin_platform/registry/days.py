"""A day's rows taken up against the registry as it stands, without resolving everything anew.

What only a whole run finds waits for the next one, as `huimin.registry.standing` says; also names of divisions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
from django.db import connection, transaction

from huimin.registry import households as household_room
from huimin.registry import identity, standing
from huimin.tables.fact_kinds import load_kinds
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile, Way
from huimin_platform.registry import keeping, known, rates, remembering, rows
from huimin_platform.registry.models import Run

# More than this share of all rows new, and a whole run takes no longer.
LARGEST_SHARE = 0.2
# Facts that say who lives together.
FORMING = ["death", "marriage"]


@dataclass(frozen=True)
class Day:
    """The files that are new and those that count no more, and the runs on which the registry stands."""

    fresh: list[DeliveryFile]
    gone: list[int]
    runs: list[Run]
    files: list[DeliveryFile]


def of(files: list[DeliveryFile], run: Run) -> Day | None:
    """What a day brought, if that alone can be taken up; None where everything is to be resolved.

    That is so where a booklet was replaced, people decided something, the release is another, most rows are new, or
    files only went away: what a withdrawn row had decided is then decided anew.
    """
    runs = remembering.chain()
    if not runs or (runs[-1].release, runs[-1].decisions) != (run.release, run.decisions):
        return None
    before, now = set(runs[-1].files), {file.pk for file in files}
    fresh = [file for file in files if file.pk not in before]
    gone = sorted(before - now)
    share = sum(each.rows_accepted for each in fresh) / max(sum(each.rows_accepted for each in files), 1)
    left = list(DeliveryFile.objects.filter(pk__in=gone))
    if (
        not fresh
        or share > LARGEST_SHARE
        or any(map(_is_booklet, left))
        or _replaces_rows(fresh + left, files)
    ):
        return None
    return Day(fresh, gone, runs, files)


def take_up(day: Day, run: Run, progress: Callable[[str], None]) -> dict[str, int]:
    """How many persons, households, facts, links and pairs the day made or changed, in one transaction."""
    said = [f"{file}{end}" for file in day.gone for end in ("", rows.REFUSED)]
    before = remembering.recalled(day.runs).without(said)
    tables = {file.pk: intake.rows_of(file) for file in day.fresh}
    mentions = rows.mentions(day.fresh, tables)
    found = standing.attach(mentions, before, known.highest(), known.decisions(), known.thresholds())
    brought = standing.of(found, mentions)
    run.kind = Run.Kind.DAY
    run.standing = remembering.keep(run, brought)
    resolution, refused = rows.accepted(found, mentions)
    progress("households")
    told = rows.facts(day.fresh, tables, resolution.links)
    forming = pl.concat([known.told(FORMING, day.gone), told.filter(pl.col("kind").is_in(FORMING))])
    formed = _formed(before.with_later(brought), forming)
    homes = formed.memberships.select("household", "person")
    told = pl.concat([told, rows.facts(day.fresh, tables, resolution.links, homes, of_households=True)])
    progress("keeping")
    with transaction.atomic():
        counts = _keep(day, run, resolution, formed, told, forming)
        counts |= keeping.doubts(rows.doubts(resolution, refused), [file.pk for file in day.fresh] + day.gone)
        run.counts = counts
        run.save()
        rates.keep(run, resolution.links, day.fresh)
        audit.write(
            by=audit.SYSTEM, action="resolves", kind="registry", object_id=run.pk, at=run.at, details=counts
        )
    return counts


def _formed(now: standing.Standing, forming: pl.DataFrame) -> household_room.Households:
    entries = now.rows.filter(pl.col("household_no").is_not_null())
    return household_room.form(entries.drop("person", "sure"), entries, forming, known.memberships())


def _keep(
    day: Day, run: Run, found: identity.Resolution, formed: household_room.Households, told: pl.DataFrame,
    forming: pl.DataFrame,
) -> dict[str, int]:  # fmt: skip
    files = [file.pk for file in day.fresh]
    moved = _moved(formed)
    counts = keeping.persons(rows.persons(found, forming), alone=True)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all deferred")
    counts |= keeping.homes(formed, run.at)
    following, left_behind = _following(day, moved, formed)
    before = pl.concat([_facts_of(files + day.gone), left_behind])
    fresh = keeping.as_kept(rows.facts_to_keep(pl.concat([told, following])))
    counts |= keeping.facts(_not_said_elsewhere(fresh, files + day.gone), run.at, before)
    counts |= keeping.links(rows.links(found), run.at, files)
    counts |= keeping.pairs(rows.pairs(found), files + day.gone)
    keeping.set_sequences()
    return counts


def _moved(formed: household_room.Households) -> list[int]:
    """The persons who live in another household than before."""
    now = formed.memberships.filter(pl.col("ended_on").is_null()).select("person", now="household")
    both = known.homes().join(now, on="person")
    return both.filter(pl.col("household") != pl.col("now"))["person"].to_list()


def _following(
    day: Day, moved: list[int], formed: household_room.Households
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What rows of earlier days say of the households that persons have moved to, and what they said of the former."""
    kinds = {name for name, kind in load_kinds().items() if kind.of == "household"}
    contracts = intake.contracts()
    earlier = [file for file in day.files if file not in day.fresh]
    files = [each for each in earlier if any(rule.kind in kinds for rule in contracts[each.dataset].facts)]
    links = known.links_of(moved, [file.pk for file in files])
    files = [file for file in files if str(file.pk) in set(links["file"])]
    tables = {file.pk: intake.rows_of(file) for file in files}
    homes = formed.memberships.select("household", "person")
    told = rows.facts(files, tables, links, homes, of_households=True)
    ours = links.select(source_file_id=pl.col("file").cast(pl.Int64), source_line="line").unique()
    former = _facts_of([file.pk for file in files], "household_id is not null")
    return told, former.join(ours, on=["source_file_id", "source_line"], how="semi")


def _facts_of(files: list[int], condition: str = "true") -> pl.DataFrame:
    return keeping.facts_kept(f"source_file_id = any(%(files)s) and {condition}", {"files": files})


def _not_said_elsewhere(fresh: pl.DataFrame, files: list[int]) -> pl.DataFrame:
    """The facts that no row of another file says of the same persons and households already."""
    same = [name for name in keeping.FACT_KEY if not name.startswith("source_")]
    said = keeping.facts_kept(
        "source_file_id <> all(%(files)s) and (person_id = any(%(persons)s) or household_id = any(%(homes)s))",
        {
            "files": files,
            "persons": fresh["person_id"].drop_nulls().unique().to_list(),
            "homes": fresh["household_id"].drop_nulls().unique().to_list(),
        },
    )
    return fresh.join(said, on=same, how="anti", nulls_equal=True)


def _replaces_rows(changed: list[DeliveryFile], files: list[DeliveryFile]) -> bool:
    """Whether rows of files that stay may count no more, or count again, because others of their data set changed."""
    touched = {file.dataset for file in changed}
    return any(file.way == Way.INCREMENT and file.dataset in touched for file in (*files, *changed))


def _is_booklet(file: DeliveryFile) -> bool:
    return rows.is_booklet(intake.contracts()[file.dataset])
