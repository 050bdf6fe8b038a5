"""What cases take up from matching: entitled households get a case, open cases follow the data and the
calendar, and what the data say of decided cases begins a path.
"""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.cases import applying, keeping, opening, path_sweeps, posting_sweeps, receipts, reminders


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """How many cases were opened, steps done or started, and late steps told to the level above."""
    counts = keeping.follow_entitlements(today=today, at=at)
    counts["applied_anew"] = applying.answer_anew(today=today, at=at)
    counts |= opening.open_new(today=today, at=at)
    progress(f"opened {counts['opened']}")
    counts["completed"] = keeping.complete_from_data(at=at)
    counts["taken_down"] = posting_sweeps.take_down(today=today, at=at)
    counts["started"] = keeping.start_waiting(today=today)
    counts["posted"] = posting_sweeps.post_open(today=today, at=at)
    counts["escalated"] = keeping.escalate(today=today, at=at)
    counts["paths_begun"] = path_sweeps.begin_by_data(today=today, at=at)
    counts["paths_went_on"] = path_sweeps.go_on_when_due(today=today, at=at)
    counts["escalated"] += path_sweeps.escalate(today=today, at=at)
    counts["reminded"] = reminders.remind(at=at)
    counts |= {f"messages_{name}": count for name, count in receipts.read(at=at).items()}
    return counts
