"""The platform. Loading any part of it first says how Polars is to hold memory."""

import os

# Polars' allocator (jemalloc) reads this once, when Polars is loaded, so it is said before anything else. As it comes, freed
# pages stay with the process until the machine runs short: another process is refused what nobody uses.
os.environ.setdefault("_RJEM_MALLOC_CONF", "muzzy_decay_ms:0")
