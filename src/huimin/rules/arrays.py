"""Arrays to be written to."""

import numpy as np
import pyarrow as pa


def empty(size: int, kind: str) -> np.ndarray:
    """An array to be written to, whose memory goes back to a pool that gives it out again.

    NumPy's own goes back to the system, which hands it out page by page and wiped: for cheap rules that takes as
    long as the rules.
    """
    return np.frombuffer(pa.allocate_buffer(size * np.dtype(kind).itemsize), dtype=kind)
