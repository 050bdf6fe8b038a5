"""What kind of file it is, told from its bytes, and its sheets or the ways to read its text."""

import hashlib
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from huimin.intake import delimited, json_rows, markup, workbook
from huimin.intake.encoding import BLOCK_BYTES, Encoding, detect
from huimin.intake.grid import Grid
from huimin.intake.workbook import Refused

_PACKAGE = b"PK\x03\x04"
_EMPTY_PACKAGE = b"PK\x05\x06"
_PARQUET = b"PAR1"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_KINDS = (
    (b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gzip"), (b"GIF8", "GIF"), (b"{\\rtf", "RTF"),
    (b"SQLite format", "SQLite"), (b"\x7fELF", "ELF"), (b"MZ\x90", "EXE"),
)  # fmt: skip
_MARKUP = ("<html", "<!doctype", "<table", "<?xml", "<meta", "<head", "<body", "<style", "<workbook")

_WORKBOOKS = (".xls", ".xlsx", ".xlsm", ".xlsb", ".et")
# Characters that no text has, of which a damaged file has one in ten. Zeros stand in some texts, to fill up fields.
_NO_TEXT = re.compile(r"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f\ufffd]")
_NOISE_SHARE = 0.02


@dataclass(frozen=True)
class Opened:
    """A file that could be opened. `sheets` stand beside each other; otherwise the grids are ways to read the
    same text, of which the best counts.
    """

    grids: Sequence[Grid]
    sheets: bool
    encoding: Encoding


def digest(stream: BinaryIO) -> tuple[str, int]:
    """The SHA-256 of a file and its size."""
    stream.seek(0)
    total, size = hashlib.sha256(), 0
    while data := stream.read(BLOCK_BYTES):
        total.update(data)
        size += len(data)
    return total.hexdigest(), size


def opened(stream: BinaryIO, name: str, size: int, folder: Path) -> Opened:
    """The file opened; `Refused` when it holds no table. The folder is for a workbook's sheets."""
    stream.seek(0)
    head = stream.read(4096)
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise Refused("empty_file")
    if head.startswith((_PACKAGE, _EMPTY_PACKAGE, _COMPOUND)):
        return Opened(workbook.grids(_on_disk(stream, head, folder), folder), True, Encoding("workbook"))
    if head.startswith(_PARQUET):
        return Opened(workbook.parquet_grids(_kept(stream, folder), folder), True, Encoding("parquet"))
    for mark, kind in _OTHER_KINDS:
        if head.startswith(mark):
            raise Refused("not_a_table", kind=kind)
    encoding = detect(stream)
    if head.decode(encoding.name, errors="replace").lstrip("\ufeff \r\n\t").lower().startswith(_MARKUP):
        return Opened(markup.grids(stream, encoding, size), True, encoding)
    if _is_noise(head, encoding):
        if name.lower().endswith(_WORKBOOKS):
            raise Refused("unreadable_workbook")
        raise Refused("not_a_table", kind="BIN")
    if name.lower().endswith((".json", ".jsonl")) or head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return Opened(json_rows.grids(stream, encoding, size), False, encoding)
    return Opened(delimited.grids(stream, encoding), False, encoding)


def _is_noise(head: bytes, encoding: Encoding) -> bool:
    """Whether what a file begins with is no text in its encoding: below a clean first line, stray signs are the cells' own."""
    text = head.decode(encoding.name, errors="replace")
    if not _NO_TEXT.search(text.lstrip().partition("\n")[0]):
        return False
    return len(_NO_TEXT.findall(text)) > max(len(text) * _NOISE_SHARE, 2)


def _on_disk(stream: BinaryIO, head: bytes, folder: Path) -> Path:
    """The workbook as a file for the process that reads it; one that is cut off or locked is not opened."""
    path = _kept(stream, folder)
    if head.startswith(_COMPOUND):
        if _contains(stream, _ENCRYPTED):
            raise Refused("encrypted_workbook")
    elif not zipfile.is_zipfile(path):
        raise Refused("unreadable_workbook")
    return path


def _kept(stream: BinaryIO, folder: Path) -> Path:
    """The content as a file for another process."""
    named = getattr(stream, "name", None)
    path = Path(named) if isinstance(named, str) else folder / "workbook"
    if not isinstance(named, str):
        stream.seek(0)
        with path.open("wb") as copy:
            while data := stream.read(BLOCK_BYTES):
                copy.write(data)
    return path


def _contains(stream: BinaryIO, wanted: bytes) -> bool:
    stream.seek(0)
    tail = b""
    while data := stream.read(BLOCK_BYTES):
        if wanted in tail + data:
            return True
        tail = data[-len(wanted) :]
    return False
