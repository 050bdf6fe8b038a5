"""Where a process can die: before and after every commit, and before and after every file it hands over."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from hypothesis import strategies as st

from huimin_platform.funds import exchange

POINT = st.tuples(st.sampled_from(["before commit", "after commit"]), st.integers(0, 12)) | st.tuples(
    st.sampled_from(["before file", "after file"]), st.integers(0, 2)
)
# A process that dies takes its connection along. What differs from a rollback is little and costs much, so
# that one death in so many is tried in full.
RECONNECTS_EVERY = 40


class Crash(BaseException):
    """The process dies here."""


class CrashPoints:
    """Dies at the n-th point of a kind."""

    def __init__(self) -> None:
        self.kind, self.left, self.deaths = "", 0, 0

    def pass_by(self, kind: str) -> None:
        """A point of this kind is reached."""
        if kind == self.kind:
            self.left -= 1
            if self.left < 0:
                self.kind = ""
                raise Crash

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Plants the points into Django's outermost transactions and into the exchange folder."""
        leave, write, aside = transaction.Atomic.__exit__, exchange._write_whole, exchange.lay_aside

        def leaving(block: Any, kind: Any, value: Any, trace: Any) -> None:
            outermost = len(connection.atomic_blocks) == 1 and kind is None
            if outermost:
                try:
                    self.pass_by("before commit")
                except Crash as crash:
                    leave(block, Crash, crash, None)
                    raise
            leave(block, kind, value, trace)
            if outermost:
                self.pass_by("after commit")

        def around(act: Any) -> Any:
            def acting(*arguments: Any) -> None:
                self.pass_by("before file")
                act(*arguments)
                self.pass_by("after file")

            return acting

        transaction.Atomic.__exit__ = leaving
        exchange._write_whole, exchange.lay_aside = around(write), around(aside)
        try:
            yield
        finally:
            transaction.Atomic.__exit__ = leave
            exchange._write_whole, exchange.lay_aside = write, aside

    @contextmanager
    def dying_at(self, point: tuple[str, int] | None) -> Iterator[None]:
        """Dies at the point, if it is reached; another process goes on."""
        self.kind, self.left = point or ("", 0)
        try:
            yield
        except Crash:
            self.deaths += 1
            if self.deaths % RECONNECTS_EVERY == 0:
                connection.close()
        finally:
            self.kind = ""
