"""What guards public money is pinned word for word: whoever changes a guard shows it, and `verify` knows the new text."""

import os

import pytest
from django.db import connection

from huimin_platform.funds import guard_texts, guards

pytestmark = pytest.mark.django_db


def test_the_digests_are_of_what_the_migrations_make() -> None:
    with connection.cursor() as cursor:
        cursor.execute(guard_texts.digests(guards.tables()))
        made = guard_texts.write(cursor.fetchall())
    if os.environ.get("GUARDS") == "write":
        guard_texts.KEPT.write_text(made, encoding="utf-8")
    kept = guard_texts.KEPT.read_text(encoding="utf-8")
    assert made == kept, (
        "A guard of public money says something else now. Look at it, then run `make guards`."
    )
