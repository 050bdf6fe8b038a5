"""The folder through which files go to the bank and come back: `out` is ours to write, `in` the bank's."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from huimin.funds.bank import plain
from huimin_platform.base import audit
from huimin_platform.base.prepared import prepared
from huimin_platform.funds import batches, differences
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import BankMessage, Payment
from huimin_platform.funds.moving import move


def folder() -> Path:
    """Where the bank's exchange folder is."""
    return Path(settings.HUIMIN_EXCHANGE)


def write_pending(*, at: datetime) -> int:
    """The number of files handed to the bank: every outgoing message that is not yet written.

    The attempt is counted and committed before the file is written. A message that was attempted before may
    have reached the bank: it is written again, the same bytes, where the bank pays an id once; else it
    waits for a person.
    """
    written = 0
    for message in pending.rows():
        # To ask about a card twice moves no money.
        twice_is_harmless = message.batch_id is None or limits().bank_removes_repeats
        if message.attempts and not twice_is_harmless:
            _leave_unknown(message, at)
            continue
        keyed.update(message.pk, attempts=message.attempts + 1)
        _write_whole(folder() / "out" / message.name, batches.content(message))
        keyed.update(message.pk, state=BankMessage.State.WRITTEN)
        written += 1
    return written


@prepared
def pending() -> QuerySet[BankMessage]:
    """What waits to be handed to the bank, in the order in which it was made."""
    return BankMessage.objects.filter(outgoing=True, state=BankMessage.State.PENDING).order_by("pk")


@prepared
def keyed(key: Any) -> QuerySet[BankMessage]:
    """One message, to say what became of it."""
    return BankMessage.objects.filter(pk=key)


def arrived() -> list[Path]:
    """The bank's files that are there to be read, in the order of their names; drafts are not."""
    place = folder() / "in"
    if not place.is_dir():
        return []
    return sorted(
        (path for path in place.iterdir() if path.is_file() and not path.name.startswith(".")), key=_order
    )


def name_of(path: Path) -> str:
    """The name of a bank's file as it can be kept and shown: banks name files in GBK too.

    >>> import os
    >>> name_of(Path(os.fsdecode("对账单.csv".encode("gbk"))))
    '对账单.csv'
    """
    raw = os.fsencode(path.name)
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode("gb18030", errors="replace")
    # The ending says what the file is.
    return plain(name, 100) if len(name) <= 100 else f"{plain(name, 80)}…{plain(path.suffix, 19)}"


def lay_aside(path: Path) -> None:
    """Moves a file that was taken up out of the way; one that cannot be moved is known by its digest."""
    done = path.parent / "read"
    done.mkdir(exist_ok=True)
    path.replace(done / path.name)


@transaction.atomic
def _leave_unknown(message: BankMessage, at: datetime) -> None:
    payments = list(
        Payment.objects.select_for_update().filter(batch=message.batch_id, state="sending").order_by("pk")
    )
    line = audit.write(by=audit.SYSTEM, action="loses", kind="batch", object_id=message.name, at=at)
    move(payments, "lose", at=at, line=line, message=message)
    differences.open_many("no_answer", payments, at=at)
    keyed.update(message.pk, state=BankMessage.State.WRITTEN)


def _order(path: Path) -> tuple[str, int, str]:
    """B20260701-001.10.pain002.xml comes after B20260701-001.9.pain002.xml."""
    stem, _, rest = path.name.partition(".")
    number = rest.partition(".")[0]
    return stem, int(number) if number.isdigit() else 0, path.name


def _write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that nobody ever sees half of it, and a power failure leaves all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    _sync_folder(path.parent, os.fsync)


def _sync_folder(place: Path, sync: Callable[[int], None]) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
