"""The lake: files sealed whole, in a folder by default, in object storage by setting."""

import functools
import hashlib
import io
import os
import posixpath
from collections.abc import Iterator
from typing import Any

import fsspec
import polars as pl
from django.conf import settings

from huimin_platform.base import secrets

PLACE = "base.lake.file"
PIECE_BYTES = 4 * 1024 * 1024


class NotInLake(Exception):
    """The lake has no file of this name."""


def put_bytes(name: str, data: bytes) -> None:
    """Keeps data under a name, replacing what was there at once and whole."""
    files, path = _files(), _path(name)
    files.makedirs(posixpath.dirname(path), exist_ok=True)
    draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.draft"
    try:
        with files.open(draft, "wb") as file:
            file.write(secrets.seal_bytes(data, PLACE, name))
            if _is_local(files):
                file.flush()
                os.fsync(file.fileno())
        if _is_local(files):
            os.replace(draft, path)
        else:
            files.mv(draft, path)
    except BaseException:
        if files.exists(draft):
            files.rm(draft)
        raise


def get_bytes(name: str) -> bytes:
    """The data kept under a name; NotInLake if there is none."""
    try:
        with _files().open(_path(name), "rb") as file:
            return secrets.unseal_bytes(file.read(), PLACE, name)
    except FileNotFoundError:
        raise NotInLake(f"The lake has no file {name}.") from None


def put_frame(name: str, frame: pl.DataFrame) -> None:
    """Keeps a table under a name, as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    put_bytes(name, buffer.getvalue())


def frame(name: str, columns: list[str] | None = None) -> pl.DataFrame:
    """The table kept under a name; NotInLake if there is none."""
    return pl.read_parquet(io.BytesIO(get_bytes(name)), columns=columns)


class SealedFile(io.RawIOBase):
    """A file of any length, written once from front to back and kept in sealed pieces `name/000000`, `name/000001`, …

    A piece names its file and number when it is sealed, so that none can be moved or changed; whoever reads it knows
    how many there are. Holds one piece in memory.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.size = self.pieces = 0
        self._digest = hashlib.sha256()
        self._waiting = bytearray()

    def writable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """How much was written."""
        return self.size

    def write(self, data: Any) -> int:
        """Takes bytes; full pieces are sealed and put away."""
        self._waiting += data
        self.size += len(data)
        while len(self._waiting) >= PIECE_BYTES:
            self._put(bytes(self._waiting[:PIECE_BYTES]))
            del self._waiting[:PIECE_BYTES]
        return len(data)

    def close(self) -> None:
        """Puts the last piece away."""
        if not self.closed and self._waiting:
            self._put(bytes(self._waiting))
            self._waiting.clear()
        super().close()

    @property
    def sha256(self) -> str:
        """The digest of what was put away."""
        return self._digest.hexdigest()

    def _put(self, piece: bytes) -> None:
        put_bytes(f"{self.name}/{self.pieces:06}", piece)
        self._digest.update(piece)
        self.pieces += 1


def pieces(name: str, count: int) -> Iterator[bytes]:
    """The pieces of a sealed file, one after the other; NotInLake if one of them is gone."""
    for number in range(count):
        yield get_bytes(f"{name}/{number:06}")


def delete_folder(name: str) -> None:
    """Removes everything that is kept below a name."""
    if exists(name):
        _files().rm(_path(name), recursive=True)


def exists(name: str) -> bool:
    """Whether something is kept under a name."""
    return bool(_files().exists(_path(name)))


def delete(name: str) -> None:
    """Removes what is kept under a name, if anything is."""
    if exists(name):
        _files().rm(_path(name))


def _path(name: str) -> str:
    assert name, "a file in the lake needs a name"
    assert not name.startswith("/"), f"{name!r} is no name in the lake"
    assert ".." not in name.split("/"), f"{name!r} is no name in the lake"
    return posixpath.join(_root(settings.HUIMIN_LAKE)[1], name)


def _files() -> Any:
    return _root(settings.HUIMIN_LAKE)[0]


@functools.cache
def _root(url: str) -> tuple[Any, str]:
    return fsspec.core.url_to_fs(url)


def _is_local(files: Any) -> bool:
    return "file" in files.protocol
