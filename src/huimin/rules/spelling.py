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

# A name as Arrow views it is two numbers.
VIEWED = 16


def lengths(size: int, words: Any, ends: Any) -> None:
    """Write down where each word's names begin and the last's end."""
    total = 0
    ends[0] = 0
    for row in range(0, size):  # noqa: PIE808 - it is compiled as it stands
        total = total + ones(words[row])
        ends[row + 1] = total


def spell(size: int, words: Any, ends: Any, names: Any, views: Any) -> None:
    """Write down each word's names, as two numbers each."""
    for row in range(0, size):  # noqa: PIE808
        word = words[row]
        at = ends[row] * 2
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
    """The place of a word's lowest bit."""
    return (int(word) & -int(word)).bit_length() - 1


def spelled(words: np.ndarray, names: Sequence[str], *, compiled: bool) -> pl.Series:
    """A list of names for each word; the lowest bit stands for the first name."""
    count, spell_out = _made() if compiled else (lengths, spell)
    ends = empty(len(words) + 1, "int64")
    count(len(words), words, ends)
    total = int(ends[-1])
    views = empty(2 * total, "int64")
    told = pa.array(names, pa.string_view())
    _, table, *texts = told.buffers()
    spell_out(len(words), words, ends, np.frombuffer(table, dtype=np.int64), views)
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
