"""The content of a request, streamed to disk: no longer than allowed, no slower, whole, unpacked and what its digest says."""

import base64
import binascii
import hashlib
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, UnreadablePostError

from huimin_platform.base import scratch
from huimin_platform.portal.api.problems import Refused

PIECE_BYTES = 1 << 16
# Small, because the web server gives a piece when it is full: how slow a sender is shows after each.
LINE_BYTES = 1 << 12
# A sender has so long to begin with, and from then on must keep this pace.
FIRST_SECONDS = 15
SLOWEST_BYTES_A_SECOND = 20_000
DIGEST = re.compile(r"\s*([a-z0-9*.-]+)=:([A-Za-z0-9+/=]*):\s*")
DIGESTS = {"sha-256": "sha256", "sha-512": "sha512"}


@dataclass(frozen=True)
class Sent:
    """What was sent: where it lies on disk, its media type, and the SHA-256 of its bytes on the line."""

    path: Path
    media_type: str
    sha256: str
    size: int


def length_of(request: HttpRequest, most: int) -> int:
    """The announced length of the content, before any of it is read."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise Refused("no_length")
    said = request.META.get("CONTENT_LENGTH") or ""
    if not re.fullmatch(r"[0-9]{1,18}", said):
        raise Refused("no_length")
    if int(said) > most:
        raise Refused("too_large")
    return int(said)


def media_type(request: HttpRequest, taken: dict[str, str]) -> str:
    """The media type of the content, one of those taken, without its parameters."""
    said = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if said not in taken:
        raise Refused("media_type", headers={"Accept": ", ".join(sorted(taken))})
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", "gzip", ""):
        raise Refused("coding", headers={"Accept-Encoding": "gzip, identity"})
    return said


@contextmanager
def received(request: HttpRequest, kind: str, length: int, most: int) -> Iterator[Sent]:
    """The content as a file that is there inside the block; raises `Refused` for what cannot be kept."""
    wanted = _digests(request.headers.get("Content-Digest", ""))
    digests = {name: hashlib.new(DIGESTS[name]) for name in wanted}
    sha256 = hashlib.sha256()
    packed = request.headers.get("Content-Encoding", "").strip().lower() == "gzip"
    with scratch.folder(most if packed else length) as folder:
        path = folder / "sent"
        size = 0
        with path.open("wb") as file:
            for piece in _unpacked(_pieces(request, length, [sha256, *digests.values()]), packed):
                size += len(piece)
                if size > most:
                    raise Refused("too_large")
                file.write(piece)
        if any(digests[name].digest() != value for name, value in wanted.items()):
            raise Refused("digest")
        yield Sent(path, kind, sha256.hexdigest(), size)


def _pieces(request: HttpRequest, length: int, digests: list) -> Iterator[bytes]:
    """The bytes on the line, each piece taken into the digests."""
    read, begun = 0, time.monotonic()
    while read < length:
        try:
            piece = request.read(min(LINE_BYTES, length - read))
        except (OSError, UnreadablePostError):
            raise Refused("cut_off") from None
        if not piece:
            raise Refused("cut_off")
        read += len(piece)
        for digest in digests:
            digest.update(piece)
        if time.monotonic() - begun > FIRST_SECONDS + read / SLOWEST_BYTES_A_SECOND:
            raise Refused("too_slow")
        yield piece


def _unpacked(pieces: Iterator[bytes], packed: bool) -> Iterator[bytes]:
    """The pieces, unpacked where they are gzip, a piece at a time, so that no bomb unfolds in memory."""
    if not packed:
        yield from pieces
        return
    gzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            while piece:
                yield gzip.decompress(piece, PIECE_BYTES)
                piece = gzip.unconsumed_tail
    except zlib.error:
        raise Refused("not_gzip") from None
    if not gzip.eof or gzip.unused_data:
        raise Refused("not_gzip")


def _digests(header: str) -> dict[str, bytes]:
    """The digests of the header that we can check, by the name of their algorithm."""
    found: dict[str, bytes] = {}
    for part in header.split(",") if header.strip() else []:
        match = DIGEST.fullmatch(part)
        try:
            value = base64.b64decode(match[2], validate=True) if match else b""
        except binascii.Error:
            value = b""
        if not match or not value:
            raise Refused("digest_form")
        if match[1] in DIGESTS:
            found[match[1]] = value
    return found
