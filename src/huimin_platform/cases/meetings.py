"""Joint meetings: minutes recorded once, what was decided followed up until it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.cases.guards import CannotBe
from huimin_platform.cases.models import Case, FollowUp, Meeting
from huimin_platform.supply.queries import departments

MOST_SHOWN = 100


@dataclass(frozen=True)
class Agreed:
    """One thing a meeting decided: what, which department does it, until when."""

    what: str
    department: str
    due_on: date


@transaction.atomic
def record(
    *,
    key: UUID,
    division: str,
    subject: str,
    held_on: date,
    attended: Sequence[str],
    minutes: str,
    agreed: Sequence[Agreed],
    at: datetime,
    by: User,
    case: Case | None = None,
) -> Meeting:
    """The meeting as recorded; the same key again records nothing. With `case` it is the joint review of that case."""
    known = Meeting.objects.filter(key=key).first()
    if known is not None:
        return known
    decision = access.allow(by, "decides", "meeting", division=case.division if case else division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    codes = departments()
    strange = [code for code in (*attended, *(each.department for each in agreed)) if code not in codes]
    if strange:
        raise CannotBe(_("There is no department “%(code)s”.") % {"code": strange[0]})
    if len(set(attended)) < 2:
        raise CannotBe(_("A joint meeting has at least two departments."))
    if not subject.strip() or not minutes.strip():
        raise CannotBe(_("Write the subject and the minutes."))
    if held_on > at.date():
        raise CannotBe(_("The meeting has not been held yet."))
    meeting = Meeting.objects.create(
        key=key, division=case.division if case else division, case=case, held_on=held_on,
        subject=subject.strip(), departments=list(dict.fromkeys(attended)), minutes=minutes.strip(), by=by, at=at,
    )  # fmt: skip
    FollowUp.objects.bulk_create(
        [
            FollowUp(meeting=meeting, what=each.what, department=each.department, due_on=each.due_on)
            for each in agreed
        ]
    )
    kind, number = ("case", case.number) if case else ("meeting", meeting.pk)
    audit.write(
        by=by, action="meets", kind=kind, object_id=number, details={"reason": meeting.subject}, at=at
    )
    return meeting


@transaction.atomic
def finish(*, follow_up: int, result: str, at: datetime, by: User) -> FollowUp:
    """The follow-up done, with what came of it; twice changes nothing."""
    found = FollowUp.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=follow_up)
    if found.done_at is not None:
        return found
    decision = access.allow(by, "decides", "meeting", division=found.meeting.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if not may_finish(by, found, found.meeting):
        raise access.NotAllowed((_("This belongs to another department."),))
    if not result.strip():
        raise CannotBe(_("Write what came of it."))
    found.result, found.done_by, found.done_at = result.strip(), by, at
    found.save(update_fields=["result", "done_by", "done_at"])
    audit.write(
        by=by,
        action="closes",
        kind="meeting",
        object_id=found.meeting_id,
        details={"what": found.what},
        at=at,
    )
    return found


def may_finish(by: User, follow_up: FollowUp, meeting: Meeting) -> bool:
    """Whether somebody may say what came of it: an officer of the place, at the county of the department it is with."""
    allowed = bool(access.allow(by, "decides", "meeting", division=meeting.division))
    return allowed and (by.role != "county" or by.department in ("", follow_up.department))


def left_to_do(actor: Any) -> list[FollowUp]:
    """What meetings of the actor's division decided and is not done, the one due first in front; at most a hundred."""
    found = FollowUp.objects.filter(done_at=None).select_related("meeting").order_by("due_on", "pk")
    return list(access.scope(actor, found, "meeting__division")[:MOST_SHOWN])


def meetings_for(actor: Any) -> QuerySet[Meeting]:
    """The meetings of the actor's division with how much is left to do, the newest first."""
    left = Count("follow_ups", filter=Q(follow_ups__done_at=None))
    return access.scope(actor, Meeting.objects.select_related("by", "case").annotate(left=left)).order_by(
        "-held_on", "-pk"
    )
