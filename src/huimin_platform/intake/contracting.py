"""Contracts of a place: written by one person, checked at once, signed by another. No code, no restart."""

import re
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.tables.contract import NAME, Contract
from huimin.tables.document import DocumentError
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.intake import contracts
from huimin_platform.intake.contract_models import ContractText


class NotSigned(Exception):
    """A contract cannot be put forward or signed so; the message says why."""


def checked(*, name: str, text: str) -> Contract:
    """The contract that a text says, beside all others of this installation. `NotSigned` names key and cure."""
    if not re.fullmatch(NAME, name):
        raise NotSigned(_("Name the data set in small letters, digits and _, such as forest_subsidies."))
    try:
        return contracts.with_text(name, text)[name]
    except DocumentError as problem:
        raise NotSigned(problem.say(get_language() or "zh-hans")) from None


@transaction.atomic
def put(*, name: str, text: str, reason: str, at: datetime, by: User) -> ContractText:
    """The text put before a second person; the same text that waits already changes nothing."""
    contract = checked(name=name, text=text)
    if not reason.strip():
        raise NotSigned(_("Say on what the data set rests, for example the number of the agreement."))
    waiting = ContractText.objects.filter(name=name, text=text, published=None, by=by).first()
    if waiting is not None:
        return waiting
    kept = ContractText.objects.create(
        name=name, version=contract.version, text=text, reason=reason.strip(), by=by, at=at
    )
    details = {"data_set": name, "version": contract.version}
    audit.write(by=by, action="proposes", kind="contract", object_id=kept.pk, at=at, details=details)
    return kept


@transaction.atomic
def sign(*, contract: int, publish: bool, reason: str, at: datetime, by: User) -> ContractText:
    """The text signed or refused. Nobody signs what they wrote, and nothing is signed twice."""
    with connection.cursor() as cursor:
        # Two texts that each stand alone may not stand together; they are signed one after the other.
        cursor.execute("lock table intake_contracttext in share row exclusive mode")
    kept = ContractText.objects.select_for_update(of=("self",)).get(pk=contract)
    if kept.by_id == by.pk:
        raise NotSigned(_("Another person than the one who wrote it has to sign."))
    if kept.published is not None:
        if kept.published == publish and kept.signed_by_id == by.pk:
            return kept
        raise NotSigned(_("Somebody else has decided on this contract already."))
    if not publish and not reason.strip():
        raise NotSigned(_("Say why the contract is refused."))
    if publish:
        contracts.look_again()
        checked(name=kept.name, text=kept.text)
    kept.published, kept.answer, kept.signed_by, kept.signed_at = publish, reason.strip()[:500], by, at
    kept.save(update_fields=["published", "answer", "signed_by", "signed_at"])
    audit.write(
        by=by, action="signs" if publish else "refuses", kind="contract", object_id=kept.pk, at=at,
        details={"data_set": kept.name, "version": kept.version},
    )  # fmt: skip
    contracts.look_again()
    transaction.on_commit(contracts.look_again)
    return kept
