"""Skills 服务资质: what a service may ask of a provider beyond its kind, as data, and who lacks which of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from huimin.tables.document import read
from huimin.units.words import Words

FILE = Path(__file__).with_name("skills.yaml")


@dataclass(frozen=True)
class Skill:
    """One skill: what it is called, and the paper that proves it."""

    title: Words
    proof: Words


@cache
def skills() -> Mapping[str, Skill]:
    """The skills by name."""
    document = read(FILE)
    found = {}
    for name in document.values:
        section = document.section(name)
        section.only("title", "proof")
        found[name] = Skill(section.words("title"), section.words("proof"))
    return found


def lacking(asked: Collection[str], held: Collection[str]) -> tuple[str, ...]:
    """The skills that are asked for and not held, in the order of their names.

    >>> lacking(["night_care", "care_unable"], ["care_unable"])
    ('night_care',)
    """
    return tuple(sorted(set(asked) - set(held)))
