"""Tables written for others, block by block: CSV that Excel reads as text, and Parquet. Workbooks are in `workbooks`.

A writer takes blocks of equal columns and holds no more than one of them, so a table of any length needs the memory of
a block. What it writes goes to a binary file that need not be seekable: a file on disk, or a store that seals.
"""

from typing import BinaryIO, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

BOM = b"\xef\xbb\xbf"
# What a cell must not begin with, or Excel takes it for a formula or moves it to the next cell.
FORMULA = r"^[=+\-@\t\r＝＋－＠]"


class Writer(Protocol):
    """What takes a table block by block and finishes with `close`."""

    def write(self, block: pl.DataFrame) -> None:
        """Adds a block."""
        ...

    def close(self) -> None:
        """Finishes the file; without a block before it, the file has heads only."""
        ...


class CsvWriter:
    """CSV in UTF-8 with a mark at its start, in which no text begins like a formula."""

    def __init__(self, file: BinaryIO, schema: pl.Schema, heads: list[str] | None = None) -> None:
        self.file = file
        self.file.write(BOM)
        names = heads or list(schema)
        self._write(pl.DataFrame([names], schema=[str(n) for n in range(len(names))], orient="row"))

    def write(self, block: pl.DataFrame) -> None:
        """Adds a block."""
        self._write(block)

    def _write(self, block: pl.DataFrame) -> None:
        texts = [name for name, kind in block.schema.items() if kind == pl.String]
        safe = block.with_columns(pl.col(name).str.replace(FORMULA, "'${0}") for name in texts)
        self.file.write(safe.write_csv(include_header=False).encode())

    def close(self) -> None:
        """Nothing is left to write."""


class ParquetWriter:
    """Parquet with a row group a block."""

    def __init__(self, file: BinaryIO, schema: pl.Schema, heads: list[str] | None = None) -> None:
        self.schema = pl.DataFrame(schema=schema).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        self.writer = pq.ParquetWriter(pa.PythonFile(file, "w"), self.schema, compression="zstd")

    def write(self, block: pl.DataFrame) -> None:
        """Adds a block."""
        table = block.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self.schema)
        self.writer.write_table(table, row_group_size=max(block.height, 1))

    def close(self) -> None:
        """Writes what stands at the end."""
        self.writer.close()
