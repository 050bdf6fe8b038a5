"""What funds takes up: what the bank has said, then orders that are due, then batches that may go."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.funds import answers, batches, books, exchange, paying
from huimin_platform.funds.models import Batch


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """What was done; a rerun with nothing new does nothing. Books that disagree stop everything before
    money moves.

    Answers come first, because they free or settle money. Files that a crash kept from the bank are written
    before new ones. Every part is its own transaction: whatever dies in between, the next run goes on from
    there.
    """
    books.insist()
    counts = {"files_written": exchange.write_pending(at=at)}
    said = answers.read_all(at=at)
    counts |= {"files_read": said["files"], "settled": said["settled"], "returned": said["returned"]}
    counts["unknown"] = answers.give_up(at=at)
    progress(f"settled {said['settled']}, returned {said['returned']}")
    counts |= paying.take_up(today=today, at=at)
    counts["batches"] = len(batches.prepare(at=at))
    progress(f"payments {counts['payments']}, held {counts['held']}")
    released = Batch.objects.filter(state=Batch.State.RELEASED).order_by("pk").values_list("pk", flat=True)
    counts["sent"] = sum(batches.send(batch, at=at) for batch in list(released))
    counts["files_written"] += exchange.write_pending(at=at)
    counts["closed"] = answers.close_batches(at=at)
    books.insist()
    return counts
