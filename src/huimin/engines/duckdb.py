"""One place to open DuckDB, so that every room gets the same settings."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import polars as pl


@contextmanager
def connection(threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that is closed at the end, whatever happens."""
    opened = duckdb.connect(":memory:")
    try:
        opened.execute("SET enable_progress_bar = false")
        if threads is not None:
            opened.execute(f"SET threads = {int(threads)}")
        yield opened
    finally:
        opened.close()


def create_table(opened: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> str:
    """The name of a table that holds the frame; names are ours, never taken from data."""
    assert name.isidentifier(), name
    opened.register("incoming_frame", frame.to_arrow())
    opened.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming_frame")
    opened.unregister("incoming_frame")
    return name


def fetch(opened: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """The whole answer to a query; an answer left open would make DuckDB 2 refuse the next statement."""
    answer = pl.from_arrow(opened.sql(sql).to_arrow_table())
    assert isinstance(answer, pl.DataFrame)
    return answer
