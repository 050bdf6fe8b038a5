"""Withdrawal of a bad delivery 撤回: what it did ceases to count, its record stays, with by whom and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.intake import counting, queries, staging
from huimin_platform.intake.models import TAKEN, DeliveryFile


class NoReason(Exception):
    """A withdrawal needs a reason, which those whose answers change can read."""


@dataclass(frozen=True)
class Undoing:
    """What withdrawing one file by itself would undo: the files whose rows count no more, and those that count again.

    Where it changes nothing, `instead` are the files that count and came later than this one, or that bring the same rows.
    """

    file: DeliveryFile
    cease: tuple[DeliveryFile, ...]
    again: tuple[DeliveryFile, ...]
    instead: tuple[DeliveryFile, ...]


def to_withdraw(delivery: int) -> list[DeliveryFile]:
    """The files of a delivery that say something and were not withdrawn yet, by name."""
    return [each for each in queries.files(delivery=delivery) if stands(each)]


def stands(file: DeliveryFile) -> bool:
    """Whether a file says something and was not withdrawn yet."""
    return file.withdrawn_at is None and (file.state in TAKEN or file.content_id is not None)


def undoings(files: Sequence[DeliveryFile]) -> list[Undoing]:
    """What withdrawing each of some files by itself would undo."""
    datasets = sorted({file.dataset for file in files})
    now, *then = counting.would_leave(datasets, [(), *((file.pk,) for file in files)])
    known = (
        queries.files()
        .defer("profile")
        .in_bulk({pk for counted in (now, *then) for each in counted.values() for pk in each})
    )
    found = []
    for file, left in zip(files, then, strict=True):
        before, after = now[file.dataset], left[file.dataset]
        cease = tuple(known[pk] for pk in before if pk not in after)
        again = tuple(known[pk] for pk in after if pk not in before)
        own = file.content_id or file.pk
        same = [known[pk] for pk in before if pk == own]
        later = [known[pk] for pk in before if known[pk].part == file.part] or [known[pk] for pk in before]
        found.append(Undoing(file, cease, again, () if cease or again else tuple(same or later)))
    return found


def changes(files: Sequence[DeliveryFile]) -> list[staging.Change]:
    """What withdrawing some files together would change, by data set; data sets where nothing changes are left out."""
    datasets = sorted({file.dataset for file in files if file.dataset in queries.contracts()})
    now, then = counting.would_leave(datasets, [(), [file.pk for file in files]])
    known = queries.files().in_bulk(
        {pk for counted in (now, then) for each in counted.values() for pk in each}
    )
    return [
        staging.change(name, now[name], then[name], known) for name in datasets if now[name] != then[name]
    ]


@transaction.atomic
def withdraw(
    *, delivery: int, files: Iterable[int] | None = None, reason: str, at: datetime, by: User
) -> list[DeliveryFile]:
    """The files withdrawn: of a delivery those named, or all. What was withdrawn before stays as it is.

    Persons, households, facts, needs and answers follow with the next turn of the loop, which takes up what counts;
    what was answered before keeps its answer, and facts keep the days on which they were held to be so.
    """
    decision = access.allow(by, "withdraws", "delivery")
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if not reason.strip():
        raise NoReason
    counting.one_at_a_time()
    chosen = None if files is None else set(files)
    gone = sorted(
        (file for file in to_withdraw(delivery) if chosen is None or file.pk in chosen),
        key=lambda file: file.pk,
    )
    for file in gone:
        file.withdrawn_at, file.withdrawn_by, file.withdrawn_reason = at, by.username, reason.strip()[:500]
        file.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    changed = {dataset: counting.recount(dataset) for dataset in sorted({file.dataset for file in gone})}
    for file in gone:
        begun, ceased = changed[file.dataset]
        details = {"reason": file.withdrawn_reason, "count_again": begun, "count_no_more": ceased}
        audit.write(by=by, action="withdraws", kind="file", object_id=file.pk, at=at, details=details)
    return gone
