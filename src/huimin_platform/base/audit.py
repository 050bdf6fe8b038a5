"""The audit log: every act and every opening of a person's file, written in the act's own transaction."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import QuerySet

from huimin_platform.base import clock
from huimin_platform.base.models import AuditLine, User

SYSTEM = "system"
# Where the object stands in what a digest takes in.
OBJECT = 6

COLUMNS = (
    "at",
    "by",
    "by_user_id",
    "on_behalf",
    "action",
    "kind",
    "object_id",
    "purpose",
    "decision",
    "details",
    "digest",
)
# Every act writes a line, so it goes straight to the database; the model's way costs three times as much.
ADD = f"insert into base_auditline ({', '.join(COLUMNS)}) values ({', '.join(['%s'] * len(COLUMNS))}) returning id"  # noqa: S608 - put together of COLUMNS alone; values are parameters


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
    with connection.cursor() as cursor:
        said = None if details is None else json.dumps(details, ensure_ascii=False)
        cursor.execute(ADD, [*(getattr(line, name) for name in COLUMNS[:-2]), said, line.digest])
        line.pk = cursor.fetchone()[0]
    line._state.adding, line._state.db = False, connection.alias
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

    line = _alike(by, action, kind, purpose, details, at)
    before, after = (part.encode() for part in _around_object(line))
    begun = hashlib.sha256(before)
    names, digests = [], []
    for one in object_ids:
        said = begun.copy()
        said.update(_json(str(one)).encode() + after)
        names.append(str(one))
        digests.append(said.digest())
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


def about(kind: str, object_id: object, most: int) -> dict[str, QuerySet[Any]]:
    """The latest looks at an object and who looked, to be asked together with the rest of a file."""
    lines = AuditLine.objects.filter(kind=kind, object_id=str(object_id)).order_by("-at", "-id")[:most]
    return {"looks": lines, "lookers": User.objects.filter(pk__in=lines.values("by_user")).defer("password")}


def newest(wanted: dict[str, str], *, before: int | None, count: int) -> list[AuditLine]:
    """The latest lines whose fields have the wanted values, below a number if one is given."""
    lines = AuditLine.objects.filter(**wanted)
    if before is not None:
        lines = lines.filter(pk__lt=before)
    return list(lines.order_by("-pk")[:count])


def digest(line: AuditLine) -> bytes:
    """SHA-256 over what the line says."""
    return hashlib.sha256(_json(_said(line)).encode()).digest()


def _said(line: AuditLine) -> list[Any]:
    return [
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


def _around_object(line: AuditLine) -> tuple[str, str]:
    """What a digest takes in before and after the name of the object, which alone differs among lines alike."""
    said = _said(line)
    return _json(said[:OBJECT])[:-1] + ",", "," + _json(said[OBJECT + 1 :])[1:]


def _alike(
    by: User | str, action: str, kind: str, purpose: str, details: dict[str, Any] | None, at: datetime | None
) -> AuditLine:
    """What lines about many objects have in common."""
    return AuditLine(
        at=at or clock.now(),
        by=by if isinstance(by, str) else by.username,
        by_user=None if isinstance(by, str) else by,
        action=action,
        kind=kind,
        purpose=purpose,
        decision="allow",
        details=details,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
