"""Writes of the intake stage: files come in, whole or not at all."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from huimin import intake
from huimin.intake import Reading, changes, standing
from huimin.intake.changes import HOLDING
from huimin.intake.profile import profile
from huimin_platform.base import audit, lake, scratch
from huimin_platform.base.models import User
from huimin_platform.intake import counting, queries
from huimin_platform.intake.models import (
    TAKEN,
    Delivery,
    DeliveryFile,
    DeliveryState,
    FileState,
    ProblemGroup,
    Way,
)

Progress = Callable[[str], None]
# Names that editors and systems leave behind; nobody means to send them.
LEFTOVERS = ("~$", ".", "Thumbs.db", "desktop.ini")
NAME_LENGTH = 255


@dataclass(frozen=True)
class Terms:
    """What the sender says of a delivery besides its files.

    `although_changed`: take in what changed against the delivery before, or was withdrawn. `way` and `as_of_on` say how
    all its files are meant and of which day they are; left out, contract and file name say it. `stage`: look at the
    files and tell, but let nothing count until somebody commits. `dataset` is what all files are said to be; then they
    are read by that contract or not at all. `single_rows`: they are rows as they come about, which fill the columns that
    they need and say nothing of what a whole file looks like, so none is held against another.
    """

    although_changed: bool = False
    way: str = ""
    as_of_on: date | None = None
    stage: bool = False
    dataset: str = ""
    single_rows: bool = False


PLAIN = Terms()


def receive(
    *,
    paths: Iterable[Path],
    at: datetime,
    by: User | str,
    progress: Progress = lambda words: None,
    terms: Terms = PLAIN,
    name: str = "",
) -> Delivery | None:
    """The delivery of these files and folders; None where there is no file.

    Each file is taken in a transaction of its own: what a broken run has taken stays, and the next run of the same
    files goes on in the same delivery. A file whose content was taken before changes nothing. One whose columns, units
    or days changed against the delivery before is held back, unless the terms say otherwise.
    """
    found = files_in(paths)
    if not found:
        return None
    folders = {path.parent.resolve().name for path in found.values()}
    name = name or (folders.pop() if len(folders) == 1 else next(iter(found)))
    delivery = _begun(name, len(found), at, by, terms)
    for file_name, path in found.items():
        progress(file_name)
        take_in(delivery=delivery, source=path, name=file_name, at=at, by=by, terms=terms)
    return _ended(delivery, at, terms)


def upload(
    *, uploads: Iterable[tuple[str, bytes]], at: datetime, by: User | str, terms: Terms = PLAIN
) -> Delivery | None:
    """The delivery of files sent through a page or by a program, as (name, content)."""
    sent = list(uploads)
    if not sent:
        return None
    delivery = _begun(sent[0][0], len(sent), at, by, terms)
    for name, content in sent:
        name = Path(name).name[-NAME_LENGTH:]
        take_in(delivery=delivery, source=content, name=name, at=at, by=by, terms=terms)
    return _ended(delivery, at, terms)


@transaction.atomic
def _begun(name: str, files: int, at: datetime, by: User | str, terms: Terms) -> Delivery:
    """A new delivery, or the one that a broken run of the same files left unfinished."""
    said: dict[str, Any] = {"name": name[:200], "by": _name(by), "way": terms.way, "as_of_on": terms.as_of_on}
    left = Delivery.objects.filter(**said, state=DeliveryState.RECEIVING).last()
    if left is not None:
        return left
    delivery = Delivery.objects.create(**said, received_at=at)
    audit.write(
        by=by, action="receives", kind="delivery", object_id=delivery.pk, at=at, details={"files": files}
    )
    return delivery


@transaction.atomic
def _ended(delivery: Delivery, at: datetime, terms: Terms) -> Delivery:
    counting.one_at_a_time()
    delivery.state = DeliveryState.STAGED if terms.stage else DeliveryState.RECEIVED
    delivery.counts_at = None if terms.stage else at
    delivery.save(update_fields=["state", "counts_at"])
    for dataset in delivery.files.exclude(dataset="").values_list("dataset", flat=True).distinct():
        counting.recount(dataset)
    return delivery


def files_in(paths: Iterable[Path]) -> dict[str, Path]:
    """The files of the folders and the single files by name, in order; leftovers of editors are left out.

    A file in a folder below is named with that folder, so that two of one name do not replace each other.
    """
    found: dict[str, Path] = {}
    for path in paths:
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        for each in inside:
            if each.name.startswith(LEFTOVERS):
                continue
            name = each.relative_to(path).as_posix() if path.is_dir() else each.name
            if found.get(name, each) != each:
                name = f"{each.parent.name}/{each.name}"
            found[name[-NAME_LENGTH:]] = each
    return found


def take_in(
    *,
    delivery: Delivery,
    source: Path | bytes,
    name: str,
    at: datetime,
    by: User | str,
    terms: Terms = PLAIN,
) -> DeliveryFile:
    """What became of one file. The lake is written first, under names made from the content; then the record."""
    try:
        digest = _digest(source)
    except OSError as problem:
        return _unopened(delivery, name, problem)
    known = _known(delivery, name, digest, at, terms)
    return known or _taken(delivery, source, name, digest, at, by, terms)


def _taken(
    delivery: Delivery, source: Path | bytes, name: str, digest: str, at: datetime, by: User | str, terms: Terms
) -> DeliveryFile:  # fmt: skip
    reading, held = _read(delivery, source, name, at, terms)
    paths = _into_lake(reading, source)
    with transaction.atomic():
        # Two people may send the same file at once: while one writes, the other waits and then finds it.
        counting.one_at_a_time()
        known = _known(delivery, name, digest, at, terms)
        if known is not None:
            return known
        file = _recorded(delivery, reading, name, paths, held=held, terms=terms)
        details = {"sha256": digest, "state": file.state, "rows": file.rows_accepted}
        audit.write(by=by, action="takes_in", kind="file", object_id=file.pk, at=at, details=details)
    return file


def release(*, file: int, at: datetime, by: User | str) -> DeliveryFile:
    """The file taken in although it changed against the delivery before; one that was not held back stays as it is."""
    kept = DeliveryFile.objects.select_related("delivery").get(pk=file)
    if kept.state != FileState.REFUSED or kept.message_code not in HOLDING:
        return kept
    said = Terms(dataset=kept.dataset)
    reading, _held = _read(
        kept.delivery, lake.get_bytes(kept.raw_path), kept.name, kept.delivery.received_at, said
    )
    with transaction.atomic():
        counting.one_at_a_time()
        kept = DeliveryFile.objects.select_related("delivery").get(pk=file)
        again = DeliveryFile.objects.filter(sha256=kept.sha256, state__in=TAKEN).exists()
        if kept.state != FileState.REFUSED or again or reading.state not in TAKEN:
            return kept
        kept.state, kept.profile = reading.state, profile(reading).as_json()
        kept.rows_accepted, kept.rows_refused = reading.rows.height, reading.refused.height
        kept.message_code, kept.message_params = "", {}
        kept.save()
        counting.recount(kept.dataset)
        details = {"although_changed": True, "rows": kept.rows_accepted}
        audit.write(by=by, action="takes_in", kind="file", object_id=kept.pk, at=at, details=details)
    return DeliveryFile.objects.get(pk=file)


def _read(
    delivery: Delivery, source: Path | bytes, name: str, at: datetime, terms: Terms
) -> tuple[Reading, bool]:
    """The file as its contract reads it, and whether it is held back."""
    today = timezone.localdate(at)
    known = queries.contracts()
    contracts = {terms.dataset: known[terms.dataset]} if terms.dataset in known else known
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    reading = intake.read(source, Path(name).name, contracts, today, scratch=scratch.place(size))
    changed = reading.problems.clear() if terms.single_rows else _changed(delivery, reading, name, today)
    held = not terms.although_changed and not set(HOLDING).isdisjoint(changed["code"])
    return replace(reading, problems=pl.concat([changed, reading.problems])), held


def _changed(delivery: Delivery, reading: Reading, name: str, today: date) -> pl.DataFrame:
    """What the file changes against the one of its name, or else the last one of its data set, of an earlier delivery.

    A first delivery is held against nothing; only of a file that nobody recognises the likely renaming is told.
    """
    before = queries.profile_before(
        delivery, reading.contract.name if reading.contract else reading.nearest, name
    )
    if before is None and reading.contract is not None:
        return reading.problems.clear()
    return changes.found(reading, before, queries.contracts(), today)


@transaction.atomic
def _known(delivery: Delivery, name: str, digest: str, at: datetime, terms: Terms) -> DeliveryFile | None:
    """The record of a file whose content has come before; None where it has not."""
    here = DeliveryFile.objects.filter(sha256=digest, delivery=delivery, name=name).first()
    if here is not None:
        return here
    before = DeliveryFile.objects.filter(sha256=digest, state__in=TAKEN).first()
    if before is None:
        return None
    if terms.dataset not in ("", before.dataset):
        return DeliveryFile.objects.create(
            delivery=delivery, name=name, sha256=digest, dataset=terms.dataset, state=FileState.REFUSED,
            message_code="known_otherwise",
        )  # fmt: skip
    common = {
        "delivery": delivery, "name": name, "sha256": digest, "dataset": before.dataset,
        "department": before.department, "raw_path": before.raw_path,
    }  # fmt: skip
    withdrawn = counting.withdrawn(before)
    if withdrawn is not None and not terms.although_changed:
        told = {
            "by": withdrawn.withdrawn_by, "reason": withdrawn.withdrawn_reason,
            "on": timezone.localdate(withdrawn.withdrawn_at).isoformat(),
        }  # fmt: skip
        return DeliveryFile.objects.create(
            **common, state=FileState.REFUSED, message_code="was_withdrawn", message_params=told
        )
    counting.one_at_a_time()
    stands = _stands_for(delivery, before.dataset, name, terms)
    # The same content under another name says nothing new, unless it is all there is.
    counts = stands["part"] == before.part or stands["way"] == Way.SNAPSHOT
    counted = before.current
    file = DeliveryFile.objects.create(
        **common, **stands, state=FileState.REPEATED, content=before if counts else None, message_code="repeated",
        message_params={"name": before.name},
    )  # fmt: skip
    counting.recount(before.dataset)
    if not counted and DeliveryFile.objects.filter(pk=before.pk, current=True).exists():
        file.message_code = "counts_again"
        file.save(update_fields=["message_code"])
    return file


def _stands_for(delivery: Delivery, dataset: str, name: str, terms: Terms) -> dict[str, Any]:
    """What a file stands for: its part, how it stands to others, and of which day it is."""
    way = terms.way or delivery.way or queries.contracts()[dataset].delivers
    day = terms.as_of_on or delivery.as_of_on or standing.as_of(name)
    return {"way": way, "part": standing.part_of(name, way), "as_of_on": day}


def _unopened(delivery: Delivery, name: str, problem: OSError) -> DeliveryFile:
    """The record of a file that the system would not open."""
    return DeliveryFile.objects.create(
        delivery=delivery, name=name, state=FileState.UNREADABLE, message_code="not_opened",
        message_params={"reason": problem.strerror or str(problem)},
    )  # fmt: skip


def note_download(*, file: DeliveryFile, at: datetime, by: User) -> None:
    """Records that somebody took the marked-up workbook of a file."""
    with transaction.atomic():
        audit.write(by=by, action="exports", kind="file", object_id=file.pk, at=at)


def _digest(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return sha256(source).hexdigest()
    found = sha256()
    with source.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _into_lake(reading: Reading, source: Path | bytes) -> dict[str, str]:
    stem = f"{reading.sha256[:2]}/{reading.sha256}"
    paths = {"raw_path": f"raw/{stem}"}
    lake.put_bytes(paths["raw_path"], source if isinstance(source, bytes) else source.read_bytes())
    if reading.contract is not None:
        paths["rows_path"] = f"rows/{reading.contract.name}/{reading.sha256}.parquet"
        lake.put_frame(paths["rows_path"], reading.rows)
        if not reading.unsure.is_empty():
            paths["refused_path"] = f"unsure/{reading.contract.name}/{reading.sha256}.parquet"
            lake.put_frame(paths["refused_path"], reading.unsure)
    if not reading.problems.is_empty():
        paths["problems_path"] = f"problems/{stem}.parquet"
        lake.put_frame(paths["problems_path"], reading.problems)
    return paths


def _recorded(
    delivery: Delivery, reading: Reading, name: str, paths: dict[str, str], *, held: bool, terms: Terms
) -> DeliveryFile:
    contract = reading.contract
    held = held and reading.state in TAKEN
    taken = reading.state in TAKEN and not held
    stands = _stands_for(delivery, contract.name, name, terms) if contract is not None else {}
    before = (
        DeliveryFile.objects.filter(dataset=contract.name, part=stands["part"], current=True)
        if contract and taken
        else None
    )
    first = reading.problems.filter((pl.col("line") == 0) & (pl.col("severity") == "error"))
    file = DeliveryFile.objects.create(
        delivery=delivery, name=name, sha256=reading.sha256, state=FileState.REFUSED if held else reading.state,
        profile=profile(reading).as_json() if taken and not terms.single_rows else {},
        dataset=contract.name if contract else "", department=contract.department if contract else "",
        rows_accepted=reading.rows.height if taken else 0, rows_refused=reading.refused.height,
        problem_count=reading.problems.height, encoding=reading.encoding[:32], heading_line=reading.heading_line or None,
        supersedes=before.last() if before is not None and stands["way"] != Way.INCREMENT else None, **stands,
        message_code=first["code"][0] if first.height else "",
        message_params=json.loads(first["params"][0] or "{}") if first.height else {}, **paths,
    )  # fmt: skip
    _keep_groups(file, reading)
    if taken and contract is not None:
        counting.recount(contract.name)
        file.refresh_from_db()
    return file


def _keep_groups(file: DeliveryFile, reading: Reading) -> None:
    groups = intake.problem_groups(reading.problems)
    kinds = groups.group_by("severity", "code", "column", maintain_order=True).agg(
        pl.col("count").sum(), pl.col("first_line").min(), pl.col("params").first()
    )
    ProblemGroup.objects.bulk_create(
        ProblemGroup(
            file=file, code=row["code"], severity=row["severity"], column=row["column"] or "",
            count=row["count"], first_line=row["first_line"], params=json.loads(row["params"] or "{}"),
        )
        for row in kinds.iter_rows(named=True)
    )  # fmt: skip


def _name(by: User | str) -> str:
    return by if isinstance(by, str) else by.username
