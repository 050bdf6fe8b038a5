"""The loop in the background: the worker of `huimin up` runs it every few minutes."""

import logging

from django.conf import settings

from huimin_platform.base import clock, jobs
from huimin_platform.portal import loop

logger = logging.getLogger(__name__)


@jobs.every_minutes(settings.HUIMIN_ADVANCE_MINUTES)
@jobs.task(queue="loop", once_waiting="loop.advance", retry=False)
def advance(timestamp: int) -> None:
    """Runs every stage once; what is not done now is done a few minutes later."""
    counts = loop.advance(today=clock.today(), at=clock.now(), progress=logger.debug)
    logger.info("The loop ran: %s", counts)
