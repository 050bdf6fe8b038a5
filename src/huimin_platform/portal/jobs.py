"""The loop in the background: the worker of `huimin up` runs it every few minutes, and at once when data came.

Every process learns of the jobs when it starts, and only the worker does them: what they need is imported by them.
"""

import logging

from django.conf import settings

from huimin_platform.base import api_answers, clock, exports, jobs
from huimin_platform.portal import loop

# Somebody whose circumstances changed has a case within a minute, so the look for new data leaves the loop most of it.
LOOK_SECONDS = 5

# Half past two at night in China, when nobody sends anything.
NIGHT_HOUR = 18
# An hour later, when everything is resolved anew.
SECOND_OPINION_HOUR = 19

logger = logging.getLogger(__name__)


@jobs.every_minutes(settings.HUIMIN_ADVANCE_MINUTES)
@jobs.task(queue="loop", once_waiting="loop.advance", retry=False)
def advance(timestamp: int) -> None:
    """Runs every stage once; what is not done now is done a few minutes later."""
    logger.info("The loop ran: %s", _turn())


@jobs.every_seconds(LOOK_SECONDS)
@jobs.task(queue="loop", once_waiting="loop.look", retry=False)
def look(timestamp: int) -> None:
    """Runs every stage if rows, decisions or verified facts have come since the last turn of this worker; else does nothing."""
    from huimin_platform.registry import steps as registry

    if _taken_up.get("inputs") == registry.inputs():
        return
    logger.info("The loop ran on what came: %s", _turn())


@jobs.every_minutes(settings.HUIMIN_ADVANCE_MINUTES)
@jobs.task(queue=jobs.LONG, once_waiting="loop.figures", retry=False)
def figures(timestamp: int) -> None:
    """Computes the figures of the day beside the loop, so that no row waits for them."""
    from huimin_platform.evaluation import steps as evaluation

    counts = evaluation.advance(today=clock.today(), at=clock.now(), progress=logger.debug)
    logger.info("Figures were computed: %s", counts)


@jobs.task(queue=jobs.LONG)
def make_export(export_id: int) -> None:
    """Makes an export; after the last of several failures it is said to have failed."""
    from huimin_platform.portal import exporting

    try:
        exporting.make(export_id, clock.now)
    except Exception:
        logger.exception("Export %s broke off.", export_id)
        exporting.broke_off(export_id)
        raise


@jobs.every_minutes(30)
@jobs.task(queue=jobs.LONG, once_waiting="exports.expire", retry=False)
def expire_exports(timestamp: int) -> None:
    """Removes exports whose time is over, and answers that nobody asks for again."""
    exports.expire(at=clock.now())
    api_answers.expire(at=clock.now())


@jobs.every_night(NIGHT_HOUR)
@jobs.task(queue="loop", once_waiting="loop.anew", retry=False)
def anew(timestamp: int) -> None:
    """Runs every stage with the registry resolved anew, if only what was new was linked since the last time."""
    logger.info("The loop ran on everything: %s", _turn(whole=True))


@jobs.every_night(SECOND_OPINION_HOUR)
@jobs.task(queue=jobs.LONG, once_waiting="loop.cross_check", retry=False)
def cross_check(timestamp: int) -> None:
    """Has Splink look at who is who, and puts where it disagrees on the review desk."""
    from huimin.registry.crosscheck import TooFewRows

    try:
        counts = loop.cross_check(today=clock.today(), at=clock.now(), progress=logger.debug)
    except TooFewRows as few:
        logger.warning("No second opinion tonight: %s", few)
        return
    logger.info("The second opinion: %s", counts)


def _turn(*, whole: bool = False) -> dict[str, dict[str, int]]:
    """One turn of the loop on what had come when it began."""
    from huimin_platform.registry import steps as registry

    inputs = registry.inputs()
    counts = loop.advance(
        today=clock.today(), at=clock.now(), progress=logger.debug, whole=whole, figures=False
    )
    _taken_up["inputs"] = inputs
    return counts


# What the last turn of this process has taken up; a new worker looks at everything once.
_taken_up: dict[str, str] = {}
