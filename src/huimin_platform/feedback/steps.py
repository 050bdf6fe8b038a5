"""What feedback takes up from funds: settled payments that nobody has been asked about."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.base import audit
from huimin_platform.feedback import actions


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many questions were asked; a rerun asks none."""
    asked = actions.ask_about_settled_payments(at=at, by=audit.SYSTEM)
    progress(f"{asked}")
    return {"questions": asked}
