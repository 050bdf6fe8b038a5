"""Compiled functions kept between processes, in a folder that is the user's alone."""

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import numba

FOLDER = "kernels"
_one_at_a_time = Lock()


def kept(source: str, name: str, key: str, folder: Path, compiled: Callable[[Any], Any]) -> Any | None:
    """The compiled function called `name` of a source, from what a process kept before or kept for the next.

    Nothing where it cannot be kept: machine code is only taken from a folder, made here inside the one given, that
    belongs to this user and that nobody else may look into, and only as it was written. What is torn or changed is
    made anew. Processes may do so at once: each file is written whole or not at all, and says what it is of.
    """
    own = _private(folder)
    if own is None:
        return None
    module = f"huimin_rules_{key[:32]}"
    # Where the caller keeps other compiled code is no place of ours.
    with _one_at_a_time:
        elsewhere, numba.config.CACHE_DIR = numba.config.CACHE_DIR, ""  # type: ignore[attr-defined]
        try:
            if not _as_written(own, module):
                _forget(own, module)
            function = compiled(_loaded(source, name, own / f"{module}.py"))
            if not _as_written(own, module):
                _write(_record(own, module), json.dumps(_digests(own, module)))
        except OSError:
            return None
        finally:
            numba.config.CACHE_DIR = elsewhere  # type: ignore[attr-defined]
    return function


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


def _loaded(source: str, name: str, path: Path) -> Any:
    """The function from a file, which is what the compiler's own keeping needs."""
    if not path.exists() or path.read_text(encoding="utf-8") != source:
        _write(path, source)
    # What Python itself kept of it may be torn too, and is quickly made.
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink(missing_ok=True)
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # Machine code that another process kept is loaded by the name of the module it is of.
    sys.modules[path.stem] = module
    specification.loader.exec_module(module)
    return getattr(module, name)


def _files(own: Path, module: str) -> list[Path]:
    """What the compiler kept of a function: where its machine code is, and the code."""
    return sorted((own / "__pycache__").glob(f"{module}.*.nb[ic]"))


def _record(own: Path, module: str) -> Path:
    return own / f"{module}.json"


def _digests(own: Path, module: str) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(own, module)}


def _as_written(own: Path, module: str) -> bool:
    """Whether the files are those that a process wrote down when it had made them."""
    try:
        return json.loads(_record(own, module).read_text(encoding="utf-8")) == _digests(own, module)
    except (FileNotFoundError, ValueError):
        return False


def _forget(own: Path, module: str) -> None:
    for path in [*_files(own, module), _record(own, module)]:
        path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, so that two processes may do it at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
