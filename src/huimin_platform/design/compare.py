"""Two files side by side: which fields differ, and which characters in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal


@dataclass(frozen=True)
class Part:
    """A stretch of text, and whether the other side has it otherwise."""

    text: str
    differs: bool


@dataclass(frozen=True)
class Row:
    """One field of both files."""

    label: Any
    left: list[Part]
    right: list[Part]
    same: bool
    missing: Literal["", "one", "both"]


def rows(fields: Sequence[tuple[Any, Any, Any]]) -> list[Row]:
    """The comparison of (label, left, right) triples, in their order."""
    return [_row(label, _text(left), _text(right)) for label, left, right in fields]


def _row(label: Any, left: str, right: str) -> Row:
    if not left or not right:
        return Row(label, _whole(left), _whole(right), False, "one" if left or right else "both")
    lefts, rights = [], []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        lefts.append(Part(left[i1:i2], kind != "equal"))
        rights.append(Part(right[j1:j2], kind != "equal"))
    return Row(label, [p for p in lefts if p.text], [p for p in rights if p.text], left == right, "")


def _whole(text: str) -> list[Part]:
    return [Part(text, False)] if text else []


def _text(value: Any) -> str:
    return "" if value is None else str(value)
