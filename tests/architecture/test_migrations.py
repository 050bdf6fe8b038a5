"""Migrations: they say what the models say, and a database made by those that others stand for goes on."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import translation

from huimin_platform.base import schema
from huimin_platform.database import DatabaseProblem

pytestmark = pytest.mark.django_db


def test_no_migration_is_left_to_write() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_database_made_by_what_was_replaced_goes_on() -> None:
    loaded = MigrationLoader(None).disk_migrations
    standing_for = {name for name, migration in loaded.items() if migration.replaces}
    assert standing_for
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from django_migrations where (app, name) in (select * from unnest(%s::text[], %s::text[]))",
            [[app for app, _ in standing_for], [name for _, name in standing_for]],
        )
    assert schema.missing() == standing_for
    # Every table is there: a migration that ran again would fail.
    assert schema.bring_up_to_date(say=lambda words: None)
    assert schema.missing() == schema.unknown() == set()


def test_a_database_from_between_two_releases_is_told_so() -> None:
    stand_in = ("supply", "0001_squashed_0003_ratings")
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from django_migrations where app = 'supply' and name in (%s, '0003_ratings')",
            [stand_in[1]],
        )
    with translation.override("en"), pytest.raises(DatabaseProblem, match="empty folder"):
        schema.bring_up_to_date(say=lambda words: None)
    assert schema.missing() == {stand_in}


def test_a_migration_of_a_later_release_is_unknown() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into django_migrations (app, name, applied) values (%s, %s, now())",
            ["funds", "9999_later"],
        )
    assert schema.unknown() == {("funds", "9999_later")}
