"""What is told to the compiler does what the same text does as Python, and names of what is missing are spelled alike."""

import ast
import inspect
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from huimin.rules import civil, kernel, machine, spelling
from huimin.rules.machine import Array

LAST = 40


def worked(size: int, first: Any, second: Any, small: Any, found: Any) -> None:
    total = 0
    for row in range(size):
        one = first[row]
        other = second[row]
        found[row * 5] = one // other + one % other
        found[row * 5 + 1] = -one if (one < other) & (not one == 3) | (small[row] != 0) else one * other - 7  # noqa: SIM201
        total = total + one
        found[row * 5 + 2] = total
        at = row
        while at > 0 and first[at] > other:
            at = at - 1
        found[row * 5 + 3] = at
        if at > 2:
            at = at + 100
        found[row * 5 + 4] = at


def called(size: int, first: Any, second: Any, found: Any) -> None:
    for row in range(size):
        found[row * 3] = months_between(first[row], second[row])  # noqa: F821
        found[row * 3 + 1] = years_between(first[row], second[row])  # noqa: F821
        found[row * 3 + 2] = months_after(first[row], second[row] % 500)  # noqa: F821


def made(function: Callable[..., None], kinds: dict[str, str]) -> Callable[..., None]:
    [tree] = ast.parse(inspect.getsource(function)).body
    assert isinstance(tree, ast.FunctionDef)
    arrays = {name: Array(name, kind) for name, kind in kinds.items()}
    source = machine.text(tree, arrays, kernel.calendar())
    names = [argument.arg for argument in tree.args.args]
    return machine.loaded(machine.compiled(source), tree.name, [name in arrays for name in names])


def test_arithmetic_choices_and_loops_are_those_of_python() -> None:
    chance = random.Random(1)
    first = np.array([chance.choice([0, 3, -7, chance.randint(-99, 99)]) for _ in range(LAST)])
    second = np.array([chance.choice([1, -1, 3, -4, chance.randint(1, 50)]) for _ in range(LAST)])
    small = np.array([chance.randint(0, 1) for _ in range(LAST)], dtype=np.uint8)
    expected, found = (np.zeros(5 * LAST, dtype=np.int64) for _ in range(2))
    worked(LAST, first.tolist(), second.tolist(), small.tolist(), expected)
    made(worked, {"first": "i64", "second": "i64", "small": "i8", "found": "i64"})(
        LAST, first, second, small, found
    )
    assert found.tolist() == expected.tolist()
    assert len(set(expected.tolist())) > LAST


def test_the_calendar_is_that_of_python() -> None:
    chance = random.Random(2)
    days = [[chance.randint(-40_000, 80_000) for _ in range(400)] for _ in range(2)]
    found = np.zeros(3 * 400, dtype=np.int64)
    run = made(called, dict.fromkeys(("first", "second", "found"), "i64"))
    run(400, *(np.array(each) for each in days), found)
    assert found.tolist() == [
        value
        for first, second in zip(*days, strict=True)
        for value in (
            civil.months_between(first, second), civil.years_between(first, second), civil.months_after(first, second % 500),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("compiled", [True, False])
def test_what_is_missing_is_spelled_from_the_lowest_bit(compiled: bool) -> None:
    names = [f"household.fact_{place}" for place in range(61)] + ["short"]
    words = np.array([0, 1, 0b1010, 1 << 61, (1 << 62) - 1, 0], dtype=np.int64)
    found = spelling.spelled(words, names, compiled=compiled)
    assert found.to_list() == [[], names[:1], [names[1], names[3]], ["short"], names, []]
