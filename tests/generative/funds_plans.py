"""Statements that PostgreSQL plans once a connection: over a dozen rows, planning costs more than answering."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import ServerCursor

PLANNED = ("select", "insert", "update", "with")
PLACE = re.compile(r"%(?:\((\w+)\))?s|%%")
TYPES = {bool: "boolean", int: "bigint", bytes: "bytea", date: "date", datetime: "timestamptz"}


class PlansKept:
    """A wrapper of Django's statements: the same text and types again run by the plan that was made before.

    The statements, their values and what they give are those of the code; a new connection makes its plans anew.
    """

    def __init__(self) -> None:
        self.of_connection: WeakKeyDictionary[Any, dict[Any, str]] = WeakKeyDictionary()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Runs a statement."""
        if many or not _may_be_planned(sql) or isinstance(context["cursor"].cursor, ServerCursor):
            return execute(sql, params, many, context)
        text, names = (sql, ()) if params is None else _numbered(sql)
        values = [params[name] for name in names] if any(names) else list(params or ())
        name = self._planned(context, text, values)
        marks = f" ({', '.join(['%s'] * len(values))})" if values else ""
        return execute(f"execute {name}{marks}", values or None, many, context)

    def _planned(self, context: Any, text: str, values: Sequence[Any]) -> str:
        """The name of the plan in this connection, made now if there is none."""
        django = context["connection"]
        django.ensure_connection()
        plans = self.of_connection.get(django.connection)
        if plans is None:
            plans = self.of_connection[django.connection] = {}
            # No values make another plan better over a dozen rows; guards in the database are planned once too.
            context["cursor"].cursor.execute("set plan_cache_mode = force_generic_plan")
        types = tuple(TYPES.get(type(value), "unknown") for value in values)
        name = plans.get((text, types))
        if name is None:
            name = plans[text, types] = f"plan_{len(plans)}"
            given = f" ({', '.join(types)})" if types else ""
            context["cursor"].cursor.execute(f"prepare {name}{given} as {text}")
        return name


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
