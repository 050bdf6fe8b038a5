"""huimin up: the pages and the worker, until stopped."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

GRACE_SECONDS = 20
RESTART_SECONDS = 1.0
QUICK_SECONDS = 5.0
QUICK_ENDS = 5
# A page that asks the database for longer has lost its reader; the worker has no such limit.
PAGE_LIMITS = {"PGOPTIONS": "-c statement_timeout=15s -c idle_in_transaction_session_timeout=60s"}
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


@dataclass
class Child:
    """A process that `up` keeps running."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_ends: int = field(default=0)

    def start(self) -> None:
        """Starts the process in a session of its own, so that Ctrl-C reaches it through us only."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            self.command,
            env=os.environ | self.environment,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )

    def restart_if_ended(self) -> None:
        """Starts it again after an end nobody asked for; gives up after five quick ends."""
        if self.process is None or self.process.poll() is None:
            return
        quick = time.monotonic() - self.started < QUICK_SECONDS
        self.quick_ends = self.quick_ends + 1 if quick else 0
        if self.quick_ends >= QUICK_ENDS:
            session.fail(
                _("The process %(name)s ends as soon as it starts. The lines above say why.")
                % {"name": self.name},
                session.ENVIRONMENT,
            )
        session.note(_("The process %(name)s ended and is started again.") % {"name": self.name})
        time.sleep(RESTART_SECONDS)
        self.start()


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port of the pages."))] = 8000,
    host: Annotated[
        str, typer.Option(help=_("Address to listen on; 0.0.0.0 lets other machines in."))
    ] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help=_("Web processes."))] = 1,
    threads: Annotated[
        int, typer.Option(min=1, max=64, help=_("Requests at a time in each web process."))
    ] = 4,
) -> None:
    """Serves until SIGINT or SIGTERM, then lets running requests and jobs end."""
    _free(host, port)
    with _stopping() as stop, session.opened():
        from django.conf import settings

        children = [
            Child("web", web_command(host, port, workers, threads), PAGE_LIMITS),
            Child("worker", worker_command()),
            Child("worker for long work", worker_command(long=True)),
        ]
        for child in children:
            child.start()
        try:
            _wait_for(host, port, children, stop)
            session.answer(
                {"url": f"http://{host}:{port}/"},
                lambda: print(
                    _("Huimin is at http://%(host)s:%(port)s/ — Ctrl-C stops it.")
                    % {"host": host, "port": port},
                    flush=True,
                ),
            )
            _watch(children, stop, settings.HUIMIN_HOME)
        finally:
            _end(children)


def work(long: Annotated[bool, typer.Option("--long")] = False) -> None:
    """A worker: takes jobs until it is told to stop, the long ones or all others. `up` starts one of each."""
    session.set_up_django()
    from huimin_platform.base.jobs import app, queues

    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(
            name="huimin-long" if long else "huimin", queues=queues(long=long), concurrency=1, shutdown_graceful_timeout=GRACE_SECONDS, listen_notify=True,
            # A look every few seconds would leave a row each for ever.
            delete_jobs="successful",
        )  # fmt: skip


def web_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """The command line of the web server."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--no-ws", "--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "256",
        "--backpressure", str(threads * 4), "--workers-kill-timeout", str(GRACE_SECONDS),
        "--respawn-failed-workers",
        "--log-level", "warning", "--no-access-log", "huimin_platform.wsgi:application",
    ]  # fmt: skip


def worker_command(*, long: bool = False) -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "huimin_platform.command", "work", *(["--long"] if long else [])]


@contextlib.contextmanager
def _stopping() -> Any:
    """An object whose `.asked` turns true when a signal asks us to stop."""

    class Stop:
        asked = False

    def ask(*_: Any) -> None:
        Stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield Stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(children: list[Child], stop: Any, home: Any) -> None:
    from huimin_platform import database

    server = None if database.external() else database.Server(home, say=session.note)
    while not stop.asked:
        time.sleep(0.3)
        for child in children:
            if not stop.asked:
                child.restart_if_ended()
        if server is not None and server.process() is None and not stop.asked:
            session.note(_("The database ended abruptly and is started again."))
            with server.starting():
                server.ensure()


def _end(children: list[Child]) -> None:
    for child in children:
        if child.process is not None and child.process.poll() is None:
            child.process.send_signal(signal.SIGTERM)
    until = time.monotonic() + GRACE_SECONDS + 5
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _wait_for(host: str, port: int, children: list[Child], stop: Any) -> None:
    """Returns when the pages answer."""
    until = time.monotonic() + 60
    target = "127.0.0.1" if host in ("0.0.0.0", "") else "::1" if host == "::" else host  # noqa: S104
    while time.monotonic() < until and not stop.asked:
        with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=1):
            return
        for child in children:
            child.restart_if_ended()
        time.sleep(0.1)
    if not stop.asked:
        session.fail(_("The pages did not answer within a minute."), session.ENVIRONMENT)


def _free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            session.fail(
                _("Port %(port)s on %(host)s cannot be used: %(problem)s. Choose another one with --port.")
                % {"port": port, "host": host, "problem": os.strerror(problem.errno or 0)},
                session.ENVIRONMENT,
            )


def _end_with_parent() -> None:
    """On Linux a child is told to stop when `up` is killed without a chance to do it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
