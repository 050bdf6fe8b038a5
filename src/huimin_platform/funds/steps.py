"""What funds takes up: what the bank has said, then orders that are due, then batches that may go."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.funds import agenda, answers, asking, batches, books, exchange, paying, recovering


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """What was done; a rerun with nothing new does nothing. Books that disagree stop everything before
    money moves.

    Answers come first, because they free or settle money. Files that a crash kept from the bank are written
    before new ones. Every part is its own transaction: whatever dies in between, the next run goes on from
    there.
    """
    books.insist()
    todo = agenda.look(today=today, at=at)
    counts = {"files_written": exchange.write_pending(at=at) if todo.files else 0}
    said = answers.read_all(at=at)
    counts |= {"files_read": said["files"], "settled": said["settled"], "returned": said["returned"]}
    counts["unknown"] = answers.give_up(at=at) if todo.silence else 0
    counts["asked_again"] = asking.ask_again(at=at) if todo.unknown or counts["unknown"] else 0
    counts["recoveries"] = recovering.take_up(at=at) if todo.owed or todo.reversed else 0
    progress(f"settled {said['settled']}, returned {said['returned']}")
    counts |= paying.take_up(today=today, at=at) if todo.due else {"payments": 0, "held": 0}
    ready = todo.unbatched or counts["payments"]
    counts["batches"] = len(batches.prepare(at=at)) if ready else 0
    progress(f"payments {counts['payments']}, held {counts['held']}")
    counts["sent"] = batches.send_released(at=at) if todo.released or counts["batches"] else 0
    counts["files_written"] += exchange.write_pending(at=at) if counts["sent"] or counts["asked_again"] else 0
    counts["closed"] = (
        answers.close_batches(at=at) if todo.answered or said["settled"] or said["returned"] else 0
    )
    if any(counts.values()):
        books.insist()
    return counts
