"""The facts that expressions may use: their type, unit, range and words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from huimin.rules.located import Located, read
from huimin.rules.measures import NAMED
from huimin.rules.tree import CONDITION, Type
from huimin.units.words import Words

EPOCH = date(1970, 1, 1)
EARLIEST_DAYS = (date(1850, 1, 1) - EPOCH).days
LATEST_DAYS = (date(2200, 1, 1) - EPOCH).days
DATE = Type("date", low=Fraction(EARLIEST_DAYS), high=Fraction(LATEST_DAYS))

# Each earlier month is a fact of its own, and an answer rests on some sixty facts at most.
MOST_EARLIER = 36

Level = Literal["household", "person"]
LEVELS: tuple[Level, Level] = ("household", "person")


@dataclass(frozen=True)
class FactDeclaration:
    """A fact of a household or person: what an expression may expect of it.

    `source` says how the matching room finds it in the registry; rules do not look at it. `question` is how people are
    asked for it. A fact of each month may
    be known for some earlier months too: each of them is a fact of its own, and `base` names the one of this month.
    """

    level: Level
    name: str
    type: Type
    title: Words
    value_titles: Mapping[str, Words] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    data_sets: tuple[str, ...] = ()
    earlier: int = 0
    base: str = ""
    question: Words | None = None

    @property
    def key(self) -> str:
        """The full name, `person.wages`."""
        return f"{self.level}.{self.name}"


Facts = Mapping[str, FactDeclaration]


def load(path: Path, name: str = "") -> dict[str, FactDeclaration]:
    """The fact declarations of a file, by full name."""
    return declared(read(path, name))


def declared(document: Located) -> dict[str, FactDeclaration]:
    """The fact declarations of a document, by full name."""
    document.only(*LEVELS)
    found: dict[str, FactDeclaration] = {}
    for level in LEVELS:
        for name, place in document.named(level):
            fact = _fact(level, name, place)
            for each in (fact, *(earlier(fact, back) for back in range(1, fact.earlier + 1))):
                if each.key in found:
                    place.fail("duplicate_name", each.name, other=document.file)
                found[each.key] = each
    return found


def earlier(fact: FactDeclaration, back: int) -> FactDeclaration:
    """The fact as it was some months before."""
    title = Words(f"{fact.title.zh}（{back} 个月前）", f"{fact.title.en} ({back} months before)")
    name = f"{fact.name}_{back}"
    return replace(fact, name=name, title=title, source={}, earlier=0, base=fact.key, question=None)


def _fact(level: Level, name: str, place: Located) -> FactDeclaration:
    place.only("title", "unit", "range", "values", "from", "data_sets", "earlier", "question")
    if not name.isidentifier():
        place.fail("wrong_shape", name, expected="name")
    back = place.at("earlier").whole() if place.has("earlier") else 0
    if not 0 <= back <= MOST_EARLIER:
        place.fail("out_of_range", "earlier", value=back, low=0, high=MOST_EARLIER)
    values = {value: words.words() for value, words in place.named("values")}
    return FactDeclaration(
        level=level,
        name=name,
        type=_type(place, tuple(values)),
        title=place.at("title").words(),
        value_titles=values,
        source={key: value.text() for key, value in place.named("from")},
        data_sets=tuple(item.text() for item in place.listed("data_sets")),
        earlier=back,
        base=f"{level}.{name}",
        question=place.at("question").words() if place.has("question") else None,
    )


def _type(place: Located, values: tuple[str, ...]) -> Type:
    if values:
        return Type("enum", values=values)
    unit = place.at("unit")
    if unit.text() == "condition":
        return CONDITION
    if unit.text() == "date":
        return DATE
    return number_type(unit, place.at("range"), decimals=0)


def number_type(unit: Located, bounds: Located, decimals: int) -> Type:
    """The type of a number in a named unit within bounds."""
    if unit.text() not in NAMED:
        unit.fail("unknown_unit", unit.text(), allowed=(*NAMED, "condition", "date"))
    low, high = interval(bounds, decimals)
    return Type("number", NAMED[unit.text()], low, high)


def interval(bounds: Located, decimals: int) -> tuple[Fraction, Fraction]:
    """The bounds of a range, exact."""
    pair = bounds.listing()
    if len(pair) != 2:
        bounds.fail("wrong_shape", expected="range")
    low, high = (Fraction(item.number()) for item in pair)
    if low > high or (decimals == 0 and (low.denominator != 1 or high.denominator != 1)):
        bounds.fail("wrong_shape", expected="range")
    return low, high
