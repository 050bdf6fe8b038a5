"""The lake: files sealed whole, in a folder by default, in object storage by setting."""

import functools
import io
import os
import posixpath
from typing import Any

import fsspec
import polars as pl
from django.conf import settings

from huimin_platform.base import secrets

PLACE = "base.lake.file"


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
