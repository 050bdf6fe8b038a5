"""What delivery takes up from cases: approved items become grants, grants become orders when they are due."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.base import audit
from huimin_platform.delivery import actions


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many grants and orders were made; a rerun makes none."""
    counts = {"grants": 0, "orders": 0, "payees": 0}
    while made := actions.grant_approved(today=today, at=at, by=audit.SYSTEM):
        counts["grants"] += made
        progress(f"grants {counts['grants']}")
    counts["ended"] = actions.follow_stops(at=at, by=audit.SYSTEM)
    counts["moved"] = actions.follow_moves(at=at, by=audit.SYSTEM)
    while made := actions.order_due(today=today, at=at, by=audit.SYSTEM):
        counts["orders"] += made
        progress(f"orders {counts['orders']}")
    counts["payees"] = actions.name_payees(today=today, at=at, by=audit.SYSTEM)
    return counts
