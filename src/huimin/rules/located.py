"""YAML text read with its line numbers, every value kept as it was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

import yaml

from huimin.rules import faults
from huimin.rules.errors import PolicyError
from huimin.units.words import Words

# The reader written in C reads the same, many times faster; not every platform has it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LARGEST_FILE_BYTES = 300_000
DEEPEST = 20


@dataclass(frozen=True)
class Located:
    """A value of a YAML file: text, a list or named values, and the place it was written."""

    file: str
    line: int
    name: str
    content: "str | tuple[Located, ...] | dict[str, Located] | None"

    def fail(self, code: str, term: str = "", **params: object) -> NoReturn:
        """Raise the named error at this place."""
        raise PolicyError(code, term or self.name, file=self.file, line=self.line, **params)

    def has(self, key: str) -> bool:
        """Whether the key is written here with a value."""
        return key in self.section() and self.section()[key].content is not None

    def at(self, key: str) -> "Located":
        """The value under a key that must be there."""
        if not self.has(key):
            self.fail("missing_key", key)
        return self.section()[key]

    def get(self, key: str) -> "Located | None":
        """The value under a key, or nothing."""
        return self.section()[key] if self.has(key) else None

    def only(self, *allowed: str) -> "Located":
        """Itself, once it is sure that no other keys are written."""
        for key, value in self.section().items():
            if key not in allowed:
                value.fail("unknown_key", key, allowed=allowed)
        return self

    def section(self) -> "dict[str, Located]":
        """The named values."""
        if not isinstance(self.content, dict):
            self.fail("wrong_shape", expected="section")
        return self.content

    def listing(self) -> "tuple[Located, ...]":
        """The values of a list."""
        if not isinstance(self.content, tuple):
            self.fail("wrong_shape", expected="listing")
        return self.content

    def named(self, key: str) -> "Iterator[tuple[str, Located]]":
        """The named values under a key that may be left out."""
        inner = self.get(key)
        return iter(inner.section().items() if inner else ())

    def listed(self, key: str) -> "tuple[Located, ...]":
        """The list under a key that may be left out."""
        inner = self.get(key)
        return inner.listing() if inner else ()

    def text(self) -> str:
        """The text."""
        if not isinstance(self.content, str):
            self.fail("wrong_shape", expected="text")
        return self.content

    def words(self) -> Words:
        """Words in both languages."""
        if not isinstance(self.content, dict) or set(self.content) != {"zh", "en"}:
            self.fail("wrong_shape", expected="words")
        return Words(zh=self.content["zh"].text(), en=self.content["en"].text())

    def day(self) -> date:
        """A date."""
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            self.fail("date_wrong", self.text())

    def number(self) -> Decimal:
        """An exact number."""
        try:
            number = Decimal(self.text())
        except InvalidOperation:
            self.fail("number_wrong", self.text())
        if not number.is_finite() or abs(number.adjusted()) > DEEPEST:
            self.fail("number_wrong", self.text())
        return number

    def whole(self) -> int:
        """A whole number."""
        number = self.number()
        if number != int(number):
            self.fail("wrong_shape", expected="whole")
        return int(number)

    def truth(self) -> bool:
        """Yes or no."""
        if self.text() not in ("true", "false"):
            self.fail("unknown_value", self.text(), allowed=("true", "false"))
        return self.text() == "true"


def read(path: Path, name: str = "") -> Located:
    """The content of a YAML file, with lines. `name` is how errors call the file."""
    name = name or path.name
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise PolicyError(
                "too_large", name, file=name, size=path.stat().st_size, limit=LARGEST_FILE_BYTES
            )
        return parse(path.read_text(encoding="utf-8-sig"), name)
    except FileNotFoundError:
        raise PolicyError("file_absent", str(name), file=name) from None
    except UnicodeDecodeError:
        raise PolicyError("not_text", file=name) from None


def parse(text: str, file: str) -> Located:
    """The content of YAML text, with lines.

    >>> parse("title:\\n  zh: 低保", "a.yaml").at("title").at("zh").line
    2
    """
    if len(text) > LARGEST_FILE_BYTES:
        raise PolicyError("too_large", file, file=file, size=len(text), limit=LARGEST_FILE_BYTES)
    try:
        _check_events(text, file)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        detail = faults.of_yaml(getattr(error, "problem", None) or "")
        line = mark.line + 1 if mark else 0
        raise PolicyError("yaml_syntax", file=file, line=line, detail=detail) from None
    except (RecursionError, ValueError):
        raise PolicyError("too_deep", file, file=file) from None
    if node is None:
        raise PolicyError("wrong_shape", file, file=file, expected="section")
    return _located(node, file, file, 0)


def _check_events(text: str, file: str) -> None:
    """Anchors let a small text stand for an endless one, and deep nesting exhausts the stack of what reads it."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 0
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            raise PolicyError("yaml_alias", str(anchor), file=file, line=line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST + 1:
            raise PolicyError("too_deep", file, file=file, line=line)


def _located(node: yaml.Node, file: str, name: str, depth: int) -> Located:
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        raise PolicyError("too_deep", name, file=file, line=line)
    if isinstance(node, yaml.MappingNode):
        return Located(file, line, name, _named(node, file, depth))
    if isinstance(node, yaml.SequenceNode):
        return Located(file, line, name, tuple(_located(item, file, name, depth + 1) for item in node.value))
    empty = node.value == "" and getattr(node, "style", None) is None
    return Located(file, line, name, None if empty else str(node.value))


def _named(node: yaml.MappingNode, file: str, depth: int) -> dict[str, Located]:
    found: dict[str, Located] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise PolicyError("wrong_shape", "?", file=file, line=line, expected="text")
        if key.value in found:
            raise PolicyError("duplicate_key", key.value, file=file, line=line)
        inner = _located(value, file, key.value, depth + 1)
        # A value is said to stand where its name stands: that is where a reader looks first.
        start = line if isinstance(value, yaml.ScalarNode) else inner.line
        found[key.value] = Located(file, start, key.value, inner.content)
    return found
