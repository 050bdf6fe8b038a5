"""Exports asked for, taken and removed again. Which tables there are and how their rows are read is for those who stand on us."""

import secrets as chance
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from huimin_platform.base import access, audit, lake
from huimin_platform.base.models import Export, User

KEPT = timedelta(days=7)
# Who sees what others exported: those who look into who took which data.
OVERSEERS = ("auditor", "operator")
# A file below this name is in the lake once it is written.
FOLDER = "exports"
ENDED = (Export.State.DONE, Export.State.FAILED, Export.State.EXPIRED)


class NotThere(Exception):
    """The file is not written yet, or was removed when its time was over."""


def new_key() -> str:
    """A key for a form, so that sending it twice asks once."""
    return chance.token_hex(16)


def exports_for(actor: Any) -> QuerySet[Export]:
    """The actor's own exports, the latest first; everybody's for who looks into them."""
    found = Export.objects.select_related("by").order_by("-pk")
    return found if actor.role in OVERSEERS else found.filter(by=actor)


@transaction.atomic
def ask(
    *, key: str, table: str, kind: str, form: str, filters: dict[str, str], as_of: datetime | None, purpose: str,
    language: str, hidden: list[str], at: datetime, by: User,
) -> tuple[Export, bool]:  # fmt: skip
    """The export under a key, and whether it is new; `kind` is what access says of the table."""
    decision = access.allow(by, "exports", kind)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    said = {
        "table": table, "form": form, "filters": filters, "as_of": as_of, "purpose": purpose, "language": language,
        "hidden": hidden, "by": by, "asked_at": at, "expires_at": at + KEPT,
    }  # fmt: skip
    export, fresh = Export.objects.get_or_create(key=key, defaults=said)
    if not fresh and export.by_id != by.pk:
        raise access.NotAllowed
    if fresh:
        audit.write(
            by=by, action="exports", kind="export", object_id=export.pk, purpose=purpose, at=at,
            details={"table": table, "form": form, "filters": filters, "as_of": as_of and as_of.isoformat()},
        )  # fmt: skip
    return export, fresh


@transaction.atomic
def take(*, export: Export, part: int, at: datetime, by: User) -> Iterator[bytes]:
    """The bytes of one file of an export, written to the log before the first of them. Raises `NotThere`.

    Only who asked for it takes it: who looks into exports sees that there was one, not what stands in it.
    """
    if export.by_id != by.pk:
        raise access.NotAllowed((_("Only who asked for this export can take its files."),))
    if export.state != Export.State.DONE or export.expires_at <= at or not 0 <= part < len(export.parts):
        raise NotThere
    about = export.parts[part]
    details = {"part": part, "name": about["name"], "sha256": about["sha256"]}
    audit.write(
        by=by,
        action="downloads",
        kind="export",
        object_id=export.pk,
        purpose=export.purpose,
        at=at,
        details=details,
    )
    return lake.pieces(part_name(export, part), about["pieces"])


def expire(*, at: datetime) -> int:
    """How many exports were removed because their time is over."""
    ended = 0
    for export in Export.objects.filter(expires_at__lte=at).exclude(state=Export.State.EXPIRED):
        lake.delete_folder(folder(export))
        with transaction.atomic():
            Export.objects.filter(pk=export.pk).update(state=Export.State.EXPIRED, parts=[])
            audit.write(by=audit.SYSTEM, action="expires", kind="export", object_id=export.pk, at=at)
        ended += 1
    return ended


def folder(export: Export) -> str:
    """Where the lake keeps what belongs to an export."""
    return f"{FOLDER}/{export.pk}"


def part_name(export: Export, part: int) -> str:
    """What the lake calls one file of an export."""
    return f"{folder(export)}/file-{part}"


def block_name(export: Export, block: int) -> str:
    """What the lake calls one block of rows that was read for an export."""
    return f"{folder(export)}/rows-{block:06}"
