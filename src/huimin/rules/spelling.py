"""The names of what is missing, for words that have a bit for each fact that is missing.

`lengths` and `spell` are compiled, with `ones` and `lowest`, the number of a word's bits and the place of its lowest;
few words are spelled by them as they are.
"""

import ast
import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from huimin.rules import machine
from huimin.rules.arrays import empty
from huimin.rules.machine import Array

WORD = 64


def lengths(size: int, words: Any, ends: Any, rows: Any) -> None:
    """Write down where each word's names begin and the last's end, and the rows of words that have any."""
    total = 0
    some = 0
    ends[0] = 0
    for row in range(size):
        word = words[row]
        total = total + ones(word)
        ends[row + 1] = total
        # Written each time and kept only where it counts: no branch is there to be guessed wrong.
        rows[some] = row
        some = some + (1 if word != 0 else 0)
    rows[size] = some


def spell(size: int, words: Any, ends: Any, rows: Any, names: Any, views: Any) -> None:
    """Write down each word's names, as two numbers each."""
    for place in range(rows[size]):
        row = rows[place]
        word = words[row]
        at = ends[row] * 2
        # Two are written without asking; where there is one only, the next word's first takes the place.
        first = lowest(word) * 2
        views[at] = names[first]
        views[at + 1] = names[first + 1]
        word = word & (word - 1)
        second = lowest(word) * 2
        views[at + 2] = names[second]
        views[at + 3] = names[second + 1]
        word = word & (word - 1)
        at = at + 4
        while word != 0:
            name = lowest(word) * 2
            views[at] = names[name]
            views[at + 1] = names[name + 1]
            word = word & (word - 1)
            at = at + 2


def ones(word: int) -> int:
    """How many bits a word has."""
    return int(word).bit_count()


def lowest(word: int) -> int:
    """The place of a word's lowest bit; of none, the one after the highest."""
    return (int(word) & -int(word)).bit_length() - 1 if word else WORD


def spelled(words: np.ndarray, names: Sequence[str], *, compiled: bool) -> pl.Series:
    """A list of names for each word; the lowest bit stands for the first name."""
    count, spell_out = _made() if compiled else (lengths, spell)
    ends, rows = (empty(len(words) + 1, "int64") for _ in range(2))
    count(len(words), words, ends, rows)
    total = int(ends[-1])
    # A name as Arrow views it is two numbers. One may be written beyond the last, and read beyond the names.
    views = empty(2 * total + 2, "int64")
    told = pa.array(names, pa.string_view())
    _, table, *texts = told.buffers()
    viewed = np.zeros(2 * (WORD + 1), dtype=np.int64)
    viewed[: 2 * len(names)] = np.frombuffer(table, dtype=np.int64)[: 2 * len(names)]
    spell_out(len(words), words, ends, rows, viewed, views)
    found = pa.Array.from_buffers(pa.string_view(), total, [None, pa.py_buffer(views), *texts])
    return pl.Series(pa.LargeListArray.from_arrays(pa.array(ends), found))


@lru_cache(maxsize=1)
def _made() -> tuple[Callable[..., None], ...]:
    made = []
    for function in (lengths, spell):
        [tree] = ast.parse(inspect.getsource(function)).body
        assert isinstance(tree, ast.FunctionDef)
        names = [argument.arg for argument in tree.args.args]
        arrays = {name: Array(name, "i64") for name in names[1:]}
        code = machine.compiled(machine.text(tree, arrays, ()))
        made.append(machine.loaded(code, tree.name, [name in arrays for name in names]))
    return tuple(made)
