"""Workbooks and Parquet files: looked at before they are opened, read in a process of their own under limits."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from huimin.intake.grid import CHUNK_ROWS, HEAD_ROWS, MOST_COLUMNS, Chunk, Grid, cell_names

MOST_BYTES_INSIDE = 2 << 30
# Below this size a workbook may pack as well as it likes.
SMALL_BYTES_INSIDE = 64 << 20
MOST_PACKED = 150
MOST_PARTS = 10_000
SECONDS = 120
MEMORY_BYTES = 4 << 30


class Refused(Exception):
    """A file that was not read: the code of the problem and what its words name."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def grids(
    path: Path, folder: Path, *, seconds: int = SECONDS, memory_bytes: int = MEMORY_BYTES
) -> list[Grid]:
    """The sheets of a workbook; `Refused` when it cannot or must not be opened.

    The folder takes what the other process leaves; the chunks are read from it, so it must outlast them.
    """
    if zipfile.is_zipfile(path):
        _look_inside(path)
    return _read_apart("workbook_process.py", path, folder, seconds, memory_bytes, "unreadable_workbook")


def parquet_grids(
    path: Path, folder: Path, *, seconds: int = SECONDS, memory_bytes: int = MEMORY_BYTES
) -> list[Grid]:
    """The table of a Parquet file, as the only sheet of a workbook; `Refused` when it is damaged or not flat."""
    return _read_apart("parquet_process.py", path, folder, seconds, memory_bytes, "unreadable_parquet")


def _read_apart(
    program: str, path: Path, folder: Path, seconds: int, memory_bytes: int, damaged: str
) -> list[Grid]:
    # By its path and with -P: the process imports what it needs and nothing of this package.
    command = [sys.executable, "-P", str(Path(__file__).with_name(program)), str(path), str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, arguments of our own making
            [*command, str(seconds), str(memory_bytes)],
            capture_output=True,
            timeout=seconds * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused("too_slow") from None
    sheets = folder / "sheets.json"
    if done.returncode or not sheets.exists():
        raise Refused(_why(done.returncode, done.stderr, damaged))
    return [_grid(folder, sheet) for sheet in json.loads(sheets.read_text(encoding="utf-8"))]


def _look_inside(path: Path) -> None:
    """Refuses a package that would unpack to too much, by what its directory says."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError):
        raise Refused("unreadable_workbook") from None
    size = sum(part.file_size for part in parts)
    packed = max(1, path.stat().st_size)
    swollen = size > SMALL_BYTES_INSIDE and size > packed * MOST_PACKED
    if size > MOST_BYTES_INSIDE or swollen or len(parts) > MOST_PARTS:
        limit = (
            MOST_BYTES_INSIDE if size > MOST_BYTES_INSIDE else max(SMALL_BYTES_INSIDE, packed * MOST_PACKED)
        )
        raise Refused("too_large_inside", size=_megabytes(size), limit=_megabytes(limit))
    names = {part.filename for part in parts}
    if "EncryptedPackage" in names:
        raise Refused("encrypted_workbook")
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise Refused("not_a_table", kind="ZIP")


def _why(code: int, said: bytes, damaged: str) -> str:
    """The problem that stopped the reading process: a signal or lack of memory is a limit, else the file."""
    text = said.decode("utf-8", "replace")
    if code < 0 or "MemoryError" in text or "memory allocation" in text or "Cannot allocate" in text:
        return "too_slow"
    return "encrypted_workbook" if "password" in text.lower() else damaged


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB"


def _grid(folder: Path, sheet: dict[str, Any]) -> Grid:
    path = folder / sheet["file"]
    frame = pl.read_ipc(path) if int(sheet["rows"]) else pl.DataFrame()
    frame = frame.select(frame.columns[:MOST_COLUMNS])
    head = tuple(
        (line, tuple(cell or "" for cell in row))
        for line, row in enumerate(frame.head(HEAD_ROWS).iter_rows(), 1)
    )

    def chunks(width: int) -> Iterator[Chunk]:
        for start in range(0, frame.height, CHUNK_ROWS):
            yield Chunk(_cells(frame.slice(start, CHUNK_ROWS), start + 1, width))

    merged = tuple(
        (place, first, last, said)
        for place, first, last in sheet.get("merged", ())
        if 0 <= place < frame.width and first <= frame.height and (said := frame.item(first - 1, place))
    )
    return Grid(sheet["name"], head, chunks, bool(sheet["hidden"]), merged)


def _cells(part: pl.DataFrame, first_line: int, width: int) -> pl.DataFrame:
    """The part with its lines, `width` cells, and the first text of what lies beyond."""
    names = cell_names(width)
    cells = part.rename(dict(zip(part.columns, cell_names(part.width), strict=True)))
    beyond = [pl.col(name) for name in cells.columns[width:]]
    cells = cells.with_columns((pl.coalesce(beyond) if beyond else pl.lit(None, pl.String)).alias("beyond"))
    missing = [pl.lit(None, pl.String).alias(name) for name in names if name not in cells.columns]
    line = pl.int_range(first_line, first_line + part.height, dtype=pl.Int64).alias("line")
    return cells.with_columns(missing).select(line, *names, pl.col("beyond").alias(f"c{width}"))
