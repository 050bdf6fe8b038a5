"""huimin drill: what happens to money when machines die, tried on a home of its own."""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _

app = typer.Typer(help=_("Drills on a fresh home."), no_args_is_help=True, rich_markup_mode=None)
LONGEST_S = 1.5
PATIENCE_S = 600
FILE_SIZE, PAYMENTS_A_FILE = "HUIMIN_FUNDS_BATCH_PAYMENTS", "200"
# What there must be none of: paid twice, paid or left out without a word, to another's card, to one the bank did not confirm.
WRONG = ("double", "missing", "to_another", "unverified")
VICTIMS = ("worker", "database", "bank")
SAID = {
    "payments": _("Orders"),
    "paid": _("Paid"),
    "returned": _("Came back"),
    "double": _("Paid twice"),
    "missing": _("Paid by our book only, or left out"),
    "cards_refused": _("Waiting, because the bank refused the card"),
    "to_another": _("Paid to another’s card"),
    "unverified": _("Paid to a card that the bank did not confirm"),
    "untold": _("Paid without our knowing"),
    "unknown_open": _("Of unknown outcome, on nobody’s desk"),
    "unknown_on_desk": _("Of unknown outcome, on the desk"),
    "asked_again": _("Asked again"),
    "open": _("Not answered yet"),
    "books_equal": _("The bank’s book equals ours"),
    "ledger_fen": _("Paid by our book, fen"),
    "bank_fen": _("Paid by the bank’s book, fen"),
    "seconds": _("Seconds"),
    "kills": _("Kills"),
}


@app.callback()
def drill() -> None:
    """Keeps `payments` a word of its own."""


@app.command(
    help=_("Pay many people while the worker, its database and the bank misbehave; then compare the books.")
)
def payments(
    count: Annotated[int, typer.Option("--payments", min=1, help=_("How many payments."))] = 10_000,
    kills: Annotated[int, typer.Option(min=0, help=_("How often something is killed."))] = 50,
    seed: Annotated[int, typer.Option(help=_("Another number makes another drill."))] = 1,
) -> None:
    """Exit code 1 where a fen is made, lost or paid twice."""
    if os.environ.get("DATABASE_URL"):
        session.fail(
            _("The drill kills its database: unset DATABASE_URL, it brings its own."), session.ENVIRONMENT
        )
    home = _fresh_home()
    # Many files, so that some are lost whole, and each of them is a moment to die at. The children take this over.
    os.environ.setdefault(FILE_SIZE, PAYMENTS_A_FILE)
    began, chance = time.monotonic(), random.Random(seed)  # noqa: S311 - no secret hangs on it
    _done(home, "seed", str(count))
    bank, workers = _Bank(home, seed), _Workers(home)
    try:
        for kill in range(kills):
            worker = workers.start(kill)
            _kill(home, worker, bank, chance.uniform(0.0, LONGEST_S), chance.choice(VICTIMS))
        _done(home, "work", str(kills))
    finally:
        workers.close()
        bank.kill()
    found = json.loads(_done(home, "books", str(seed))) | {
        "seconds": round(time.monotonic() - began, 1),
        "kills": kills,
    }
    session.answer(found, lambda: show(found))
    if not found["books_equal"] or any(found[name] for name in WRONG):
        raise typer.Exit(session.PROBLEMS)


def show(found: dict[str, Any]) -> None:
    """Prints what the books say."""
    truths = {True: _("yes"), False: _("no")}
    for name, value in found.items():
        said = truths[value] if isinstance(value, bool) else f"{value:,}"
        print(f"{SAID[name]}: {said}")


def _fresh_home() -> Path:
    home = session.OPTIONS.home
    if home is None:
        session.fail(_("Name a fresh folder with --home: the drill fills it with made-up payments."))
    # Also a home whose database is elsewhere: the drill writes payment files into its exchange folder.
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        words = _("%(home)s is in use. Name an empty folder, or one that is not there yet.")
        session.fail(words % {"home": home})
    return home


def _child(home: Path, *act: str) -> list[str]:
    return [sys.executable, "-m", "huimin_platform.command.drilling", str(home), *act]


def _done(home: Path, *act: str) -> str:
    """What an act printed last; it must end well."""
    result = subprocess.run(  # noqa: S603 - our own program
        _child(home, *act), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    if result.returncode:
        session.fail(f"{act[0]}: {result.stderr.strip()[-2000:]}", session.UNFORESEEN)
    return result.stdout.strip().splitlines()[-1]


class _Bank:
    """The bank as a process of its own, started anew after it was killed."""

    def __init__(self, home: Path, seed: int) -> None:
        self._command = _child(home, "bank", str(seed))
        self._process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own program

    def kill(self) -> None:
        """Ends it without a word. A bank that has ended by itself is a fault of the drill, and is told."""
        if self._process.poll() is not None:
            session.fail(_("The drill’s bank ended by itself."), session.UNFORESEEN)
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Kills it and starts it again over the same book."""
        self.kill()
        self._process = self._started()


class _Workers:
    """Workers, one after the other, each a process of its own.

    They are forked from one that has loaded the program, so that a drill spends its time on dying and not on loading.
    """

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            _child(home, "workers"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self, number: int) -> psutil.Process:
        """A worker that has begun to work."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        print(number, file=stdin, flush=True)
        # The one before may have come to its end before it could be killed.
        while (worker := stdout.readline().strip()) == "done":
            pass
        if not worker or stdout.readline().strip() != "ready":
            session.fail(_("A worker of the drill did not begin to work."), session.UNFORESEEN)
        return psutil.Process(int(worker))

    def close(self) -> None:
        """No worker is wanted any more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)


def _kill(home: Path, worker: psutil.Process, bank: _Bank, after_s: float, victim: str) -> None:
    """Lets the worker pay for a while, then kills it, its database under it or the bank it deals with, without a word."""
    time.sleep(after_s)
    if victim == "bank":
        bank.restart()
        time.sleep(after_s)
    for each in _server(home) if victim == "database" else []:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    if victim == "database":
        with suppress(psutil.TimeoutExpired):
            worker.wait(30)
    with suppress(psutil.NoSuchProcess):
        worker.kill()


def _server(home: Path) -> list[psutil.Process]:
    """The database server of the home with all its processes."""
    try:
        found = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
        return [found, *found.children(recursive=True)] if "postgres" in found.name() else []
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return []
