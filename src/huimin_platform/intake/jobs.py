"""What the worker does for intake: it looks into the inbox every minute.."""

from huimin_platform.base import clock, jobs


@jobs.every_minutes(1)
@jobs.task(queue="intake", once_waiting="intake.inbox", retry=False)
def look_into_inbox(timestamp: int) -> None:
    """Takes up what lies complete in the inbox; what still grows is looked at again a minute later."""
    from huimin_platform.intake import inbox

    inbox.take_up(at=clock.now())
