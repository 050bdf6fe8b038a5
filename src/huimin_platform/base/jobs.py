"""Long work done by the worker. Enqueued in the business transaction, so that a rollback takes the job with it."""

from procrastinate.contrib.django import app

__all__ = ["app"]
