"""What funds takes up: what the bank has said, then orders that are due, then batches that may go."""

from collections.abc import Callable
from datetime import date, datetime

from huimin_platform.funds import (
    agenda,
    answers,
    asking,
    batches,
    books,
    exchange,
    outbox,
    paying,
    recovering,
    verifying,
)
from huimin_platform.funds.limits import limits


def advance(*, today: date, at: datetime, progress: Callable[[str], None]) -> dict[str, int]:
    """What was done; a rerun with nothing new does nothing. Books that disagree stop everything before
    money moves.

    Answers come first, because they free or settle money. Files that a crash kept from the bank are written
    before new ones. Every part is its own transaction: whatever dies in between, the next run goes on from
    there.
    """
    books.insist()
    counts = {"files_altered": outbox.look(at=at)}
    todo = agenda.look(today=today, at=at)
    counts["files_written"] = exchange.write_pending(at=at) if todo.files else 0
    said = answers.read_all(at=at)
    counts |= {"files_read": said["files"], "settled": said["settled"], "returned": said["returned"]}
    counts["cards_answered"] = said["cards"]
    counts["unknown"] = answers.give_up(at=at) if todo.silence else 0
    counts["asked_again"] = asking.ask_again(at=at) if todo.unknown or counts["unknown"] else 0
    counts |= _cards(todo, at, doubtful=todo.unknown or bool(counts["unknown"]))
    counts["recoveries"] = recovering.take_up(at=at) if todo.owed or todo.reversed else 0
    progress(f"settled {said['settled']}, returned {said['returned']}")
    counts |= paying.take_up(today=today, at=at) if todo.due else {"payments": 0, "held": 0}
    ready = todo.unbatched or counts["payments"]
    counts["batches"] = len(batches.prepare(at=at)) if ready else 0
    progress(f"payments {counts['payments']}, held {counts['held']}")
    counts["sent"] = batches.send_released(at=at) if todo.released or counts["batches"] else 0
    counts["files_written"] += exchange.write_pending(at=at) if _wrote(counts) else 0
    counts["closed"] = (
        answers.close_batches(at=at) if todo.answered or said["settled"] or said["returned"] else 0
    )
    if any(counts.values()):
        books.insist()
    return counts


def _cards(todo: agenda.Agenda, at: datetime, *, doubtful: bool) -> dict[str, int]:
    """How many cards the bank is asked about, for the first time or again, where it can be asked at all. `doubtful`: payments are of unknown outcome."""
    counts = {"cards_unknown": 0, "cards_asked": 0}
    if not limits().card_check:
        return counts
    counts["cards_unknown"] = verifying.give_up(at=at) if todo.card_silence else 0
    if todo.cards_unknown or counts["cards_unknown"]:
        counts["cards_asked"] += verifying.ask_again(at=at)
    if todo.orders or todo.unbatched or doubtful:
        counts["cards_asked"] += verifying.ask(at=at)
    return counts


def _wrote(counts: dict[str, int]) -> bool:
    """Whether this turn has put a file into the outbox."""
    return any(counts[name] for name in ("sent", "asked_again", "cards_asked"))
