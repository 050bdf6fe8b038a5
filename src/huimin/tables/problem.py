"""The catalogue of problems: what can be wrong with a file, a row or a cell, said with its cure."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from huimin.tables.document import Section, read, room
from huimin.units.words import Words

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file: where, what, and the values its words name. Line 0 is the file itself."""

    file: str
    line: int
    column: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of problem: what happened and its cure in words with named places; whether it costs the row."""

    code: str
    severity: Severity
    title: Words
    cure: Words


def message(problem: Problem, language: str) -> str:
    """What happened and what to do next, in a language."""
    return text(problem.code, problem.params, language)


def text(code: str, params: Mapping[str, object], language: str) -> str:
    """The message of a code with its places filled in; a place without a value stays open as “…”."""
    kind = catalogue()[code]
    said = {name: _said(value, language) for name, value in params.items()}
    gap = "" if language.lower().startswith("zh") else " "
    parts = (kind.title.say(language), kind.cure.say(language))
    return gap.join(_Filled().vformat(part, (), said) for part in parts)


def _said(value: object, language: str) -> object:
    """Words, also those that were kept as {zh, en}, in the language; anything else as it is."""
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        value = Words(str(value["zh"]), str(value["en"]))
    return value.say(language) if isinstance(value, Words) else value


def catalogue() -> Mapping[str, Kind]:
    """Every kind of problem by its code."""
    return _catalogue()


@cache
def _catalogue() -> Mapping[str, Kind]:
    document = read(room("problems.yaml"))
    return {code: _kind(code, document.section(code)) for code in document.values}


def _kind(code: str, section: Section) -> Kind:
    section.only("severity", "title", "cure")
    return Kind(
        code,
        section.one_of("severity", ("error", "warning")),  # pyright: ignore[reportArgumentType]
        section.words("title"),
        section.words("cure"),
    )


class _Filled(string.Formatter):
    """Fills named places only: no attributes and no positions, because the values come from strangers."""

    def get_field(self, field_name: str, args: object, kwargs: Mapping[str, object]) -> tuple[object, str]:
        return kwargs.get(field_name, "…"), field_name
