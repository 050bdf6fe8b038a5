"""Statements that PostgreSQL plans once a connection: over a dozen rows, planning costs more than answering."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import ServerCursor, errors, pq
from psycopg.adapt import PyFormat, Transformer

PLANNED = ("select", "insert", "update", "with")
PLACE = re.compile(r"%(?:\((\w+)\))?s|%%")
# PostgreSQL's numbers of the types that a value has; of another it finds out by itself.
TYPES = {bool: 16, int: 20, bytes: 17, date: 1082, datetime: 1184}
# What PostgreSQL reads as Python writes it.
AS_WRITTEN = (str, int, date)
WELL = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class PlansKept:
    """A wrapper of Django's statements: the same text and types again run by the plan that was made before.

    The statements, their values and what they give are those of the code; a new connection makes its plans anew.
    """

    def __init__(self) -> None:
        self.of_connection: WeakKeyDictionary[Any, dict[Any, bytes]] = WeakKeyDictionary()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Runs a statement."""
        if many or not _may_be_planned(sql) or isinstance(context["cursor"].cursor, ServerCursor):
            return execute(sql, params, many, context)
        text, names = (sql, ()) if params is None else _numbered(sql)
        values = [params[name] for name in names] if params and any(names) else list(params or ())
        name = self._planned(context, text, values)
        django, cursor = context["connection"], context["cursor"].cursor
        django.validate_no_broken_transaction()
        with django.wrap_database_errors:
            _run(cursor, name, values)
        return None

    def _planned(self, context: Any, text: str, values: Sequence[Any]) -> bytes:
        """The name of the plan in this connection, made now if there is none."""
        django = context["connection"]
        django.ensure_connection()
        plans = self.of_connection.get(django.connection)
        if plans is None:
            plans = self.of_connection[django.connection] = {}
            # No values make another plan better over a dozen rows; guards in the database are planned once too.
            context["cursor"].cursor.execute("set plan_cache_mode = force_generic_plan")
        types = tuple(TYPES.get(type(value), 0) for value in values)
        name = plans.get((text, types))
        if name is None:
            name = b"plan_%d" % len(plans)
            with django.wrap_database_errors:
                _begin(django.connection)
                _check(django.connection.pgconn.prepare(name, text.encode(), types))
            plans[text, types] = name
        return name


def _run(cursor: Any, name: bytes, values: Sequence[Any]) -> None:
    """Runs a plan, and leaves what it gives in the cursor as if the cursor had run it."""
    cursor._tx = Transformer(cursor)
    given = [_sent(value, cursor) for value in values]
    # Bytes go as they are, everything else as text.
    formats = [pq.Format.BINARY if type(value) is bytes else pq.Format.TEXT for value in values]
    _begin(cursor.connection)
    result = cursor.connection.pgconn.exec_prepared(name, given, formats)
    _check(result)
    cursor._reset()
    cursor._set_results([result])


def _sent(value: Any, cursor: Any) -> Any:
    if value is None or type(value) is bytes:
        return value
    if isinstance(value, AS_WRITTEN):
        return str(value).encode()
    return cursor._tx.get_dumper(value, PyFormat.TEXT).dump(value)


def _begin(connection: Any) -> None:
    """Begins the transaction that a statement outside of one begins unless each is its own."""
    if not connection.autocommit and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
        _check(connection.pgconn.exec_(b"begin"))


def _check(result: Any) -> None:
    if result.status not in WELL:
        raise errors.error_from_result(result)


@cache
def _may_be_planned(sql: str) -> bool:
    return sql.lstrip(" \n(")[:6].lower().startswith(PLANNED)


@cache
def _numbered(sql: str) -> tuple[str, tuple[str | None, ...]]:
    """The statement with $1, $2 … for its places, and their names, if they have any."""
    names: list[str | None] = []

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        names.append(match[1])
        return f"${len(names)}"

    return PLACE.sub(number, sql), tuple(names)
