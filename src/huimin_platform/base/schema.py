"""Keeps the tables in the shape of this release: checked in a millisecond, migrated under a lock."""

from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from huimin_platform.database import DatabaseProblem

LOCK = 4_813_016_621


def missing() -> set[tuple[str, str]]:
    """The migrations of this release that the database has not seen, as (app, name)."""
    return _on_disk() - _applied()


def bring_up_to_date(*, say: Callable[[str], None]) -> bool:
    """Whether migrations were needed and run. Two processes starting at once do not run them twice.

    Raises DatabaseProblem for a database from between two releases, from where no migration leads on.
    """
    if not missing():
        return False
    from django.core.management import call_command

    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            _insist_on_a_way()
            if missing():
                say("Bringing the database into the shape of this release.")
                call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
    return True


def unknown() -> set[tuple[str, str]]:
    """Migrations in the database that this release does not know: a later release was here."""
    labels = {app.label for app in apps.get_app_configs()}
    return {(label, name) for label, name in _applied() - _on_disk() - _replaced() if label in labels}


def _on_disk() -> set[tuple[str, str]]:
    return {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in Path(app.path, "migrations").glob("[0-9]*.py")
    }


def _replaced() -> set[tuple[str, str]]:
    """Migrations that others of this release stand for; a database that was made by them goes on."""
    return set().union(*(migration.replaces for migration in _standing_for_others()))


def _insist_on_a_way() -> None:
    """A migration that stands for others was run when all of them were, and can run when none was."""
    applied = _applied()
    if any(0 < len(applied & set(each.replaces)) < len(each.replaces) for each in _standing_for_others()):
        raise DatabaseProblem(
            _(
                "This database was made before the first release and cannot be brought on. Start in an empty folder."
            )
        )


def _standing_for_others() -> list[Migration]:
    return [each for each in MigrationLoader(None).disk_migrations.values() if each.replaces]


def _applied() -> set[tuple[str, str]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select app, name from django_migrations")
            return set(cursor.fetchall())
    except DatabaseError:
        return set()
