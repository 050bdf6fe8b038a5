"""Reads what the gateway of messages says of each one: each file once, whole or not at all; and who no message reached."""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from huimin.cases import receipts
from huimin_platform.base import audit
from huimin_platform.cases.models import ReceiptFile, Reminder

# After so long without a receipt nobody knows whether a message arrived; networks try for two days.
SILENCE = timedelta(days=3)


def folder() -> Path:
    """Where the gateway puts its files."""
    return Path(settings.HUIMIN_HOME) / "messages" / "in"


def read(*, at: datetime) -> Counter[str]:
    """What receipts said of messages: how many were delivered, failed, unknown; and how many files were `refused`.

    A file that was read is laid aside; one that is malformed stays, since it may still be growing: its full form is another file.
    Where the gateway reports at all, a message of which it says nothing for three days is unknown.
    """
    found: Counter[str] = Counter()
    if not settings.HUIMIN_MESSAGES:
        return found
    for path in sorted(folder().glob("*.csv")) if folder().is_dir() else []:
        good, counts = _taken_up(path, at)
        if good:
            found.update(counts)
            _lay_aside(path)
        else:
            found["refused"] += 1
    found["unknown"] += _give_up(at)
    return found


def refused() -> QuerySet[ReceiptFile]:
    """The files of the gateway that could not be read, where none of the same name could since; the latest first."""
    since = ReceiptFile.objects.filter(problem__isnull=True, name=OuterRef("name"), pk__gt=OuterRef("pk"))
    return ReceiptFile.objects.filter(~Exists(since), problem__isnull=False).order_by("-pk")


def _taken_up(path: Path, at: datetime) -> tuple[bool, Mapping[str, int]]:
    """Whether the file is one that can be read, and what it said that was not known."""
    data = path.read_bytes()
    digest = sha256(data).hexdigest()
    known = ReceiptFile.objects.filter(sha256=digest).first()
    if known is not None:
        return known.problem is None, {}
    name = os.fsencode(path.name).decode(errors="replace")[:100]
    try:
        said = receipts.read(data)
    except receipts.MalformedReceipts as wrong:
        problem = {"zh": wrong.words.zh, "en": wrong.words.en}
        ReceiptFile.objects.create(name=name, sha256=digest, read_at=at, problem=problem)
        return False, {}
    return True, _applied(said, name, digest, at)


@transaction.atomic
def _applied(said: list[receipts.Receipt], name: str, digest: str, at: datetime) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    numbers = {each.message for each in said}
    known = {
        each.notice_id: each
        for each in Reminder.objects.select_for_update().filter(notice__in=numbers).order_by("pk")
    }
    changed: dict[int, Reminder] = {}
    for each in said:
        reminder = known.get(each.message)
        if reminder is None:
            counts["not_ours"] += 1
        elif each.state and receipts.follows(reminder.state, each.state):
            reminder.state, reminder.receipt_code, reminder.receipt_at = each.state, each.code, each.at
            reminder.receipt_reason = each.reason
            changed[reminder.pk] = reminder
    counts.update(each.state for each in changed.values())
    Reminder.objects.bulk_update(
        changed.values(), ["state", "receipt_code", "receipt_at", "receipt_reason"], batch_size=1000
    )
    audit.write(
        by="gateway", action="answers", kind="notice", object_id=name[:64], details=dict(counts), at=at
    )
    ReceiptFile.objects.create(name=name, sha256=digest, read_at=at, counts=dict(counts))
    return counts


@transaction.atomic
def _give_up(at: datetime) -> int:
    if not ReceiptFile.objects.filter(problem__isnull=True).exists():
        return 0
    silent: QuerySet[Any] = Reminder.objects.filter(state=Reminder.State.HANDED, at__lt=at - SILENCE)
    count = silent.update(state=Reminder.State.UNKNOWN)
    if count:
        audit.write(
            by=audit.SYSTEM, action="loses", kind="notice", object_id="", details={"messages": count}, at=at
        )
    return count


def _lay_aside(path: Path) -> None:
    done = path.parent / "read"
    done.mkdir(exist_ok=True)
    path.replace(done / path.name)
