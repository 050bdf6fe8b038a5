"""Making an export: rows are read block by block behind the last key, then written to files, all of it sealed.

A block that was read is kept, and the key of its last row with it: a job that dies goes on behind it. A table whose
past answers are kept stands as of one moment, however long reading takes; of the others each block shows the moment it
was read. Writing starts anew where it was broken off.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection
from django.utils import translation

from huimin.tables.workbooks import WorkbookWriter
from huimin.tables.written import CsvWriter, ParquetWriter, Writer
from huimin_platform.base import access, api_keys, bulk, exports, jobs, lake
from huimin_platform.base.models import Export
from huimin_platform.portal import export_tables
from huimin_platform.portal.export_tables import TABLES, Table

BLOCK_ROWS = 50_000
# So few rows are written while the reader waits, as a page would take as long.
AT_ONCE_ROWS = 5_000
# With a number, an advisory lock of the database: one export is made by one worker at a time.
LOCK_SPACE = 4_813_017

Clock = Callable[[], datetime]


def count(
    table: Table, actor: Any, filters: dict[str, str], as_of: datetime | None, most: int | None = None
) -> int:
    """How many rows a table has for an actor; with `most`, counting ends there."""
    rows = table.rows(actor, filters, as_of).order_by()
    return (rows[:most] if most is not None else rows).count()


def make(export_id: int, now: Clock) -> None:
    """Brings an export to its end, from wherever it stands; one that another worker is making is left to it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, export_id])
        if not cursor.fetchone()[0]:
            return
    try:
        export = Export.objects.select_related("by").filter(pk=export_id).first()
        if export is not None and export.state not in exports.ENDED:
            _make(export, now)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [LOCK_SPACE, export_id])


def broke_off(export_id: int) -> None:
    """Gives an export up that was taken up again in vain as often as jobs are."""
    export = Export.objects.filter(pk=export_id).exclude(state__in=exports.ENDED).first()
    if export is not None and export.resumed + 1 >= jobs.MOST_ATTEMPTS:
        _fail(export)


def _fail(export: Export) -> None:
    """Says of an export that it could not be made, and removes what was read for it."""
    lake.delete_folder(exports.folder(export))
    _say(export, state=Export.State.FAILED, parts=[])


def _make(export: Export, now: Clock) -> None:
    table, actor = TABLES[export.table], api_keys.acting_for(export.by, now())
    decision = access.allow(actor, "exports", table.kind)
    if not decision or export.expires_at <= now():
        _fail(export)
        return
    if export.state == Export.State.WAITING:
        total = count(table, actor, export.filters, export.as_of)
        _say(export, state=Export.State.READING, started_at=now(), rows_total=total)
    else:
        _say(export, resumed=export.resumed + 1)
    with translation.override(export.language):
        if export.state == Export.State.READING:
            _read(export, table, actor)
            _say(export, state=Export.State.WRITING)
        parts = _write(export, table)
    _say(export, state=Export.State.DONE, finished_at=now(), parts=parts, rows_written=export.rows_read)
    for block in range(export.blocks):
        lake.delete(exports.block_name(export, block))


def _read(export: Export, table: Table, actor: Any) -> None:
    """Reads what is left, a block at a time, in the order of the key."""
    paths = {column.name: column.path for column in table.columns}
    rows = table.rows(actor, export.filters, export.as_of).order_by("pk")
    while True:
        behind = rows.filter(pk__gt=export.last_key) if export.last_key else rows
        block = bulk.rows_of(behind[:BLOCK_ROWS], {"row key": "pk", **paths})
        if block.is_empty():
            return
        shown = export_tables.masked(table, block.drop("row key"), export.hidden)
        lake.put_frame(exports.block_name(export, export.blocks), shown)
        _say(
            export, blocks=export.blocks + 1, rows_read=export.rows_read + block.height,
            last_key=str(block["row key"][-1]),
        )  # fmt: skip
        if block.height < BLOCK_ROWS:
            return


def _write(export: Export, table: Table) -> list[dict[str, Any]]:
    """Writes the blocks to files and tells of each its name, length, pieces and digest."""
    files: list[lake.SealedFile] = []

    def opened() -> Any:
        files.append(lake.SealedFile(exports.part_name(export, len(files))))
        return files[-1]

    _say(export, rows_written=0)
    first, written, told = _blank(table), 0, time.monotonic()
    writer: Writer | None = None
    for block in _blocks(export, table):
        writer = writer or _writer(export, table, block, opened)
        writer.write(block)
        written += block.height
        if time.monotonic() - told > 1:
            _say(export, rows_written=written)
            told = time.monotonic()
    writer = writer or _writer(export, table, first, opened)
    writer.close()
    for file in files:
        file.close()
    name = f"{table.name}-{export.asked_at:%Y%m%d}-{export.pk}"
    return [
        {
            "name": f"{name}{f'-{number}' if len(files) > 1 else ''}.{export.form}", "bytes": file.size,
            "pieces": file.pieces, "sha256": file.sha256,
        }
        for number, file in enumerate(files, 1)
    ]  # fmt: skip


def _blank(table: Table) -> pl.DataFrame:
    """No rows, for a file with heads only."""
    return pl.DataFrame(schema=dict.fromkeys((column.name for column in table.columns), pl.String))


def _blocks(export: Export, table: Table) -> Iterator[pl.DataFrame]:
    for number in range(export.blocks):
        block = lake.frame(exports.block_name(export, number))
        yield block if export.form == Export.Form.PARQUET else export_tables.in_words(table, block)


def _writer(export: Export, table: Table, block: pl.DataFrame, opened: Callable[[], Any]) -> Writer:
    heads = export_tables.heads(table)
    if export.form == Export.Form.XLSX:
        return WorkbookWriter(opened, block.schema, heads)
    kind = CsvWriter if export.form == Export.Form.CSV else ParquetWriter
    return kind(opened(), block.schema, heads)


def _say(export: Export, **said: Any) -> None:
    """Writes down how far an export is; a commit of its own, so that the page shows it."""
    for name, value in said.items():
        setattr(export, name, value)
    export.save(update_fields=list(said))


def share_done(export: Export) -> int:
    """How much is done, in percent: reading is two thirds of it."""
    if export.state == Export.State.DONE:
        return 100
    total = max(export.rows_total, export.rows_read, 1)
    return int((2 * export.rows_read + export.rows_written) * 100 / (3 * total))


def seconds_left(export: Export, now: datetime) -> int | None:
    """How long it still takes at the pace so far; nothing before that can be told."""
    share = share_done(export)
    if export.started_at is None or export.state in exports.ENDED or not 0 < share < 100:
        return None
    return int((now - export.started_at).total_seconds() * (100 - share) / share) + 1
