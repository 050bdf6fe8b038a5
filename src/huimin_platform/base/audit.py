"""The audit log: every act and every opening of a person's file, written in the act's own transaction."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import polars as pl
from django.db.models import QuerySet

from huimin_platform.base import clock
from huimin_platform.base.models import AuditLine, User

SYSTEM = "system"


def write(
    *,
    by: User | str,
    action: str,
    kind: str,
    object_id: object,
    purpose: str = "",
    decision: str = "allow",
    details: dict[str, Any] | None = None,
    on_behalf: int | None = None,
    at: datetime | None = None,
) -> AuditLine:
    """The line written, in the transaction that is open."""
    line = AuditLine(
        at=at or clock.now(),
        by=by if isinstance(by, str) else by.username,
        by_user=None if isinstance(by, str) else by,
        on_behalf=on_behalf,
        action=action,
        kind=kind,
        object_id=str(object_id),
        purpose=purpose,
        decision=decision,
        details=details,
    )
    line.digest = digest(line)
    line.save(force_insert=True)
    return line


def write_many(
    *,
    by: User | str,
    action: str,
    kind: str,
    object_ids: Iterable[object],
    purpose: str = "",
    details: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """The number of lines written: one act on many objects, a line for each, by COPY."""
    from huimin_platform.base import bulk

    line = AuditLine(
        at=at or clock.now(),
        by=by if isinstance(by, str) else by.username,
        by_user=None if isinstance(by, str) else by,
        action=action,
        kind=kind,
        purpose=purpose,
        decision="allow",
        details=details,
    )
    names, digests = [], []
    for one in object_ids:
        line.object_id = str(one)
        names.append(line.object_id)
        digests.append(digest(line))
    same = {
        name: getattr(line, name)
        for name in ("at", "by", "by_user_id", "action", "kind", "purpose", "decision")
    }
    frame = pl.DataFrame({"object_id": names, "digest": digests}).with_columns(
        pl.lit(value).alias(name) for name, value in same.items() if value is not None
    )
    if details is not None:
        frame = frame.with_columns(details=pl.lit(json.dumps(details, ensure_ascii=False)))
    return bulk.copy_in(AuditLine, frame)


def looks(kind: str, object_id: object) -> QuerySet[AuditLine]:
    """Who opened or changed this object, the latest first."""
    return (
        AuditLine.objects.filter(kind=kind, object_id=str(object_id))
        .select_related("by_user")
        .order_by("-at", "-id")
    )


def newest(wanted: dict[str, str], *, before: int | None, count: int) -> list[AuditLine]:
    """The latest lines whose fields have the wanted values, below a number if one is given."""
    lines = AuditLine.objects.filter(**wanted)
    if before is not None:
        lines = lines.filter(pk__lt=before)
    return list(lines.order_by("-pk")[:count])


def digest(line: AuditLine) -> bytes:
    """SHA-256 over what the line says."""
    said = [
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        line.by,
        line.by_user_id,
        line.on_behalf,
        line.action,
        line.kind,
        line.object_id,
        line.purpose,
        line.decision,
        line.details,
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
