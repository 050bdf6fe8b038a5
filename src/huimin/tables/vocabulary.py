"""What contracts share: departments, common headings, common lists of values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from huimin.tables.definitions import Value
from huimin.tables.document import Section, read, room
from huimin.units.words import Words


@dataclass(frozen=True)
class Vocabulary:
    """Departments, headings and lists of values by name."""

    departments: Mapping[str, Words]
    headings: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[Value, ...]]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the contracts that come with the library."""
    document = read(room("vocabulary.yaml")).only("departments", "headings", "values")
    departments, headings = document.section("departments"), document.section("headings")
    return Vocabulary(
        departments={code: departments.words(code) for code in departments.values},
        headings={name: headings.listed(name) for name in headings.values},
        values={name: values_of(section) for name, section in document.sections("values")},
    )


def values_of(section: Section) -> tuple[Value, ...]:
    """The list of values that a section spells out."""
    return tuple(_value(key, section.section(key)) for key in section.values)


def _value(key: str, section: Section) -> Value:
    section.only("zh", "en", "also", "pattern")
    title = Words(zh=section.text("zh"), en=section.text("en"))
    pattern = section.text("pattern") if "pattern" in section.values else None
    if not usable(pattern or ""):
        raise section.fail(
            "pattern",
            Words(
                "这不是正则表达式；不支持向前、向后查看",
                "this is no regular expression; looking ahead or back is not known here",
            ),
        )
    spellings = dict.fromkeys((title.zh, *section.listed("also"), title.en, key))
    return Value(key, title, tuple(spellings), pattern)


def usable(pattern: str) -> bool:
    """Whether a pattern is a regular expression for both engines that read it: that of Python and that of the tables."""
    try:
        re.compile(pattern)
        pl.Series([""]).str.contains(pattern)
    except (re.error, pl.exceptions.ComputeError):
        return False
    return True
