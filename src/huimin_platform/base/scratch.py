"""Where content that is being received lies while it is read: in memory where the system has such a place, so that what
is sealed in the lake never lies open on a disk.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

# What a file may need beside itself while it is read: its sheets as columns of text.
TIMES, SPARE_BYTES = 6, 64 << 20


def place(size: int = 0) -> Path | None:
    """The folder in memory that has room for content of a size and what reading it needs; None where there is none."""
    memory = Path(settings.HUIMIN_SCRATCH) if settings.HUIMIN_SCRATCH else None
    if memory is None or not memory.is_dir():
        return None
    return memory if shutil.disk_usage(memory).free >= size * TIMES + SPARE_BYTES else None


@contextmanager
def folder(size: int = 0) -> Iterator[Path]:
    """A folder of one's own that is gone after the block, readable by this user only; in memory where it has room."""
    with tempfile.TemporaryDirectory(prefix="huimin-", dir=place(size), ignore_cleanup_errors=True) as name:
        yield Path(name)
