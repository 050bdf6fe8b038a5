"""What the worker does for intake: it looks into the inbox every few seconds."""

from huimin_platform.base import clock, jobs

# Somebody whose circumstances changed has a case within a minute, however the row came.
LOOK_SECONDS = 5


@jobs.every_seconds(LOOK_SECONDS)
@jobs.task(queue="intake", once_waiting="intake.inbox", retry=False)
def look_into_inbox(timestamp: int) -> None:
    """Takes up what lies complete in the inbox; what still grows is looked at again."""
    from huimin_platform.intake import inbox

    inbox.take_up(at=clock.now())
