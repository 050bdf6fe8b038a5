"""Whole tables in and out of PostgreSQL by COPY."""

import contextlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
import psycopg
from django.db import connection, models

from huimin_platform.base import references

NULL = "\\N"
# Fewer new rows than this are added as any others. Fewer than a fifth of a table, and the plans of the steps to come stay
# as good as they are.
MANY, LARGE_SHARE = 5_000, 0.2


def copy_in(model: type[models.Model], frame: pl.DataFrame) -> int:
    """The number of rows copied into the model's table. Columns are named after fields: `person_id`."""
    if not frame.is_empty():
        table, columns = connection.ops.quote_name(model._meta.db_table), _columns(model, frame)
        said = dict(zip(columns, frame.get_columns(), strict=True))
        with references.together(table, said) if frame.height >= MANY else contextlib.nullcontext():
            _copy(table, columns, frame)
        have_counted(model, frame.height)
    return frame.height


def have_counted(model: type[models.Model], rows: int) -> None:
    """Has the database look at a table anew where so many new rows are a large part of it.

    The next step comes within a second, the database by itself within a minute; until then it would take a county's
    first hundred thousand rows for none and look through them one by one.
    """
    if rows < MANY:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where oid = %s::regclass", [table])
        if rows > cursor.fetchone()[0] * LARGE_SHARE:
            cursor.execute(f"analyze {table}")


def change(model: type[models.Model], frame: pl.DataFrame) -> int:
    """The number of rows of the model brought to what the frame says of them; its column `id` names the row."""
    if frame.is_empty():
        return 0
    columns = _columns(model, frame)
    table = connection.ops.quote_name(model._meta.db_table)
    changes = connection.ops.quote_name(f"changes_of_{model._meta.db_table}")
    quoted = [connection.ops.quote_name(column) for column in columns if column != "id"]
    sets = ", ".join(f"{column} = said.{column}" for column in quoted)
    make = f"create temporary table {changes} as select {_quoted(columns)} from {table} limit 0"  # noqa: S608 - quoted names
    take = f"update {table} kept set {sets} from {changes} said where said.id = kept.id"  # noqa: S608 - quoted names
    with connection.cursor() as cursor:
        cursor.execute(make)
        _copy(changes, columns, frame)
        cursor.execute(take)
        cursor.execute(f"drop table {changes}")
    return frame.height


def _columns(model: type[models.Model], frame: pl.DataFrame) -> list[str]:
    """The table's columns for those of a frame."""
    fields = model._meta.concrete_fields
    names = {field.name: field.column for field in fields} | {field.attname: field.column for field in fields}
    unknown = [name for name in frame.columns if name not in names]
    assert not unknown, f"{model._meta.label} has no fields {unknown}"
    return [str(names[name]) for name in frame.columns]


def _quoted(columns: list[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, columns))


def _copy(table: str, columns: list[str], frame: pl.DataFrame) -> None:
    sql = f"copy {table} ({_quoted(columns)}) from stdin (format csv, null '{NULL}')"
    with connection.cursor() as cursor, cursor.cursor.copy(sql) as copy:
        for part in frame.iter_slices(100_000):
            copy.write(_csv(part))


