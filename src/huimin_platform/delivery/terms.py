"""What a policy grants, as its text says."""

from django.utils import timezone

from huimin.delivery.schedule import Terms
from huimin_platform.cases.models import CaseItem
from huimin_platform.registry.tables import book


def terms_of(item: CaseItem) -> Terms:
    """What the policy grants: an amount each month, from the month its law names, an amount at once, or a standing."""
    if not item.amount_fen:
        return Terms("status", "none")
    if item.per == "once":
        return Terms("cash", "once", starts="at_once")
    return Terms("cash", "month", starts=_starts(item))


def _starts(item: CaseItem) -> str:
    if item.policy not in book().names:
        return "next_month"
    return book().policy(item.policy, timezone.localdate(item.case.decided_at)).starts
