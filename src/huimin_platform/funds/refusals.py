"""What stops an act of the funds stage before it begins: it is not this person's, not now, or without a reason."""

from django.utils.translation import gettext as _

from huimin_platform.base import access
from huimin_platform.base.models import User


class NotNow(Exception):
    """What was asked cannot be done as things stand; the text says why and what to do."""


def permitted(by: User, action: str, kind: str) -> None:
    """Raises `access.NotAllowed` unless the access table gives the act to this person."""
    decision = access.allow(by, action, kind)
    if not decision:
        raise access.NotAllowed(decision.reasons)


def insist_on_reason(reason: str) -> None:
    """Raises `NotNow` where no reason is given."""
    if not reason.strip():
        raise NotNow(_("Write the reason; it stays in the record."))
