"""Who looked at a file, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from huimin_platform.base import audit
from huimin_platform.base.audit_words import action_words
from huimin_platform.base.models import AuditLine
from huimin_platform.portal import purposes

SHOWN = 20


@dataclass(frozen=True)
class Look:
    """One look or act: when, who in which role, what, and why."""

    at: datetime
    who: str
    role: str
    what: str
    why: str


def at_file(kind: str, number: int, *, most: int = SHOWN) -> list[Look]:
    """The latest looks at a file and acts on it, the newest first."""
    return shown(audit.looks(kind, number)[:most])


def shown(lines: Iterable[AuditLine]) -> list[Look]:
    """Audit lines in words."""
    return [
        Look(
            at=line.at,
            who=str(line.by_user) if line.by_user else _("The system"),
            role=str(line.by_user.get_role_display()) if line.by_user else "",
            what=_act(line),
            why=purposes.words(line.purpose),
        )
        for line in lines
    ]


def _act(line: AuditLine) -> str:
    words = action_words(line.action)
    return _("%(act)s (refused)") % {"act": words} if line.decision == "deny" else words
