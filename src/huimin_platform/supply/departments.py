"""The departments there are, by the code that contracts and policies use."""

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

from huimin.units.words import Words


class NoSuchDepartment(Exception):
    """No department has this code."""


@dataclass(frozen=True)
class Department:
    """A department: its code, and its name in two languages."""

    code: str
    name: Words


@functools.cache
def departments() -> dict[str, Department]:
    """Every department by its code, in the order of the catalogue."""
    lines = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return {line["code"]: Department(line["code"], Words(zh=line["zh"], en=line["en"])) for line in lines}


def department(code: str) -> Department:
    """The department with this code; NoSuchDepartment names the code otherwise."""
    try:
        return departments()[code]
    except KeyError:
        raise NoSuchDepartment(f"There is no department {code!r}.") from None
