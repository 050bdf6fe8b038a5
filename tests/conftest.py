"""One throw-away home for a test run: an embedded PostgreSQL server in it, one database a worker."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# `--hypothesis-profile full`: stories of money that fail are made as short as they can be, which takes minutes.
# How long an example takes says how busy the machine is, not whether the code is right.
UNTIMED: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("usual", **UNTIMED)
hypothesis.settings.register_profile("full", **UNTIMED)
hypothesis.settings.load_profile("usual")

# Set before Django reads its settings; the workers of pytest-xdist inherit both.
os.environ["DJANGO_SETTINGS_MODULE"] = "huimin_platform.settings"
if "HUIMIN_TEST_HOME" not in os.environ:
    os.environ["HUIMIN_TEST_HOME"] = tempfile.mkdtemp(prefix="huimin-test-")
for name in [name for name in os.environ if name.startswith("HUIMIN_") and name != "HUIMIN_TEST_HOME"]:
    del os.environ[name]
os.environ["HUIMIN_HOME"] = os.environ["HUIMIN_TEST_HOME"]
# The temporary directories of tests too: pytest closes a directory that it shares with other runs to all but its
# owner whenever a run begins, and servers of databases that lie in it would stop finding their files.
os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["HUIMIN_TEST_HOME"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Loads the settings, so that pytest-django sets Django up before tests are collected."""
    from django.conf import settings

    assert settings.DATABASES
    # Every client of a test has a site of its own, which would read about all static files before its first page.
    settings.WHITENOISE_AUTOREFRESH = True
    if not hasattr(config, "workerinput"):
        sweep()


def sweep() -> None:
    """Stops servers that test runs left behind because they were killed; a lock that is free says so."""
    from huimin_platform import database

    for home in Path(tempfile.gettempdir()).glob("huimin-test-*"):
        with contextlib.suppress(OSError), (home / "run" / "users").open("r+") as users:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            database.Server(home).stop()
            shutil.rmtree(home, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller removes the home when all workers have left."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["HUIMIN_TEST_HOME"], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says what tests that try a great many things came through: a run that did nothing passes too."""
    reached: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, counts in report.user_properties:
            if name == "reached":
                reached.update(counts)
    if reached:
        words = ", ".join(f"{count:,} {what}" for what, count in reached.items())
        terminalreporter.write_line(f"Money came through {words}.")


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """The server of this run: the first worker that needs it starts it, the last one stops it."""
    from huimin_platform import database

    with database.running(Path(os.environ["HUIMIN_HOME"]), durable=False):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    database_server: None, django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """Starts the server before pytest-django makes the worker's database."""
    from django.conf import settings
    from django.test import TransactionTestCase

    from huimin_platform import database

    if "PYTEST_XDIST_WORKER" in os.environ and not database.external():
        with django_db_blocker.unblock():
            settings.DATABASES["default"]["TEST"]["TEMPLATE"] = template()
    # Threads of tests end, and take no open connection with them.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    TransactionTestCase._fixture_teardown = emptied


# What migrations fill; nothing a test does changes it.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
TOUCHED = """
select quote_ident(relname) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0 and relname <> all(%s)
"""


def emptied(test: Any) -> None:
    """Takes away what a test has committed: the rows of the tables that hold some.

    Django empties every table by TRUNCATE, which makes a file for each anew, with one for each index: 0.3 s at rest. Append-only
    tables let only a replica do it. The vacuum leaves tables that hold nothing at no size, so that the next test passes them by.
    """
    from django.db import connection, transaction

    from huimin_platform.base import keys

    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, [KEPT])
        touched = [name for (name,) in cursor.fetchall()]
        if touched:
            with transaction.atomic():
                # Waits for whoever still writes, as TRUNCATE would.
                cursor.execute(f"lock table {', '.join(touched)} in access exclusive mode")
                cursor.execute("set local session_replication_role = replica")
                for name in touched:
                    cursor.execute(f"delete from {name}")
            cursor.execute(f"vacuum {', '.join(touched)}")
    # The keys went with the rest: nothing is sealed any more under one that nobody can look up.
    keys.forget()


def template() -> str:
    """The name of a database that has been migrated: the first worker makes it, all workers copy it."""
    from django.core.management import call_command
    from django.db import connection

    own, name = connection.settings_dict["NAME"], "migrated"
    with (Path(os.environ["HUIMIN_HOME"]) / "run" / "template").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined] - as Django makes test databases
            cursor.execute("select from pg_database where datname = %s", [name])
            made = cursor.fetchone() is not None
            if not made:
                cursor.execute(f"create database {name}")
        if not made:
            connection.settings_dict["NAME"] = name
            try:
                call_command("migrate", verbosity=0, interactive=False)
            finally:
                connection.close()
                connection.settings_dict["NAME"] = own
    return name


@pytest.fixture(autouse=True)
def own_lake(request: pytest.FixtureRequest) -> Iterator[None]:
    """A lake of its own for every test that uses the database."""
    if request.node.get_closest_marker("django_db") is None and "db" not in request.fixturenames:
        yield
        return
    settings = request.getfixturevalue("settings")
    settings.HUIMIN_LAKE = request.getfixturevalue("tmp_path").joinpath("lake").as_uri()
    settings.HUIMIN_EXCHANGE = request.getfixturevalue("tmp_path") / "exchange"
    yield


@pytest.fixture
def make_user(db: None) -> Any:
    """A function that makes a user: make_user("county", division="330127000000")."""
    from huimin_platform.base.models import User

    def make(
        role: str = "county", *, division: str = "330127000000", username: str = "", **fields: Any
    ) -> User:
        number = User.objects.count() + 1
        return User.objects.create_user(
            username or f"{role}-{number}", role=role, division=division, **fields
        )

    return make


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """The language that a test's requests chose goes with it."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def contracts_anew(request: pytest.FixtureRequest) -> Iterator[None]:
    """Contracts that a test wrote go with its database: the next one looks again."""
    yield
    if request.node.get_closest_marker("django_db") is not None or "db" in request.fixturenames:
        from huimin_platform.intake import contracts

        contracts.look_again()
