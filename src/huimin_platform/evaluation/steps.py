"""What evaluation takes up: the records of every stage, as the figures of the day."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.base import audit
from huimin_platform.evaluation import actions


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many figures of the day changed; a rerun with the same data changes none."""
    changed = actions.compute_figures(today=today, at=at, by=audit.SYSTEM)
    progress(f"{changed}")
    return {"figures": changed}