def copy_out(
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """The result of a query as a frame. Types follow the query's; `schema` gives others for named columns."""
    with connection.cursor() as cursor:
        query = sql if parameters is None else _filled(sql, parameters)
        types = _described(cursor, query)
        buffer = io.BytesIO()
        with cursor.cursor.copy(f"copy ({query}) to stdout (format csv)") as copy:
            for block in copy:
                buffer.write(block)
    return _read(buffer, types | dict(schema or {}))


def rows_of(rows: models.QuerySet, columns: Mapping[str, str]) -> pl.DataFrame:
    """The rows of a queryset by COPY, in the queryset's order: column name -> field or look-up."""
    sql, parameters, names = _chosen(rows, columns)
    return copy_out(sql, parameters).rename(names)


def blocks_of(rows: models.QuerySet, columns: Mapping[str, str], block_rows: int) -> Iterator[pl.DataFrame]:
    """The rows of a queryset as `rows_of` gives them, in blocks of so many, by one COPY: all as of one moment.

    The connection can do nothing else until the last block is taken. There is one block at least, if an empty one.
    """
    sql, parameters, names = _chosen(rows, columns)
    query = _filled(sql, parameters)
    with connection.cursor() as cursor:
        types = _described(cursor, query)
        buffer, lines, quotes = io.BytesIO(), 0, 0
        with cursor.cursor.copy(f"copy ({query}) to stdout (format csv)") as copy:
            for block in copy:
                buffer.write(block)
                lines, quotes = lines + 1, quotes + bytes(block).count(b'"')
                # A message of COPY is a row; within a text in quotes a line can end, but not the row.
                if lines >= block_rows and quotes % 2 == 0:
                    yield _read(buffer, types).rename(names)
                    buffer, lines, quotes = io.BytesIO(), 0, 0
        yield _read(buffer, types).rename(names)


def _chosen(rows: models.QuerySet, columns: Mapping[str, str]) -> tuple[str, Sequence[Any], dict[str, str]]:
    """The query for some columns of a queryset, its parameters, and the names of its columns."""
    named = {f"column_{number}": models.F(path) for number, path in enumerate(columns.values())}
    chosen = rows.prefetch_related(None).annotate(**named).values_list(*named)
    # A queryset that Django knows to be empty is asked all the same: its columns have types.
    sql, parameters = chosen.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    return sql, parameters, dict(zip(named, columns, strict=True))


def _described(cursor: Any, query: Any) -> dict[str, Any]:
    """The columns of a query and what a frame holds of them."""
    cursor.cursor.execute(f"select * from ({query}) described limit 0")  # noqa: S608 - the query is ours
    return {column.name: _type(column.type_code) for column in cursor.cursor.description}


def _filled(sql: str, parameters: Any) -> str:
    """The query with its parameters quoted in, since COPY takes none."""
    return psycopg.ClientCursor(connection.connection).mogrify(sql, parameters)  # pyright: ignore


# PostgreSQL type numbers -> what a frame holds. Others come as text.
TYPES: dict[int, Any] = {
    16: pl.Boolean, 17: pl.Binary, 20: pl.Int64, 21: pl.Int16, 23: pl.Int32, 700: pl.Float32, 701: pl.Float64,
    1082: pl.Date, 1184: pl.Datetime("us", "UTC"), 1700: pl.Float64,
}  # fmt: skip


def _type(code: int) -> Any:
    return TYPES.get(code, pl.String)


def _read(buffer: io.BytesIO, types: dict[str, Any]) -> pl.DataFrame:
    if buffer.tell() == 0:
        return pl.DataFrame(schema=types)
    buffer.seek(0)
    as_text = {
        name: pl.String if kind in (pl.Binary, pl.Boolean) or isinstance(kind, pl.Datetime) else kind
        for name, kind in types.items()
    }
    # Nothing between commas is null, "" is an empty text, for COPY as for Polars.
    frame = pl.read_csv(buffer, has_header=False, schema=as_text)
    return frame.with_columns(
        _restored(name, kind) for name, kind in types.items() if as_text[name] is not kind
    )


def _restored(name: str, kind: Any) -> pl.Expr:
    column = pl.col(name)
    if kind is pl.Binary:
        return column.str.strip_prefix("\\x").str.decode("hex")
    if kind is pl.Boolean:
        return column == "t"
    return column.str.to_datetime(time_unit="us", time_zone="UTC", format="%Y-%m-%d %H:%M:%S%.f%#z")


def _csv(frame: pl.DataFrame) -> bytes:
    return frame.with_columns(_text(name, kind) for name, kind in frame.schema.items()).write_csv(
        include_header=False, null_value=NULL, quote_style="non_numeric"
    ).encode()  # fmt: skip


def _text(name: str, kind: Any) -> pl.Expr:
    """The column as COPY reads it."""
    column = pl.col(name)
    if kind == pl.Binary:
        return pl.format("\\x{}", column.bin.encode("hex")).alias(name)
    if isinstance(kind, pl.Datetime):
        assert kind.time_zone is not None, f"column {name} has times without a zone"
        return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00").alias(name)
    if isinstance(kind, pl.List | pl.Struct):
        return column.map_elements(_json, return_dtype=pl.String)
    return column


def _json(value: Any) -> str:
    plain = value.to_list() if isinstance(value, pl.Series) else value
    return json.dumps(plain, ensure_ascii=False, default=str)
