"""Reads a workbook in a process of its own, so that a malicious one can only stop that process.

Run as `python workbook_process.py FILE FOLDER SECONDS BYTES`: leaves one Arrow file a sheet and `sheets.json`
with their names in the folder. It imports little, because it starts for every workbook.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

import fastexcel
import pyarrow as pa
from defusedxml import ElementTree

MOST_SHEETS = 60
# Cells stored as numbers with more digits than a number of Excel can hold: their last digits are lost.
_LONG_NUMBER = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?![^>]*\bt="(?:s|str|inlineStr|b|e|d)")[^>]*>'
    rb"(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?"
    rb"<v>(-?[0-9]{16,}(?:\.[0-9]*)?|-?[0-9.]+E\+?(?:1[5-9]|[2-9][0-9]))</v>"
)
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
MOST_MERGED = 200_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_TIES = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
# How much of a sheet's text is searched at a time, and how much is kept so that no cell is cut in two.
SEARCHED_BYTES, OVERLAP_BYTES = 1 << 20, 2000


def main(source: str, folder: str, seconds: int, limit_bytes: int) -> None:
    """Writes every sheet of the workbook to the folder."""
    _limit(seconds, limit_bytes)
    # The reader knows what kind of workbook it is by looking; the ending may lie.
    reader = fastexcel.read_excel(Path(source).read_bytes())
    parts = _sheet_parts(source)
    sheets = []
    for place, name in enumerate(reader.sheet_names[:MOST_SHEETS]):
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        batch, _ = sheet.to_arrow_with_errors()
        part = parts.get(name)
        batch, merged = _as_stored(batch, source, part) if part else (batch, [])
        target = f"{place}.arrow"
        with (
            pa.OSFile(str(Path(folder) / target), "wb") as sink,
            pa.ipc.new_file(sink, batch.schema) as writer,
        ):
            writer.write_batch(batch)
        sheets.append(
            {
                "name": name,
                "hidden": sheet.visible != "visible",
                "file": target,
                "rows": batch.num_rows,
                "merged": merged,
            }
        )
    (Path(folder) / "sheets.json").write_text(json.dumps(sheets), encoding="utf-8")


def _limit(seconds: int, limit_bytes: int) -> None:
    try:
        import resource
    except (
        ImportError
    ):  # pragma: no cover - Windows has no such limits; the time limit of the caller remains.
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def _sheet_parts(source: str) -> dict[str, str]:
    """For each sheet of an .xlsx the part of the package that holds it; nothing for other kinds."""
    try:
        with zipfile.ZipFile(source) as package:
            ties = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
            targets = {tie.get("Id"): tie.get("Target", "") for tie in ties.iter(f"{_PACKAGE}Relationship")}
            book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return {}
    return {
        sheet.get("name", ""): "xl/" + targets.get(sheet.get(f"{_TIES}id"), "").removeprefix("/xl/")
        for sheet in book.iter(f"{_MAIN}sheet")
    }


def _as_stored(
    batch: pa.RecordBatch, source: str, part: str
) -> tuple[pa.RecordBatch, list[tuple[int, int, int]]]:
    """The cells with what the reader does not tell of how they are stored.

    Those stored as too long numbers are written as 3.3E+17, so that nobody takes them for exact. Beside them the cells
    that are merged downwards: column, first and last row.
    """
    cells, merged = _looked_through(source, part)
    if not cells and not merged:
        return batch, []
    # The first column with anything in it is the sheet's first used one; only columns with such cells change.
    first = _first_column(source, part)
    columns = list(batch.columns)
    for column, rows in cells.items():
        place = column - first
        if not 0 <= place < len(columns):
            continue
        values = columns[place].to_pylist()
        for row, text in rows.items():
            if row <= len(values):
                values[row - 1] = f"{float(text):.14E}"
        columns[place] = pa.array(values, pa.string())
    names = [str(place) for place in range(len(columns))]
    return pa.record_batch(columns, names=names), [
        (column - first, above, below) for column, above, below in merged
    ]


def _looked_through(source: str, part: str) -> tuple[dict[int, dict[int, str]], list[tuple[int, int, int]]]:
    """The numbers that are too long, by column and row, and the cells merged downwards within one column."""
    found: dict[int, dict[int, str]] = {}
    merged: list[tuple[int, int, int]] = []
    with zipfile.ZipFile(source) as package, package.open(part) as stream:
        tail = b""
        while data := stream.read(SEARCHED_BYTES):
            text, end = tail + data, 0
            for match in _LONG_NUMBER.finditer(text):
                found.setdefault(_column_number(match[1]), {})[int(match[2])] = match[3].decode()
            for match in _MERGED.finditer(text):
                end = match.end()
                if match[1] == match[3] and len(merged) < MOST_MERGED:
                    merged.append((_column_number(match[1]), int(match[2]), int(match[4])))
            # A merged cell that was found is not to be found again.
            tail = text[max(end, len(text) - OVERLAP_BYTES) :]
    return found, merged


def _first_column(source: str, part: str) -> int:
    """The number of the first column that holds a cell; the reader leaves out empty ones before it."""
    first = 16_384
    with zipfile.ZipFile(source) as package, package.open(part) as stream:
        tail = b""
        while data := stream.read(SEARCHED_BYTES):
            text = tail + data
            for match in re.finditer(rb'<c r="([A-Z]{1,3})[0-9]+"[^>]*[^/>]>', text):
                first = min(first, _column_number(match[1]))
            if first == 0:
                return 0
            tail = text[-OVERLAP_BYTES:]
    return first


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
