"""What stops an act on a service order before it begins."""

from django.utils.translation import gettext as _

from huimin_platform.base import access
from huimin_platform.base.models import User


class CannotBe(Exception):
    """What was asked cannot be done as things stand; the text says why and what to do."""


def permitted(by: User, action: str, *, division: str | None = None) -> None:
    """Raises `access.NotAllowed` unless the access table gives the act on service orders to this person."""
    decision = access.allow(by, action, "service_order", division=division)
    if not decision:
        raise access.NotAllowed(decision.reasons)


def insist_on_reason(reason: str) -> str:
    """The reason without spaces around it; raises `CannotBe` where none is given."""
    if not reason.strip():
        raise CannotBe(_("Write the reason; it stays in the record."))
    return reason.strip()[:500]
