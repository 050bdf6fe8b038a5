"""JSON files: one object is one row, a list of objects is a table; nested keys are written with points."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import polars as pl

from huimin.intake.encoding import Encoding, blocks
from huimin.intake.grid import CHUNK_ROWS, HEAD_ROWS, MOST_COLUMNS, Chunk, Grid, cell_names
from huimin.intake.workbook import Refused

MOST_BYTES = 512 << 20
DEEPEST = 6


def grids(stream: BinaryIO, encoding: Encoding, size: int) -> list[Grid]:
    """The table in a JSON file; `Refused` when its syntax is wrong.

    Line 0 holds the headings, line 1 the first object.
    """
    if size > MOST_BYTES:
        raise Refused("too_large_inside", size=f"{size >> 20:,} MB", limit=f"{MOST_BYTES >> 20:,} MB")
    rows = [_flat(row) for row in _objects(_parsed("".join(blocks(stream, encoding))))]
    headings = list(dict.fromkeys(name for row in rows for name in row))[:MOST_COLUMNS]
    table = [tuple(headings), *(tuple(row.get(name, "") for name in headings) for row in rows)]

    def chunks(width: int) -> Iterator[Chunk]:
        names = cell_names(width)
        for start in range(0, len(table), CHUNK_ROWS):
            part = table[start : start + CHUNK_ROWS]
            cells = {
                name: [row[place] if place < len(row) else None for row in part]
                for place, name in enumerate(names)
            }
            frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String()))
            line = pl.int_range(start, start + len(part), dtype=pl.Int64).alias("line")
            yield Chunk(frame.select(line, pl.all(), pl.lit(None, pl.String).alias(f"c{width}")))

    return [Grid("", tuple(enumerate(table[:HEAD_ROWS])), chunks)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        at = error.lineno
    except RecursionError:
        at = 1
    try:
        # One object a line is JSON as well, as many exports write it.
        return [
            json.loads(line, parse_float=str, parse_int=str) for line in text.splitlines() if line.strip()
        ]
    except (json.JSONDecodeError, RecursionError):
        raise Refused("damaged_json", at=at) from None


def _objects(content: Any) -> list[dict[str, Any]]:
    """The rows: the list itself, or the longest list of objects under a key, or the one object."""
    if isinstance(content, list):
        return [row for row in content if isinstance(row, dict)]
    if not isinstance(content, dict):
        return []
    lists = [
        value
        for value in content.values()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
    return [row for row in max(lists, key=len) if isinstance(row, dict)] if lists else [content]


def _flat(row: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """The row with nested keys joined by points, values as text."""
    found: dict[str, str] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, list):
            value = {str(place): item for place, item in enumerate(value)}
        if isinstance(value, dict) and depth < DEEPEST:
            found |= _flat(value, f"{name}.", depth + 1)
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
