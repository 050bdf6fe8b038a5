"""Long work done by the worker. A job is enqueued in the business transaction; a rollback takes it along.

from huimin_platform.base.jobs import app

@app.task(queue="default", pass_context=False) def read_again(file_id: int) -> None: ...

read_again.defer(file_id=7) # inside the transaction of the act
"""

from procrastinate.contrib.django import app

from huimin_platform.base import sealer

__all__ = ["app"]


@app.periodic(cron="* * * * *")
@app.task(queue="audit", queueing_lock="audit.seal")
def seal_audit(timestamp: int) -> None:
    """Closes the audit lines of the last minute with a seal."""
    sealer.seal_new()
