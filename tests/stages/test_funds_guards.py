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


# Every function that a guard is, or calls.
BODIES = """
select distinct called.oid::regprocedure::text, pg_get_functiondef(called.oid), called.prosrc,
       array(select held.tgrelid::regclass::text || ' ' || held.tgname from pg_trigger held
             where held.tgfoid = called.oid and not held.tgisinternal)
from pg_proc called left join pg_trigger held on held.tgfoid = called.oid and not held.tgisinternal
where held.tgrelid::regclass::text = any(%s) or called.proname ~ '^(funds|huimin)_'
order by 1
"""
DOES_NOTHING = {
    "trigger": "begin if tg_op = 'DELETE' then return old; end if; return new; end",
    "void": "begin end",
    "text": "select 'anything'",
}


def emptied(definition: str, source: str) -> str:
    """The statement that gives a function a body which lets everything pass."""
    shape, found, _ = definition.partition(source)
    assert found
    kind = next(each for each in DOES_NOTHING if f"RETURNS {each}" in shape)
    return definition.replace(source, DOES_NOTHING[kind])


def test_a_guard_whose_body_was_replaced_is_named_with_each_table_it_stood_on() -> None:
    bodies = asked(BODIES, list(guards.TRIGGERS))
    assert len(bodies) > 25
    ours = set(guards.triggers())
    for name, definition, source, stands_on in bodies:
        pairs = {tuple(each.split()) for each in stands_on} & ours
        wanted = {(table, f"{guard} is altered") for table, guard in pairs} or {
            ("function", f"{name} is altered")
        }
        with undone(emptied(definition, source)):
            assert set(asked(guards.missing())) == wanted, name


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        (
            (
                "drop trigger payment_guard on funds_payment;"
                " create trigger payment_guard before insert on funds_payment"
                " for each row execute function funds_payment_guard()"
            ),
            ("funds_payment", "payment_guard is altered"),
        ),
        (
            (
                "drop trigger payment_posted on funds_payment;"
                " create constraint trigger payment_posted after update of state on funds_payment"
                " deferrable initially deferred for each row when (false) execute function funds_payment_posted()"
            ),
            ("funds_payment", "payment_posted is altered"),
        ),
        (
            (
                "alter table funds_account drop constraint account_not_below_zero;"
                " alter table funds_account add constraint account_not_below_zero check (true)"
            ),
            ("funds_account", "account_not_below_zero is altered"),
        ),
        (
            (
                "drop index payment_one_live_an_order;"
                " create unique index payment_one_live_an_order on funds_payment (id, state)"
            ),
            ("funds_payment", "payment_one_live_an_order is altered"),
        ),
        (
            (
                "create function quiet() returns trigger language plpgsql as 'begin return null; end';"
                " create trigger aaa before update on funds_payment for each row execute function quiet()"
            ),
            ("funds_payment", "aaa is not ours"),
        ),
        (
            "create rule quiet as on delete to funds_entry do instead nothing",
            ("funds_entry", "quiet is not ours"),
        ),
        (
            "set local session_replication_role = replica",
            ("session_replication_role", "replica"),
        ),
        (
            "alter database {database} set session_replication_role = replica",
            ("session_replication_role", "replica"),
        ),
    ],
)
def test_what_does_something_else_now_is_named(sql: str, row: tuple[str, str]) -> None:
    with undone(sql.format(database=connection.settings_dict["NAME"])):
        assert asked(guards.missing()) == [row]


def test_verify_says_so() -> None:
    with undone(
        "drop trigger payment_source on funds_payment; drop trigger account_purpose on funds_account"
    ):
        broken = [each for each in invariants.verify() if each.row is not None]
    assert [each.name for each in broken] == [invariants.GUARDED]
    assert broken[0].row == {"table": "funds_account", "guard": "account_purpose"}
