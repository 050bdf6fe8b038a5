"""Writes of the intake stage: files come in, whole or not at all."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from huimin import intake
from huimin.intake import Reading, changes
from huimin.intake.changes import HOLDING
from huimin.intake.profile import profile
from huimin_platform.base import audit, lake
from huimin_platform.base.models import User
from huimin_platform.intake import queries
from huimin_platform.intake.models import (
    TAKEN,
    Delivery,
    DeliveryFile,
    DeliveryState,
    FileState,
    ProblemGroup,
)

Progress = Callable[[str], None]
# Names that editors and systems leave behind; nobody means to send them.
LEFTOVERS = ("~$", ".", "Thumbs.db", "desktop.ini")
LOCK = 4_813_016_623
NAME_LENGTH = 255


def receive(
    *,
    paths: Iterable[Path],
    at: datetime,
    by: User | str,
    progress: Progress = lambda words: None,
    although_changed: bool = False,
) -> Delivery | None:
    """The delivery of these files and folders; None where there is no file.

    Each file is taken in a transaction of its own: what a broken run has taken stays, and the next run of the same
    files goes on in the same delivery. A file whose content was taken before changes nothing. One whose columns, units
    or days changed against the delivery before is held back, unless it is to be taken `although_changed`.
    """
    found = files_in(paths)
    if not found:
        return None
    folders = {path.parent.resolve().name for path in found.values()}
    delivery = _begun(folders.pop() if len(folders) == 1 else next(iter(found)), len(found), at, by)
    for name, path in found.items():
        progress(name)
        take_in(delivery=delivery, source=path, name=name, at=at, by=by, although_changed=although_changed)
    return _ended(delivery)


def upload(
    *, uploads: Iterable[tuple[str, bytes]], at: datetime, by: User, although_changed: bool = False
) -> Delivery | None:
    """The delivery of files sent through a page, as (name, content)."""
    sent = list(uploads)
    if not sent:
        return None
    delivery = _begun(sent[0][0], len(sent), at, by)
    for name, content in sent:
        name = Path(name).name[-NAME_LENGTH:]
        take_in(delivery=delivery, source=content, name=name, at=at, by=by, although_changed=although_changed)
    return _ended(delivery)


@transaction.atomic
def _begun(name: str, files: int, at: datetime, by: User | str) -> Delivery:
    """A new delivery, or the one that a broken run of the same files left unfinished."""
    left = Delivery.objects.filter(name=name[:200], by=_name(by), state=DeliveryState.RECEIVING).last()
    if left is not None:
        return left
    delivery = Delivery.objects.create(name=name[:200], received_at=at, by=_name(by))
    audit.write(
        by=by, action="receives", kind="delivery", object_id=delivery.pk, at=at, details={"files": files}
    )
    return delivery


def _ended(delivery: Delivery) -> Delivery:
    delivery.state = DeliveryState.RECEIVED
    delivery.save(update_fields=["state"])
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
    although_changed: bool = False,
) -> DeliveryFile:
    """What became of one file. The lake is written first, under names made from the content; then the record."""
    try:
        digest = _digest(source)
    except OSError as problem:
        return _unopened(delivery, name, problem)
    known = _known(delivery, name, digest, at, by)
    return known or _taken(delivery, source, name, digest, at, by, although_changed)


def _taken(
    delivery: Delivery,
    source: Path | bytes,
    name: str,
    digest: str,
    at: datetime,
    by: User | str,
    although_changed: bool,
) -> DeliveryFile:
    today = timezone.localdate(at)
    reading = intake.read(source, Path(name).name, queries.contracts(), today)
    changed = _changed(delivery, reading, name, today)
    held = not although_changed and not set(HOLDING).isdisjoint(changed["code"])
    reading = replace(reading, problems=pl.concat([changed, reading.problems]))
    paths = _into_lake(reading, source)
    with transaction.atomic():
        # Two people may send the same file at once: while one writes, the other waits and then finds it.
        _one_at_a_time()
        known = _known(delivery, name, digest, at, by)
        if known is not None:
            return known
        file = _recorded(delivery, reading, name, paths, held=held)
        details = {"sha256": digest, "state": file.state, "rows": file.rows_accepted}
        audit.write(by=by, action="takes_in", kind="file", object_id=file.pk, at=at, details=details)
    return file


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
def _known(delivery: Delivery, name: str, digest: str, at: datetime, by: User | str) -> DeliveryFile | None:
    """The record of a file whose content has come before; None where it has not."""
    here = DeliveryFile.objects.filter(sha256=digest, delivery=delivery, name=name).first()
    if here is not None:
        return here
    before = DeliveryFile.objects.filter(sha256=digest, state__in=TAKEN).first()
    if before is None:
        return None
    counts_again = not before.current and before.name == name
    if counts_again:
        _put_back(before, at, by)
    return DeliveryFile.objects.create(
        delivery=delivery, name=name, sha256=digest, dataset=before.dataset, department=before.department,
        state=FileState.REPEATED, message_code="counts_again" if counts_again else "repeated",
        message_params={"name": before.name},
    )  # fmt: skip


def _put_back(file: DeliveryFile, at: datetime, by: User | str) -> None:
    """Lets a file count again that a later one of its name had replaced: what was sent last decides."""
    _one_at_a_time()
    DeliveryFile.objects.filter(dataset=file.dataset, name=file.name, current=True).update(current=False)
    DeliveryFile.objects.filter(pk=file.pk).update(current=True)
    audit.write(by=by, action="takes_in", kind="file", object_id=file.pk, at=at, details={"again": True})


def _unopened(delivery: Delivery, name: str, problem: OSError) -> DeliveryFile:
    """The record of a file that the system would not open."""
    return DeliveryFile.objects.create(
        delivery=delivery, name=name, state=FileState.UNREADABLE, message_code="not_opened",
        message_params={"reason": problem.strerror or str(problem)},
    )  # fmt: skip


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


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
    delivery: Delivery, reading: Reading, name: str, paths: dict[str, str], *, held: bool
) -> DeliveryFile:
    contract = reading.contract
    held = held and reading.state in TAKEN
    taken = reading.state in TAKEN and not held
    superseded = None
    if contract is not None and taken:
        superseded = DeliveryFile.objects.filter(dataset=contract.name, name=name, current=True).first()
        if superseded is not None:
            DeliveryFile.objects.filter(pk=superseded.pk).update(current=False)
    first = reading.problems.filter((pl.col("line") == 0) & (pl.col("severity") == "error"))
    file = DeliveryFile.objects.create(
        delivery=delivery, name=name, sha256=reading.sha256, state=FileState.REFUSED if held else reading.state,
        profile=profile(reading).as_json() if taken else {},
        dataset=contract.name if contract else "", department=contract.department if contract else "",
        rows_accepted=reading.rows.height if taken else 0, rows_refused=reading.refused.height,
        problem_count=reading.problems.height, encoding=reading.encoding[:32], heading_line=reading.heading_line or None,
        supersedes=superseded, current=taken,
        message_code=first["code"][0] if first.height else "",
        message_params=json.loads(first["params"][0] or "{}") if first.height else {}, **paths,
    )  # fmt: skip
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
    return file


def _name(by: User | str) -> str:
    return by if isinstance(by, str) else by.username
