"""The outbox of messages: who has a new notice hears of it by telephone, once; who has none, from an officer.

Rows and the sealed file are one transaction; the file is written after it, and again after a crash under the same name with
the same numbers, by which a gateway knows what it has sent.
"""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from huimin.cases import reminders
from huimin_platform.base import access, audit, secrets
from huimin_platform.base.models import User
from huimin_platform.base.places import division_names
from huimin_platform.cases import path_queries
from huimin_platform.cases.models import Notice, Reminder, ReminderFile
from huimin_platform.cases.reminder_models import NOT_REACHED
from huimin_platform.supply.queries import department_name

CONTENT = "cases.reminderfile.content"
# Where messages are switched on later, nobody is told of what is past; nor of what is long past where they were off
# meanwhile. A worker that stands still over the longest holidays forgets nobody.
FRESH, LONG_PAST = timedelta(days=3), timedelta(days=30)
MOST_A_FILE = 5_000
COUNTY_DIGITS = 6


def folder() -> Path:
    """Where the gateway takes its files from."""
    return Path(settings.HUIMIN_HOME) / "messages" / "out"


def remind(*, at: datetime) -> int:
    """How many new notices were taken up, where this house sends messages: told by one, or put on the list of whom an
    officer tells.
    """
    if not settings.HUIMIN_MESSAGES:
        return 0
    made = 0
    while part := _make(at):
        made += part
    _write_pending(at)
    return made


@transaction.atomic
def told(*, reminder: int, at: datetime, by: User) -> Reminder:
    """That an officer has told the person; twice changes nothing."""
    found = Reminder.objects.select_for_update(of=("self",)).select_related("notice__case").get(pk=reminder)
    decision = access.allow(by, "answers", "notice", division=found.notice.case.division)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if found.state in NOT_REACHED:
        found.state, found.told_by, found.told_at = Reminder.State.TOLD, by, at
        found.save(update_fields=["state", "told_by", "told_at"])
        audit.write(by=by, action="answers", kind="notice", object_id=found.notice_id, at=at)
    return found


def reminders_for(actor: Any) -> QuerySet[Reminder]:
    """All there are on cases of the actor's division."""
    return access.scope(actor, Reminder.objects.all(), "notice__case__division")


def unreached(actor: Any) -> QuerySet[Reminder]:
    """Whom no message reaches, on cases of the actor's division, the longest waiting first."""
    found = reminders_for(actor).filter(state__in=NOT_REACHED)
    found = found.select_related("notice__case", "notice__person").defer("notice__text")
    return found.order_by("at", "pk")


@transaction.atomic
def _make(at: datetime) -> int:
    first = Reminder.objects.order_by("pk").values_list("at", flat=True).first()
    since = max((first or at) - FRESH, at - LONG_PAST)
    new = (
        Notice.objects.filter(reminder=None, issued_at__gt=since, issued_at__lte=at)
        .exclude(person=None)
        .select_related("person", "case")
        .order_by("pk")
    )
    notices = list(new[:MOST_A_FILE])
    reached = [each for each in notices if each.person.phone_sealed and each.person.died_on is None]  # pyright: ignore[reportOptionalMemberAccess]
    file = _file(reached, at) if reached else None
    ready = {each.pk for each in reached}
    Reminder.objects.bulk_create(
        [
            Reminder(
                notice=each, at=at, file=file if each.pk in ready else None,
                state=Reminder.State.HANDED if each.pk in ready else Reminder.State.UNREACHED,
            )
            for each in notices
        ],
        batch_size=1000,
    )  # fmt: skip
    return len(notices)


def _file(notices: Sequence[Notice], at: datetime) -> ReminderFile:
    today = timezone.localdate(at)
    day = f"M{today:%Y%m%d}"
    name = f"{day}-{ReminderFile.objects.filter(name__startswith=day).count() + 1:03d}.csv"
    places = division_names({_county(each) for each in notices})
    lines = []
    for each in notices:
        phone = secrets.unseal(each.person.phone_sealed, "registry.person.phone", each.person_id)  # pyright: ignore[reportOptionalMemberAccess, reportArgumentType]
        office = f"{places.get(_county(each), '')}{department_name(each.case.department)}"
        reply_by = each.reply_by if each.reply_by and each.reply_by >= today else None
        words = reminders.text(office, path_queries.check_code(each), reply_by)
        lines.append(reminders.Reminder(each.pk, phone, words))
    content = secrets.seal_bytes(reminders.write(lines), CONTENT, name)
    audit.write(
        by=audit.SYSTEM,
        action="sends",
        kind="notice",
        object_id=name,
        details={"messages": len(lines)},
        at=at,
    )
    return ReminderFile.objects.create(name=name, content_sealed=content, count=len(lines), made_at=at)


def _write_pending(at: datetime) -> None:
    for file in ReminderFile.objects.filter(written_at=None).order_by("pk"):
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder() / f".{file.name}.part"
        with draft.open("wb") as stream:
            stream.write(secrets.unseal_bytes(file.content_sealed, CONTENT, file.name))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(folder() / file.name)
        ReminderFile.objects.filter(pk=file.pk).update(written_at=at)


def _county(notice: Notice) -> str:
    return notice.case.division[:COUNTY_DIGITS].ljust(12, "0")
