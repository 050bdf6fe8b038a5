"""Every guard of money that the database has is known to `verify`, and each is missed when it is gone or asleep."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from huimin_platform.funds import guards, invariants

pytestmark = pytest.mark.django_db

# Other tables with guards, which no money stands on.
OF_TABLES = """
select held.tgrelid::regclass::text, held.tgname from pg_trigger held
where not held.tgisinternal and (starts_with(held.tgrelid::regclass::text, 'funds_') or held.tgrelid::regclass::text = any(%s))
"""
CONSTRAINTS = """
select held.conrelid::regclass::text, held.conname, held.contype,
       array(select attname::text from pg_attribute field
             where field.attrelid = held.conrelid and field.attnum = any(held.conkey))
from pg_constraint held
where starts_with(held.conrelid::regclass::text, 'funds_') and held.contype in ('c', 'u', 'f', 'x')
"""


def asked(sql: str, *given: object) -> list[tuple]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given or None)
        return cursor.fetchall()


@contextmanager
def undone(sql: str) -> Iterator[None]:
    """Something done to the database for a while."""
    with transaction.atomic():
        asked_nothing(sql)
        yield
        transaction.set_rollback(True)


def asked_nothing(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_nothing_is_missing() -> None:
    assert asked(guards.missing()) == []


def test_the_list_is_the_triggers_that_the_database_has() -> None:
    assert set(asked(OF_TABLES, list(guards.TRIGGERS))) == set(guards.triggers())


def test_each_constraint_of_money_that_the_database_has_is_asked_for() -> None:
    """One that a migration makes by hand, and no model names, would be missed by nobody."""
    named, once, there = set(guards.constraints()), set(guards.columns()), set(guards.keys())
    unknown = [
        (table, name)
        for table, name, kind, columns in asked(CONSTRAINTS)
        if (table, name) not in named
        and not (len(columns) == 1 and (table, columns[0]) in {"u": once, "f": there}.get(kind, set()))
    ]
    assert unknown == []


def test_a_trigger_that_is_gone_or_asleep_is_named() -> None:
    for table, guard in guards.triggers():
        for sql in (f"alter table {table} disable trigger {guard}", f"drop trigger {guard} on {table}"):
            with undone(sql):
                assert asked(guards.missing()) == [(table, guard)], sql


def test_a_constraint_that_is_gone_is_named() -> None:
    in_tables = set(asked("select conrelid::regclass::text, conname from pg_constraint"))
    for table, guard in guards.constraints():
        sql = f"alter table {table} drop constraint {guard} cascade"
        with undone(sql if (table, guard) in in_tables else f"drop index {guard}"):
            assert (table, guard) in asked(guards.missing()), guard


@pytest.mark.parametrize(
    ("sql", "guard"),
    [
        ("alter table funds_transfer drop constraint funds_transfer_key_key", "key stands once"),
        ("alter table funds_entry disable trigger all", "transfer_id is there"),
        (
            (
                "alter table funds_account drop constraint account_not_below_zero;"
                " alter table funds_account add constraint account_not_below_zero check (balance_fen > -5) not valid"
            ),
            "account_not_below_zero",
        ),
    ],
)
def test_what_holds_only_by_half_is_named(sql: str, guard: str) -> None:
    with undone(sql):
        assert guard in [name for _, name in asked(guards.missing())]


def test_verify_says_so() -> None:
    with undone(
        "drop trigger payment_source on funds_payment; drop trigger account_purpose on funds_account"
    ):
        broken = [each for each in invariants.verify() if each.row is not None]
    assert [each.name for each in broken] == [invariants.GUARDED]
    assert broken[0].row == {"table": "funds_account", "guard": "account_purpose"}
