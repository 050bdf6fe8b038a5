"""What the registry takes up: the files that count, resolved to persons, households and facts in one transaction."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import polars as pl
from django.db import connection, transaction

from huimin.registry import households as household_room
from huimin.registry import identity, standing
from huimin_platform.base import audit
from huimin_platform.intake import queries as intake
from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry import (
    changes,
    days,
    keeping,
    known,
    places,
    rates,
    remembering,
    rows,
    twins,
    verified,
)
from huimin_platform.registry.models import Run

NOTHING: dict[str, int] = dict.fromkeys(("persons", "households", "facts", "links", "pairs", "doubts"), 0)


def advance(
    *, today: date, at: datetime, progress: Callable[[str], None], whole: bool = False
) -> dict[str, int]:
    """How many persons, households, facts, links and pairs are new or changed; nothing where nothing has come.

    What came is linked against the registry as it stands where that is possible, else everything is resolved, as also if
    `whole` asks for it. All of it is one transaction: a run that is killed changes nothing, and the next one does all of
    it again.
    """
    files = [file for file in intake.current_files() if intake.contracts()[file.dataset].mentions]
    digest = _digest(files)
    last = Run.objects.order_by("-pk").first()
    if not files or (last is not None and last.inputs == digest and not _to_repeat(last, whole)):
        return NOTHING
    run = Run(at=at, inputs=digest, files=[file.pk for file in files], **_grounds())
    day = Run.Why.ASKED if whole and last is not None else days.of(files, run)
    progress("persons")
    if isinstance(day, days.Day):
        return days.take_up(day, run, progress)
    run.why = day
    progress(f"everything: {day.value}")
    return _take_up_all(files, run, progress)


def inputs() -> str:
    """All that has come, what clerks have decided and what officers have verified, in short: another one, and there is
    something to take up, for this stage or for those after it.
    """
    files = [file for file in intake.current_files() if intake.contracts()[file.dataset].mentions]
    return f"{_digest(files)} {verified.mark()}"


def _to_repeat(last: Run, whole: bool) -> bool:
    """Whether everything is to be resolved although nothing came: days were linked since the last whole run."""
    return whole and last.kind == Run.Kind.DAY


def _digest(files: list[DeliveryFile]) -> str:
    """A digest of the release, the files that count, those that were withdrawn, and what clerks have decided.

    Needs also look at what a replaced file said; once it is withdrawn, whom it was about is looked at again.
    """
    said: Any = ([(file.pk, file.sha256) for file in files], intake.withdrawn(), sorted(_grounds().items()))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _grounds() -> dict[str, str]:
    """What besides the files a run rests on: the release, the place's contracts and the thresholds, and what clerks decided."""
    whole = known.decided(whole=True)
    said = ((intake.contracts_digest(), known.thresholds()), known.decided(), whole)
    read_by, decided, joined = (hashlib.sha256(repr(each).encode()).hexdigest() for each in said)
    release = f"{version('huimin')} {read_by[:8]}"
    return {"release": release, "decisions": decided, "joined": joined if whole else ""}


def _take_up_all(files: list[DeliveryFile], run: Run, progress: Callable[[str], None]) -> dict[str, int]:
    tables = intake.rows_that_count(files)
    mentions = rows.mentions(files, tables, rows.refused(files))
    kept = known.kept()
    found = identity.resolve(
        mentions, known.persons(), known.decisions(), known.thresholds(), kept=kept, apart=known.apart()
    )
    run.standing = remembering.keep(run, standing.of(found, mentions))
    resolution, refused = rows.accepted(found, mentions)
    progress("households")
    told = rows.facts(files, tables, resolution.links)
    formed = household_room.form(mentions, resolution.links, told, known.memberships())
    homes = formed.memberships.select("household", "person")
    told = pl.concat([told, rows.facts(files, tables, resolution.links, homes, of_households=True)])
    del tables
    progress("keeping")
    touched = changes.Touched()
    with transaction.atomic():
        counts = _keep(resolution, formed, told, kept, run.at, touched)
        counts |= keeping.doubts(rows.doubts(resolution, refused), touched)
        counts["divisions"] = places.learn(mentions)
        run.counts = counts
        run.save()
        changes.keep(run, touched)
        changes.forget(run)
        rates.keep(run, resolution.links, files)
        remembering.forget_before(run)
        audit.write(
            by=audit.SYSTEM, action="resolves", kind="registry", object_id=run.pk, at=run.at, details=counts
        )
    return counts


def _keep(
    resolution: identity.Resolution, formed: household_room.Households, told: pl.DataFrame, kept: pl.DataFrame,
    at: datetime, touched: changes.Touched,
) -> dict[str, int]:  # fmt: skip
    links = rows.links(resolution)
    people = resolution.persons.rename({"person": "id"})
    counts = keeping.persons(rows.persons(resolution, told), touched)
    counts["persons_parted"] = keeping.back_persons(people, at, touched)
    went = pl.concat([resolution.went, twins.led_on(people["id"])]).unique(
        "person", keep="first", maintain_order=True
    )
    counts["persons_merged"] = keeping.gone_persons(people, links, went, kept, at, touched)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all deferred")
    counts |= keeping.homes(formed, at, touched)
    counts |= keeping.facts(rows.facts_to_keep(told), at, touched)
    counts |= keeping.links(links, at)
    counts |= keeping.pairs(rows.pairs(resolution))
    counts |= twins.ask(resolution.alike, touched)
    keeping.set_sequences()
    return counts
