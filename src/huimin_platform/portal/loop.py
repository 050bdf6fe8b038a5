"""One turn of the loop: each stage takes up what the one before it has left, one run at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module

from django.db import connection

from huimin_platform.intake import queries as intake
from huimin_platform.registry import tables

ORDER = ("registry", "needs", "matching", "cases", "delivery", "funds", "feedback", "evaluation")
# The stages that follow a change, and can be asked to look at everything.
FOLLOWING = ("registry", "needs", "matching")
LOCK = 4_813_016_620  # Any fixed number, the same for every process on this database.

Progress = Callable[[str], None]


def advance(
    *, today: date, at: datetime, progress: Progress, whole: bool = False, figures: bool = True
) -> dict[str, dict[str, int]]:
    """What each stage did, stage -> counts; a second run with nothing new changes nothing.

    Without `figures` the last stage, which only counts what the others did, is left out.

    With `whole` the registry resolves everything anew if it has only linked what was new since it last did, and everybody
    is asked once more whom only what changed was asked about: `missed` counts what that made another, which is nothing.

    A run that finds another one under way waits for it, so that two never interleave. A run that dies
    leaves what it finished; the lock goes with its connection and the next run takes up the rest.
    """
    done = {}
    with _alone(progress):
        tables.look_again()
        intake.look_again()
        for stage in ORDER if figures else ORDER[:-1]:
            progress(stage)
            steps = import_module(f"huimin_platform.{stage}.steps")
            anew = {"whole": whole} if stage in FOLLOWING else {}
            done[stage] = steps.advance(today=today, at=at, progress=_named(stage, progress), **anew)
    return done


def cross_check(
    *, today: date, at: datetime, progress: Progress, learn: bool = False
) -> dict[str, int | float]:
    """What a second opinion on the links brought; questions are written while no other run changes the registry.

    Only the writing waits for a run under way: comparing takes minutes where the county is large. If the registry moved
    on meanwhile, it is compared again with nothing else running.
    """
    # Splink and what it needs take a second to load.
    from huimin_platform.registry import crosschecking

    found = crosschecking.compared(at=at, progress=progress, learn=learn)
    with _alone(progress):
        intake.look_again()
        if crosschecking.moved_on(found):
            found = crosschecking.compared(at=at, progress=progress)
        return crosschecking.keep(found, today=today, at=at)


def running() -> bool:
    """Whether a run is under way now, in whatever process."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid::bigint << 32 | objid::bigint = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [LOCK],
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """Holds the loop's lock on this connection; it outlives the transactions of the stages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            progress("waiting")
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _named(stage: str, progress: Progress) -> Progress:
    return lambda text: progress(f"{stage}: {text}")
