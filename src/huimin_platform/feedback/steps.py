"""What feedback takes up: settled payments and services that nobody has been asked about, and what was said of providers."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.base import audit
from huimin_platform.feedback import actions


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many questions were asked, and how many providers are rated anew; a rerun asks none and rates none."""
    asked = actions.ask_about_settled_payments(at=at, by=audit.SYSTEM)
    asked += actions.ask_about_services(today=today, at=at, by=audit.SYSTEM)
    rated = actions.rate_providers(today=today, at=at, by=audit.SYSTEM)
    progress(f"{asked}")
    return {"questions": asked, "ratings": rated}
