"""The encoding of a text file, found from its bytes, and its text in blocks of bounded size."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK_BYTES = 8 << 20
LONGEST_LINE = 1_000_000
# What decides between UTF-16 without a mark and the rest: zeros stand at every other place of plain digits.
SAMPLE_BYTES = 4096
ZERO_SHARE = 0.1
ONE_SIDED = 10
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class Encoding:
    """The codec of a file and how many of its characters it cannot read."""

    name: str
    damaged: int = 0


def detect(stream: BinaryIO) -> Encoding:
    """The encoding of a file: its mark if it has one, else UTF-8, UTF-16 or GB18030, whichever reads it.

    A file none of them reads wholly gets the one that leaves the fewest gaps.
    """
    stream.seek(0)
    head = stream.read(SAMPLE_BYTES)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if marked:
        return Encoding(marked, _damage(stream, marked))
    wide = _without_mark(head)
    if wide:
        return Encoding(wide, _damage(stream, wide))
    damages = {}
    for name in ("utf-8", "gb18030"):
        damages[name] = _damage(stream, name)
        if not damages[name]:
            return Encoding(name)
    best = min(damages, key=lambda name: damages[name])
    return Encoding(best, damages[best])


def blocks(stream: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """The text in blocks that end behind a line, line ends all written as one line feed."""
    decoder = codecs.getincrementaldecoder(encoding.name)(errors="replace")
    stream.seek(0)
    rest = ready = ""
    while data := stream.read(BLOCK_BYTES):
        text = rest + decoder.decode(data)
        # A carriage return at the very end may belong to a line feed that has not been read yet.
        held = "\r" if text.endswith("\r") else ""
        text = _line_feeds(text[: len(text) - len(held)])
        cut = text.rfind("\n") + 1
        # A line without end is cut, so that it cannot fill the memory.
        rest = text[cut:][:LONGEST_LINE] + held
        if cut:
            if ready:
                yield ready
            ready = text[:cut]
    # What stands behind the last line feed is no block of its own: a column is judged by all of its rows.
    ready += _line_feeds(rest + decoder.decode(b"", final=True))
    if ready:
        yield ready


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _without_mark(head: bytes) -> str | None:
    little, big = head[1::2].count(0), head[0::2].count(0)
    if len(head) < 4 or little + big < len(head) * ZERO_SHARE:
        return None
    if min(little, big) * ONE_SIDED > max(little, big):
        return None
    return "utf-16-le" if little > big else "utf-16-be"


def _damage(stream: BinaryIO, name: str) -> int:
    """How many characters of the file a codec cannot read; counted no further than needed to compare."""
    decoder = codecs.getincrementaldecoder(name)(errors="strict")
    stream.seek(0)
    try:
        while data := stream.read(BLOCK_BYTES):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _gaps(stream, name)
    return 0


def _gaps(stream: BinaryIO, name: str) -> int:
    decoder = codecs.getincrementaldecoder(name)(errors="replace")
    stream.seek(0)
    gaps = 0
    while data := stream.read(BLOCK_BYTES):
        gaps += decoder.decode(data).count(REPLACEMENT)
    return gaps + decoder.decode(b"", final=True).count(REPLACEMENT)
