"""Looks after the files that lie in the outbox until the bank takes them: none is altered, none is another's.

Each file has its digest from the transaction that made it. What differs is never taken for ours: its bytes are kept sealed,
it goes to the exception desk with the first line that differs, and the file as it was is written again where that is safe.
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from huimin_platform.base import audit, secrets
from huimin_platform.base.prepared import is_any, prepared
from huimin_platform.funds import batches, differences, exchange
from huimin_platform.funds.models import BankMessage

NOT_OURS = {
    "zh": "这个文件不是本系统写出的。", "en": "This house did not write the file.",
}  # fmt: skip
ALTERED = {
    "zh": "文件写出之后被改动过。", "en": "The file was altered after it was written.",
}  # fmt: skip


def look(*, at: datetime) -> int:
    """The number of files in the outbox that are not as this house wrote them. They are taken out of it."""
    place = exchange.folder() / "out"
    if not place.is_dir():
        return 0
    there = [path for path in sorted(place.iterdir()) if path.is_file() and not path.name.startswith(".")]
    names = [path.name for path in there]
    ours = {message.name: message for message in _ours.rows(names)} if names else {}
    return sum(_is_wrong(path, ours.get(path.name), at) for path in there)


@prepared
def _ours(names: Any) -> QuerySet[BankMessage]:
    return BankMessage.objects.filter(is_any("name", names), outgoing=True).defer("content_sealed")


def first_line_that_differs(ours: bytes, found: bytes) -> int:
    """The number of the first line that is not the same, from 1.

    >>> first_line_that_differs(b"a\\nb\\n", b"a\\nc\\n"), first_line_that_differs(b"a\\n", b"a\\nb\\n")
    (2, 2)
    """
    left, right = ours.splitlines(), found.splitlines()
    for number, (one, other) in enumerate(zip(left, right, strict=False), start=1):
        if one != other:
            return number
    return min(len(left), len(right)) + 1


def _is_wrong(path: Path, message: BankMessage | None, at: datetime) -> bool:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return False  # The bank has just taken it.
    digest = sha256(data).hexdigest()
    if message is not None and message.sha256 == digest:
        return False
    _open(path.name, data, digest, message, at)
    # Only now: a death in between leaves the file, and the next run finds it again.
    path.unlink(missing_ok=True)
    return True


@transaction.atomic
def _open(name: str, data: bytes, digest: str, message: BankMessage | None, at: datetime) -> None:
    kept, new = BankMessage.objects.get_or_create(
        outgoing=False, sha256=digest,
        defaults={
            "kind": "unread", "name": name[:120], "content_sealed": secrets.seal_bytes(data, batches.CONTENT, digest),
            "state": BankMessage.State.REFUSED, "problem": NOT_OURS if message is None else ALTERED, "at": at,
        },
    )  # fmt: skip
    details: dict[str, object] = {"file": name, "kept": kept.pk}
    if message is None:
        differences.open_one("file_not_ours", f"{name[:40]}:{digest}", at=at, message=kept, details=details)
    else:
        details["line"] = first_line_that_differs(batches.content(message), data)
        differences.open_one(
            "file_altered", f"{message.pk}:{digest}", at=at, message=message, details=details
        )
        # Written again by the rules for files that may have reached the bank already.
        exchange.keyed.update(message.pk, state=BankMessage.State.PENDING)
    if new:
        audit.write(
            by=audit.SYSTEM, action="finds", kind="bank_message", object_id=name[:64], at=at, details=details
        )
