"""A file of the bank that was refused, as it came: to be sent back, and looked at by who may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.funds import batches, reach
from huimin_platform.funds.models import BankMessage, Difference
from huimin_platform.funds.refusals import NotNow, permitted

PURPOSE = "sends_back"


@dataclass(frozen=True)
class RefusedFile:
    """The name the bank gave the file, and its bytes."""

    name: str
    content: bytes


def may_take(actor: Any) -> bool:
    """Whether the actor may take such a file: one that cannot be read may name payments of any place of the house."""
    return bool(access.allow(actor, "exports", "batch")) and reach.whole_house(actor)


@transaction.atomic
def take(*, difference: int, at: datetime, by: User) -> RefusedFile | None:
    """The file behind an exception, written to the log before it is unsealed; None where the exception is about no such file.

    Raises `access.NotAllowed` for another role, and `NotNow` for who works for a part of the house only.
    """
    permitted(by, "exports", "batch")
    found = reach.differences(by, Difference.objects.select_related("message")).filter(pk=difference).first()
    message = found and found.message
    if message is None or message.state != BankMessage.State.REFUSED:
        return None
    if not reach.whole_house(by):
        raise NotNow(
            _(
                "Nobody knows yet whose payments stand in this file. Who works for the whole house can take it and send it back."
            )
        )
    audit.write(
        by=by, action="downloads", kind="bank_message", object_id=message.pk, purpose=PURPOSE, at=at,
        details={"name": message.name, "sha256": message.sha256},
    )  # fmt: skip
    return RefusedFile(message.name, batches.content(message))
