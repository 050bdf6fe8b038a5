"""The watched inbox: a folder or object store into which departments put files; complete ones are taken up and moved."""

import json
import posixpath
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
from django.conf import settings
from django.utils import timezone

from huimin.tables.problem import text
from huimin_platform.base import audit, scratch
from huimin_platform.intake import actions, queries
from huimin_platform.intake.inbox_models import InboxFile
from huimin_platform.intake.models import TAKEN, DeliveryFile, FileState

# A file whose size has not changed for so long is complete, unless its sender marks complete ones.
SETTLED = timedelta(seconds=20)
DONE = ".done"
UNFINISHED = (".part", ".tmp", ".uploading", ".filepart", ".crdownload", ".draft")
TAKEN_FOLDER, REFUSED_FOLDER = "taken", "refused"
REPORT = ".report.json"


def take_up(*, at: datetime) -> list[DeliveryFile]:
    """What became of the complete files of the inbox, which lie in `taken` or `refused` now, a report beside each.

    A second look changes nothing. One that dies midway leaves files where they were; the next look finds their
    content known, and only moves them.
    """
    if not settings.HUIMIN_INBOX:
        return []
    files, root = fsspec.core.url_to_fs(settings.HUIMIN_INBOX)
    complete = _complete(files, root, at)
    if not complete:
        return []
    size = sum(files.size(posixpath.join(root, name)) or 0 for name in complete)
    with scratch.folder(size) as folder:
        for name in complete:
            local = Path(folder, name)
            local.parent.mkdir(parents=True, exist_ok=True)
            files.get_file(posixpath.join(root, name), str(local))
        delivery = actions.receive(paths=[folder], at=at, by=audit.SYSTEM, name=f"inbox/{complete[0]}")
    assert delivery is not None
    found = {file.name: file for file in queries.files(delivery=delivery.pk)}
    for name in complete:
        _move(files, root, name, found[name[-actions.NAME_LENGTH :]], at)
    InboxFile.objects.filter(path__in=complete).delete()
    return list(found.values())


def _complete(files: Any, root: str, at: datetime) -> list[str]:
    """The files that nobody writes to any more: marked with `.done` beside them, or of the same size for a while."""
    if not files.exists(root):
        return []
    files.invalidate_cache()
    sizes = {
        path[len(root) :].lstrip("/"): int(details["size"] or 0)
        for path, details in files.find(root, detail=True).items()
    }
    known = {each.path: each for each in InboxFile.objects.all()}
    complete = []
    for name, size in sorted(sizes.items()):
        if not _meant(name):
            continue
        before = known.get(name)
        if f"{name}{DONE}" in sizes or (
            before is not None and before.size == size and at - before.seen_at >= SETTLED
        ):
            complete.append(name)
        elif before is None or before.size != size:
            InboxFile.objects.update_or_create(path=name, defaults={"size": size, "seen_at": at})
    InboxFile.objects.exclude(path__in=sizes).delete()
    return complete


def _meant(name: str) -> bool:
    """Whether a name is that of a delivery: no marker, no leftover, nothing half sent, nothing taken up before."""
    first, last = name.split("/")[0], name.rpartition("/")[2]
    if first in (TAKEN_FOLDER, REFUSED_FOLDER) or len(name) > actions.NAME_LENGTH:
        return False
    return not last.startswith(actions.LEFTOVERS) and not last.lower().endswith((DONE, *UNFINISHED))


def _move(files: Any, root: str, name: str, file: DeliveryFile, at: datetime) -> None:
    """Moves a file to where it belongs, the report first, so that nothing lies there without one."""
    folder = TAKEN_FOLDER if file.state in (*TAKEN, FileState.REPEATED) else REFUSED_FOLDER
    target = posixpath.join(root, folder, timezone.localdate(at).isoformat(), name)
    if files.exists(target):
        stem, dot, ending = target.rpartition(".")
        target = f"{stem}.{file.delivery_id}{dot}{ending}"
    files.makedirs(posixpath.dirname(target), exist_ok=True)
    with files.open(f"{target}{REPORT}", "wb") as report:
        report.write(json.dumps(report_of(file), ensure_ascii=False, indent=1).encode())
    files.mv(posixpath.join(root, name), target)
    marker = posixpath.join(root, f"{name}{DONE}")
    if files.exists(marker):
        files.rm(marker)


def report_of(file: DeliveryFile) -> dict[str, Any]:
    """What became of a file and what is wrong with it, by kind, in both languages. No cell of a person stands in it."""

    def said(code: str, params: dict[str, Any]) -> dict[str, str]:
        return {language: text(code, params, language) for language in ("zh-hans", "en")}

    return {
        "delivery": file.delivery_id, "name": file.name, "data_set": file.dataset, "state": file.state,
        "rows_accepted": file.rows_accepted, "rows_refused": file.rows_refused,
        "message": said(file.message_code, file.message_params) if file.message_code else None,
        "problems": [
            {
                "severity": group.severity, "column": group.column, "count": group.count,
                "first_line": group.first_line, "message": said(group.code, group.params),
            }
            for group in queries.groups_of(file)
        ],
    }  # fmt: skip
