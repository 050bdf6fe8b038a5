"""The compiled function: checked questions as machine code, kept between processes in a folder."""

import ast
import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from huimin.rules import civil, keeping, machine
from huimin.rules.compiling import FUNCTION, Program
from huimin.rules.executing import function
from huimin.rules.facts import Facts
from huimin.rules.machine import Array
from huimin.rules.population import stored

_compiled: dict[str, "Compiled"] = {}


class Compiled:
    """A function of machine code; `found` says whether another process had made it."""

    def __init__(self, run: Callable[..., None], *, found: bool) -> None:
        self.run, self.found = run, found

    def __call__(self, *arguments: Any) -> None:
        self.run(*arguments)


def compiled(program: Program, facts: Facts, cache_folder: Path | None = None) -> Compiled:
    """The machine code of a program. It is compiled once a process, and once for all where a folder is given.

    The folder must belong to the caller alone, since what is in it is run as code; in one that others may write to
    nothing is kept, and nothing is taken from there.
    """
    arrays = _arrays(program, facts)
    source = machine.text(program.function, arrays, calendar())
    key = hashlib.sha256(f"{machine.processor()}\0{source}".encode()).hexdigest()
    if key not in _compiled:
        found = keeping.found(cache_folder, key) if cache_folder is not None else None
        code = found or machine.compiled(source)
        if cache_folder is not None and found is None:
            keeping.keep(cache_folder, key, code)
        names = [argument.arg for argument in program.function.args.args]
        run = machine.loaded(code, FUNCTION, [name in arrays for name in names])
        _compiled[key] = Compiled(run, found=found is not None)
    return _compiled[key]


def interpreted(program: Program) -> Callable[..., None]:
    """The function as plain Python, made from the tree that was built from checked nodes."""
    return function(
        program.function, {"place": int, "quotient": lambda one, other: one // other, **vars(civil)}
    )


def calendar() -> list[ast.FunctionDef]:
    """The calendar functions that a program may call."""
    return [node for node in ast.parse(inspect.getsource(civil)).body if isinstance(node, ast.FunctionDef)]


def _arrays(program: Program, facts: Facts) -> dict[str, Array]:
    """The arguments that are arrays."""
    kinds = {
        "offsets": "i64", "parameters": "i64", "parameters_known": "i8", "ages": "i16", "youngest": "i32", "room": "i64",
        "hall": "i64",
    }  # fmt: skip
    for place, fact in enumerate(program.facts, start=1):
        kinds[f"f{place}"] = _kind(stored(facts[fact].type))
        if not program.certain:
            kinds[f"k{place}"] = "i8"
    for place, output in enumerate(program.outputs):
        kinds[f"status{place}"] = "i8"
        if not program.certain:
            kinds[f"missing{place}"] = "i64"
        if output.amount:
            kinds[f"amount{place}"] = _kind(output.amount)
    return {name: Array(name, kind, program.width) for name, kind in kinds.items()}


def _kind(stored_as: Any) -> str:
    return f"i{np.dtype(stored_as).itemsize * 8}"
