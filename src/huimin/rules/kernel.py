"""The compiled function: checked questions as machine code, kept between processes in a folder."""

import ast
import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
import numpy as np
from numba import types

from huimin.rules import civil
from huimin.rules.compiling import FUNCTION, Program
from huimin.rules.executing import function
from huimin.rules.facts import Facts
from huimin.rules.keeping import kept
from huimin.rules.population import stored

# fmt: off
HELPERS = (
    "place", "quotient", "running", "year_month_day", "day_number", "months_between", "years_between", "days_between", "months_after", "years_after",
    "days_after",
)
# fmt: on
_OPTIONS = {"nogil": True, "error_model": "numpy"}
_compiled: dict[str, Callable[..., None]] = {}


def compiled(program: Program, facts: Facts, cache_folder: Path | None = None) -> Callable[..., None]:
    """The machine code of a program. It is compiled once a process, and once for all where a folder is given.

    The folder must belong to the caller alone, since what is in it is run as code; in one that others may write to
    nothing is kept, and nothing is taken from there.
    """
    source = ast.unparse(ast.fix_missing_locations(_module(program)))
    signature = _signature(program, facts)
    # The compiler itself tells one processor from another, and one version of Python.
    parts = source, signature, numba.__version__, version("llvmlite"), _OPTIONS, _HELPERS
    key = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
    if key not in _compiled:
        made = None
        if cache_folder is not None:
            made = kept(source, FUNCTION, key, cache_folder, numba.njit(signature, cache=True, **_OPTIONS))
        _compiled[key] = made or numba.njit(signature, **_OPTIONS)(interpreted(program))
    return _compiled[key]


def _module(program: Program) -> ast.Module:
    """The function with the calendar functions it may call, each compiled too."""
    imported = ast.ImportFrom("huimin.rules.kernel", [ast.alias(name) for name in HELPERS], 0)
    return ast.Module([imported, program.function], [])


def interpreted(program: Program) -> Callable[..., None]:
    """The function as plain Python, made from the tree that was built from checked nodes."""
    return function(program.function, {name: globals()[name] for name in HELPERS})


def _signature(program: Program, facts: Facts) -> Any:
    def column(kind: Any, dimensions: int = 1) -> Any:
        return types.Array(kind, dimensions, "C", readonly=True)

    # Places are unsigned: a place that may be negative would be looked at again by every access to an array.
    arguments = [types.uint64, types.uint64, column(types.uint64), column(types.uint32)]
    arguments += [
        column(types.int64, 2),
        column(types.uint8, 2),
        types.int64,
        column(types.int16),
        column(types.int32),
    ]
    for fact in program.facts:
        kind = getattr(types, np.dtype(stored(facts[fact].type)).name)
        arguments += [column(kind), *([] if program.certain else [column(types.uint8), types.uint64])]
    for output in program.outputs:
        arguments += [types.uint8[::1], *([] if program.certain else [types.int64[::1]])]
        arguments += [getattr(types, output.amount)[::1]] if output.amount else []
    return types.void(*arguments)


def _own(function: Callable[..., Any], **known: Any) -> Any:
    """A compiled calendar function, whose callees are compiled too.

    It says which module it is of: machine code kept by another process is loaded by that name.
    """
    return numba.njit(FunctionType(function.__code__, {**known, "__name__": __name__}), **_OPTIONS)


def _place(number: int) -> Any:
    """A number that is never below zero, as a place in an array."""
    return np.uint64(number)


def _quotient(number: int, divisor: int) -> Any:
    """The quotient, rounded down, of a number that is never below zero."""
    return np.int64(np.uint64(number) // np.uint64(divisor))


def _running(size: int) -> Any:
    """Room for a sum that runs on, with its beginning."""
    sums = np.empty(size + np.uint64(1), dtype=np.int64)
    sums[0] = 0
    return sums


place = _own(_place, np=np)
quotient = _own(_quotient, np=np)
running = _own(_running, np=np)
year_month_day = _own(civil.year_month_day)
months_between = _own(civil.months_between, year_month_day=year_month_day)
years_between = _own(civil.years_between, months_between=months_between)
days_between = _own(civil.days_between)
day_number = _own(civil.day_number)
months_after = _own(civil.months_after, year_month_day=year_month_day, day_number=day_number)
years_after = _own(civil.years_after, months_after=months_after)
days_after = _own(civil.days_after)
_HELPERS = b"".join(globals()[name].py_func.__code__.co_code for name in HELPERS).hex()
