"""Machine code kept between processes, in a folder that is the user's alone."""

import hashlib
import os
import tempfile
from pathlib import Path

FOLDER = "kernels"
_DIGEST = hashlib.sha256().digest_size


def found(folder: Path, key: str) -> bytes | None:
    """The machine code that a process kept under a key; nothing where it is not as it was written.

    It is only taken from a folder, made here inside the one given, that belongs to this user and that nobody else may
    look into.
    """
    own = _private(folder)
    if own is None:
        return None
    try:
        content = _path(own, key).read_bytes()
    except OSError:
        return None
    digest, code = content[:_DIGEST], content[_DIGEST:]
    return code if hashlib.sha256(code).digest() == digest else None


def keep(folder: Path, key: str, code: bytes) -> None:
    """Keep machine code for the next process, where that can be done: written whole or not at all."""
    own = _private(folder)
    if own is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=own, prefix=key[:32])
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(code).digest() + code)
        Path(name).replace(_path(own, key))
    except OSError:
        return


def _path(own: Path, key: str) -> Path:
    return own / f"{key}.o"


def _private(folder: Path) -> Path | None:
    """The folder inside the one given, where it is this user's alone."""
    own = folder / FOLDER
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = own.lstat()
    except OSError:
        return None
    alone = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    return own if alone and not own.is_symlink() else None
