"""Who the rows of a data set are about, in one shape for all data sets."""

import polars as pl

from huimin.registry import numbers
from huimin.tables.contract import Contract, Mention

IDENTITY: dict[str, pl.DataType] = {
    "name": pl.String(),
    "national_id": pl.String(),
    "born_on": pl.Date(),
    "sex": pl.String(),
    "phone": pl.String(),
    "card": pl.String(),
    "address": pl.String(),
    "division": pl.String(),
    "village": pl.String(),
    "household_no": pl.String(),
    "relation": pl.String(),
    "residence": pl.String(),
}
SCHEMA: dict[str, pl.DataType] = {
    "dataset": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
    "role": pl.String(),
    **IDENTITY,
    "content": pl.UInt64(),
}


def mentions_of(contract: Contract, rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """One line for each person a row speaks of, the contract's first role first, in the columns of `SCHEMA`.

    `content` is a digest of what the row says besides who it is about: rows sent twice share it, however
    their names and numbers are written. It is null where a row says nothing else.
    """
    told = [
        column for column in rows.columns if column != "line" and column not in _identity_columns(contract)
    ]
    content = pl.struct(told).hash() if told else pl.lit(None, pl.UInt64())
    frames = [
        rows.select(
            pl.lit(contract.name).alias("dataset"),
            pl.lit(file).alias("file"),
            pl.col("line").cast(pl.Int64),
            pl.lit(mention.role).alias("role"),
            *(_field(mention, name, dtype, rows) for name, dtype in IDENTITY.items()),
            content.alias("content"),
        )
        for mention in contract.mentions
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)


def _identity_columns(contract: Contract) -> set[str]:
    """Columns that say who a row is about, and those that other columns are read from."""
    used = {name for mention in contract.mentions for names in mention.columns.values() for name in names}
    return used | {contract.column(name).source or name for name in used}


def _field(mention: Mention, name: str, dtype: pl.DataType, rows: pl.DataFrame) -> pl.Expr:
    if name in mention.constants:
        return pl.lit(mention.constants[name], dtype).alias(name)
    columns = [pl.col(each).cast(dtype) for each in mention.columns.get(name, ()) if each in rows.columns]
    if not columns:
        return pl.lit(None, dtype).alias(name)
    if name == "national_id" and len(columns) > 1:
        right = [pl.when(numbers.is_valid(column)).then(column) for column in columns]
        columns = [*right, *columns]
    return pl.coalesce(columns).alias(name)
