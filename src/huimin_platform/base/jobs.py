"""Long work done by the worker. A job is enqueued in the business transaction; a rollback takes it along.

    @jobs.task(queue="intake")
    def read_again(file_id: int) -> None: ...

    read_again.defer(file_id=7)          # inside the transaction of the act

A job may be run twice (a worker can die after its work and before it says so), so what it does must be
harmless to repeat. Each stage that has jobs keeps them in its `jobs.py`.
"""

from collections.abc import Callable
from typing import Any

from procrastinate import RetryStrategy, exceptions
from procrastinate.contrib.django import app
from procrastinate.jobs import Status
from procrastinate.tasks import Task

__all__ = ["LONG", "MOST_ATTEMPTS", "app", "every_minutes", "every_seconds", "queues", "task"]

MOST_ATTEMPTS = 5
RETRY = RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=4)
# Work of minutes has a worker of its own, so that the loop never waits for it.
LONG = "long"


def queues(*, long: bool) -> list[str]:
    """The queues of the worker for long work, or of the one for all the rest."""
    known = {task.queue for task in app.tasks.values()}
    return [LONG] if long else sorted(known - {LONG})


def task(
    *, queue: str = "default", once_waiting: str | None = None, retry: bool = True
) -> Callable[[Callable[..., None]], Task[..., None, Any]]:
    """Makes a function a job. `once_waiting` names work of which one waiting job is enough."""
    return app.task(queue=queue, queueing_lock=once_waiting, retry=RETRY if retry else False)


def every_minutes(minutes: int) -> Callable[[Task[..., Any, Any]], Any]:
    """Has the worker enqueue a job every so many minutes; the job takes the time as `timestamp`."""
    return app.periodic(cron=f"*/{minutes} * * * *")


def every_seconds(seconds: int) -> Callable[[Task[..., Any, Any]], Any]:
    """Has the worker enqueue a job every so many seconds, which divide a minute; the job takes the time as `timestamp`."""
    return app.periodic(cron=f"* * * * * */{seconds}")


def every_night(hour: int) -> Callable[[Task[..., Any, Any]], Any]:
    """Has the worker enqueue a job once a day at an hour of universal time; the job takes the time as `timestamp`."""
    return app.periodic(cron=f"30 {hour} * * *")


@every_minutes(1)
@task(queue="audit", once_waiting="audit.seal", retry=False)
def seal_audit(timestamp: int) -> None:
    """Closes the audit lines of the last minute with a seal."""
    from huimin_platform.base import sealer

    sealer.seal_new()


@every_minutes(1)
@app.task(queue="audit", queueing_lock="jobs.revive")
async def revive_jobs(timestamp: int) -> None:
    """Gives jobs of a worker that died back to the queue."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=60):
        try:
            await app.job_manager.retry_job(job)
        except exceptions.UniqueViolation:  # Another one like it waits already.
            await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
