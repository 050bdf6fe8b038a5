"""Withdrawal of a bad delivery 撤回: what it did ceases to count, its record stays, with by whom and why."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.intake import counting
from huimin_platform.intake.models import TAKEN, DeliveryFile


class NoReason(Exception):
    """A withdrawal needs a reason, which those whose answers change can read."""


@transaction.atomic
def withdraw(
    *, delivery: int, files: Iterable[int] = (), reason: str, at: datetime, by: User
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
    found = DeliveryFile.objects.filter(delivery=delivery, withdrawn_at=None)
    wanted = list(files)
    if wanted:
        found = found.filter(pk__in=wanted)
    gone = [file for file in found.order_by("pk") if file.state in TAKEN or file.content_id is not None]
    for file in gone:
        file.withdrawn_at, file.withdrawn_by, file.withdrawn_reason = at, by.username, reason.strip()[:500]
        file.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    changed = {dataset: counting.recount(dataset) for dataset in sorted({file.dataset for file in gone})}
    for file in gone:
        begun, ceased = changed[file.dataset]
        details = {"reason": file.withdrawn_reason, "count_again": begun, "count_no_more": ceased}
        audit.write(by=by, action="withdraws", kind="file", object_id=file.pk, at=at, details=details)
    return gone
