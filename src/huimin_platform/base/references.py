"""The keys of many rows that come at once, looked up by one question for each key instead of one for each row.

PostgreSQL looks up every key of every row by a trigger, at the end of the transaction. A county's first load has tens of
millions of them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import IntegrityError, connection, transaction

# A trigger on insert that is not that of a key of one column has to see each row: a guard, or a constraint that may be
# broken for a while. And who may not set triggers aside has them run.
MAY = """
select has_parameter_privilege('session_replication_role', 'set') and not exists (
    select from pg_trigger made left join pg_constraint held on held.oid = made.tgconstraint
    where made.tgrelid = %(table)s::regclass and made.tgtype & 4 <> 0
    and (held.contype is distinct from 'f' or cardinality(held.conkey) > 1))
"""
KEYS = """
select held.conname, here.attname, held.confrelid::regclass::text, quote_ident(there.attname),
    format_type(there.atttypid, null)
from pg_constraint held
join pg_attribute here on here.attrelid = held.conrelid and here.attnum = held.conkey[1]
join pg_attribute there on there.attrelid = held.confrelid and there.attnum = held.confkey[1]
where held.conrelid = %(table)s::regclass and held.contype = 'f' order by held.conname
"""
# As the trigger does: who is led to stays until the transaction ends. Rows that it made itself nobody else can remove.
STAY = """
select count(*) from (select from {table} where {target} = any(%(led_to)s::{kind}[])
    and xmin <> pg_current_xact_id()::xid for key share) stays
"""
MISSING = """
select led_to from unnest(%(led_to)s::{kind}[]) led_to
where not exists (select from {table} where {target} = led_to) limit 1
"""


@dataclass(frozen=True)
class Key:
    """A key of a table: its constraint, its column, and where it leads."""

    name: str
    column: str
    table: str
    target: str
    kind: str


@contextmanager
def together(table: str, columns: Mapping[str, pl.Series]) -> Iterator[None]:
    """Looks up the keys of the rows that the block adds to a table all at once, as soon as they are there.

    `columns` are those of the rows, by name. All else holds as ever: checks, uniqueness, guards of the table against
    changes. Where rows have to be looked at one by one, they are.

    Raises `IntegrityError` where a key leads nowhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAY, {"table": table})
        may = cursor.fetchone()[0]
    if not may:
        yield
        return
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # Of this transaction only: if the block fails it is taken back with all the block did.
        cursor.execute("set local session_replication_role = replica")
        yield
        cursor.execute("set local session_replication_role = origin")
        for key in _keys(cursor, table):
            if key.column in columns:
                _look_up(cursor, key, columns[key.column].drop_nulls().unique().to_list())


def _keys(cursor: Any, table: str) -> list[Key]:
    cursor.execute(KEYS, {"table": table})
    return [Key(*row) for row in cursor.fetchall()]


def _look_up(cursor: Any, key: Key, led_to: list[Any]) -> None:
    where = {"table": key.table, "target": key.target, "kind": key.kind}
    cursor.execute(STAY.format(**where), {"led_to": led_to})
    cursor.execute(MISSING.format(**where), {"led_to": led_to})
    if (missing := cursor.fetchone()) is not None:
        raise IntegrityError(
            f'{key.column} {missing[0]} is not there in {key.table}: foreign key constraint "{key.name}"'
        )
