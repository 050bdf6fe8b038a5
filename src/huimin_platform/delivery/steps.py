"""What delivery takes up from cases: approved items become grants, grants become orders when they are due, and services
are ordered from providers, whose months are settled once they are over.
"""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.base import audit
from huimin_platform.delivery import actions, following, ordering, rating, settling, twice


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many grants and orders were made or follow what became of their case; a rerun makes none."""
    counts = {"grants": 0, "orders": 0, "payees": 0, "services": 0}
    while made := actions.grant_approved(today=today, at=at, by=audit.SYSTEM):
        counts["grants"] += made
        progress(f"grants {counts['grants']}")
    counts["ended"] = following.follow_stops(at=at, by=audit.SYSTEM)
    counts["dropped"] = following.drop_orders(at=at, by=audit.SYSTEM)
    counts["moved"] = following.follow_moves(at=at, by=audit.SYSTEM)
    counts |= rating.follow_ratings(today=today, at=at, by=audit.SYSTEM)
    while made := actions.order_due(today=today, at=at, by=audit.SYSTEM):
        counts["orders"] += made
        progress(f"orders {counts['orders']}")
    counts["payees"] = actions.name_payees(today=today, at=at, by=audit.SYSTEM)
    counts["granted_twice"] = twice.tell(today=today, at=at)
    counts["proposed"] = following.propose_recoveries(at=at)
    while made := ordering.order_services(at=at):
        counts["services"] += made
    ordering.follow(today=today, at=at)
    counts["offered"] = ordering.offer(today=today, at=at)
    counts["settlements"] = settling.draw_settlements(today=today, at=at)
    return counts
