"""Reads a Parquet file in a process of its own, so that a malicious one can only stop that process.

Run as `python parquet_process.py FILE FOLDER SECONDS BYTES`: leaves its rows as text in one Arrow file, the names of
the columns as the first row, and `sheets.json` beside it, as the process that reads workbooks does.
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_COLUMNS = 10_000
BATCH_ROWS = 50_000
# A time of midnight is a day.
MIDNIGHT = r"[T ]00:00:00(\.0+)?(Z|[+-][0-9:]+)?$"


class NotFlat(Exception):
    """A column holds lists or records; a table has one value a cell."""


def main(source: str, folder: str, seconds: int, limit_bytes: int) -> None:
    """Writes the rows of the file to the folder."""
    _limit(seconds, limit_bytes)
    file = pq.ParquetFile(source)
    schema = file.schema_arrow
    if len(schema) > MOST_COLUMNS or any(pa.types.is_nested(field.type) for field in schema):
        raise NotFlat
    text = pa.schema([pa.field(str(place), pa.string()) for place in range(len(schema))])
    rows = 0
    with pa.OSFile(str(Path(folder) / "0.arrow"), "wb") as sink, pa.ipc.new_file(sink, text) as writer:
        heads = [pa.array([name], pa.string()) for name in schema.names]
        writer.write_batch(pa.record_batch(heads, schema=text))
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            writer.write_batch(pa.record_batch([_words(column) for column in batch.columns], schema=text))
            rows += batch.num_rows
    sheets = [{"name": "", "hidden": False, "file": "0.arrow", "rows": rows + 1}]
    (Path(folder) / "sheets.json").write_text(json.dumps(sheets), encoding="utf-8")


def _words(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    text = column.cast(pa.string())
    if not pa.types.is_timestamp(kind):
        return text
    return pc.replace_substring_regex(text, MIDNIGHT, "")  # pyright: ignore[reportAttributeAccessIssue]


def _limit(seconds: int, limit_bytes: int) -> None:
    try:
        import resource
    except (
        ImportError
    ):  # pragma: no cover - Windows has no such limits; the time limit of the caller remains.
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
