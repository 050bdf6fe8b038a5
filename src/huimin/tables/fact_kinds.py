"""The kinds of facts the registry keeps, as facts.yaml declares them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from huimin.tables.document import Section, read, room
from huimin.units.words import Words

DataClass = Literal["public", "internal", "personal", "sensitive"]
DATA_CLASSES: tuple[str, ...] = ("public", "internal", "personal", "sensitive")
Unit = Literal["fen", "fen_per_month", "count", "date", "enum", "none"]
UNITS: tuple[str, ...] = ("fen", "fen_per_month", "count", "date", "enum", "none")


@dataclass(frozen=True)
class FactKind:
    """A kind of fact: who it is about, what its value counts, its bounds, what its period means."""

    name: str
    title: Words
    of: Literal["person", "household"]
    unit: Unit
    data_class: DataClass
    low: int
    high: int
    period: Words


def load_kinds() -> dict[str, FactKind]:
    """The kinds of facts by name."""
    return dict(_kinds())


@cache
def _kinds() -> Mapping[str, FactKind]:
    return kinds_of(read(room("facts.yaml")))


def kinds_of(document: Section) -> dict[str, FactKind]:
    """The kinds of facts that a section declares."""
    return {name: _kind(name, document.section(name)) for name in document.values}


def _kind(name: str, section: Section) -> FactKind:
    section.only("title", "of", "unit", "class", "range", "period")
    bounds = section.listed("range")
    if len(bounds) != 2 or not all(bound.replace("_", "").lstrip("-").isdigit() for bound in bounds):
        raise section.fail(
            "range", Words("写最小和最大的整数", "write the lowest and the highest whole number")
        )
    low, high = (int(bound.replace("_", "")) for bound in bounds)
    if low > high:
        raise section.fail("range", Words("小的数在前", "the lowest number comes first"))
    return FactKind(
        name=name,
        title=section.words("title"),
        of=section.one_of("of", ("person", "household")),  # pyright: ignore[reportArgumentType]
        unit=section.one_of("unit", UNITS),  # pyright: ignore[reportArgumentType]
        data_class=section.one_of("class", DATA_CLASSES),  # pyright: ignore[reportArgumentType]
        low=low,
        high=high,
        period=section.words("period"),
    )
