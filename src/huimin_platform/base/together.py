"""Several querysets asked in one statement: a page that needs twenty tables waits for the database once."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection, models

Kept = Mapping[str, list[Any]]


def ask(sets: Mapping[str, models.QuerySet[Any]]) -> dict[str, list[Any]]:
    """The rows of each queryset as objects of its model, in its order; keys to other models are not followed.

    What a queryset defers is not fetched. Annotations and `values` are not for here.
    """
    parts, parameters = [], []
    for number, rows in enumerate(sets.values()):
        plain = rows.select_related(None).prefetch_related(None)
        sql, given = plain.query.get_compiler(connection=connection, elide_empty=False).as_sql()
        parts.append(f"select {number}, row_number() over (), to_jsonb(_row.*) from ({sql}) _row")  # noqa: S608 - Django's own
        parameters += given
    found: dict[str, list[Any]] = {name: [] for name in sets}
    if not parts:
        return found
    names, makers = list(sets), [_maker(rows.model) for rows in sets.values()]
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), parameters)
        rows = sorted(cursor.fetchall(), key=lambda row: row[:2])
    for number, _place, row in rows:
        found[names[number]].append(makers[number](row if isinstance(row, dict) else json.loads(row)))
    return found


def join(rows: Iterable[Any], field: str, others: Iterable[Any]) -> None:
    """Hangs on each row the object that its key names, so that following the key asks nobody."""
    known = {other.pk: other for other in others}
    for row in rows:
        other = known.get(getattr(row, f"{field}_id"))
        if other is not None:
            setattr(row, field, other)


def gather(rows: Iterable[Any], name: str, children: Iterable[Any], key: str) -> None:
    """Hangs on each row its children, as if they had been prefetched under that name."""
    by_row: dict[Any, list[Any]] = {}
    for child in children:
        by_row.setdefault(getattr(child, f"{key}_id"), []).append(child)
    for row in rows:
        mine: Any = getattr(row, name).model._default_manager.none()
        mine._result_cache, mine._prefetch_done = by_row.get(row.pk, []), True
        row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = mine


def _maker(model: type[models.Model]) -> Callable[[dict[str, Any]], models.Model]:
    """What makes an object of a model from a row in JSON."""
    fields = [(field.column, field.attname, _reader(field)) for field in model._meta.concrete_fields]

    def make(row: dict[str, Any]) -> models.Model:
        there = [(name, read, row[column]) for column, name, read in fields if column in row]
        values = [None if value is None else read(value) for _name, read, value in there]
        return model.from_db(connection.alias, [name for name, _read, _value in there], values)

    return make


def _reader(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.BinaryField):
        return lambda text: bytes.fromhex(text.removeprefix("\\x"))
    if isinstance(field, models.JSONField):
        return lambda value: value
    if isinstance(field, models.ForeignKey):
        return field.target_field.to_python
    return field.to_python
