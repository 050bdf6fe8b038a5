"""Parameters: numbers the law leaves to a region and a date, with unit and source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from huimin.rules import scales
from huimin.rules.errors import MissingParameter, PolicyError
from huimin.rules.facts import Facts, number_type
from huimin.rules.located import Located, read
from huimin.rules.policy import Clause
from huimin.rules.tree import Type
from huimin.units.divisions import DIGITS, padded, prefix
from huimin.units.words import Words

NATION = padded("")
# How many digits name a place of each level, the nearest first.
LEVEL_DIGITS = sorted(DIGITS.values(), reverse=True)
MOST_CELLS = 10_000
DECIMALS = 4


@dataclass(frozen=True)
class ParameterDeclaration:
    """A parameter: its title, unit, range, what it is tabled by, and the clause that leaves it open."""

    name: str
    title: Words
    type: Type
    decimals: int
    by: tuple[tuple[str, ...], ...]
    clause: Clause
    file: str
    thresholds: Type | None = None
    brackets: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """The key of every cell of its table, in order; one empty key where it is a single value.

        A scale has the thresholds of its brackets first, then their values.
        """
        if self.brackets:
            return tuple(f"{part} {n}" for part in ("from", "is") for n in range(1, self.brackets + 1))
        return tuple(",".join(keys) for keys in product(*self.by))

    def alike(self, other: "ParameterDeclaration") -> bool:
        """Whether both take the same values, however they are called."""
        shapes = [
            (each.type, each.decimals, each.by, each.thresholds, each.brackets) for each in (self, other)
        ]
        return shapes[0] == shapes[1]

    @property
    def blank(self) -> tuple[Fraction, ...]:
        """Values within the ranges, to stand where none is known: what is proven of the ranges holds for them."""
        kinds = [self.thresholds, self.type] if self.thresholds else [self.type]
        each = len(self.cells) // len(kinds)
        return tuple(max(kind.low, min(kind.high, Fraction(0))) for kind in kinds for _ in range(each))


@dataclass(frozen=True)
class ParameterValue:
    """The value of a parameter in a division from a day on, one number for each cell of its table."""

    name: str
    division: str
    started_on: date
    cells: tuple[Fraction, ...]
    source: Words
    illustrative: bool = False


@dataclass(frozen=True)
class ParameterSet:
    """Values of parameters that a division set or delivered, as they came.

    `values` holds a number (int, or text such as "1.5") for each parameter, or a mapping from category to
    number where the parameter is tabled: {"subsistence_standard": {"urban": 100000, "rural": 85000}}, or a
    list of brackets where it is a scale: {"contribution": [{"from": 0, "is": "0.02"}, {"from": 600000, "is": "0.06"}]}.
    """

    division: str
    started_on: date
    values: Mapping[str, Any]
    source: Words
    illustrative: bool = False


class Resolver:
    """Finds the value of a parameter for a division: the nearest enclosing one that has it on the day."""

    def __init__(
        self, declarations: Mapping[str, ParameterDeclaration], values: Iterable[ParameterValue], on: date
    ) -> None:
        self.declarations, self.on = declarations, on
        self._values: dict[tuple[str, str], ParameterValue] = {}
        for value in values:
            place = (value.name, prefix(value.division))
            known = self._values.get(place)
            if value.started_on <= on and (known is None or known.started_on <= value.started_on):
                self._values[place] = value

    def find(self, name: str, division: str | None) -> ParameterValue | None:
        """The value, or nothing. Without a division only the nation's values are known."""
        for digits in _prefixes(division or NATION):
            value = self._values.get((name, digits))
            if value is not None:
                return value
        return None

    def value(self, name: str, division: str) -> ParameterValue:
        """The value, or `MissingParameter`."""
        value = self.find(name, division)
        if value is None:
            declaration = self.declarations[name]
            raise MissingParameter(
                "missing_parameter",
                name,
                file=declaration.file,
                title=declaration.title,
                division=division,
                on=self.on.isoformat(),
            )
        return value


def declared(
    document: Located, facts: Facts, clauses: Mapping[str, Clause]
) -> dict[str, ParameterDeclaration]:
    """The parameters that a policy file declares."""
    return {name: _declaration(name, place, facts, clauses) for name, place in document.named("parameters")}


def defaults(document: Located, declarations: Mapping[str, ParameterDeclaration]) -> list[ParameterValue]:
    """The values that a policy file gives with its parameters."""
    return [
        _dated(declarations[name], entry, None)
        for name, place in document.named("parameters")
        for entry in place.listed("values")
    ]


def regional(
    path: Path, declarations: Mapping[str, ParameterDeclaration], name: str = ""
) -> list[ParameterValue]:
    """The values of a region's parameter file."""
    document = read(path, name).only("division", "source", "illustrative", "values")
    found = []
    for parameter, place in document.at("values").section().items():
        if parameter not in declarations:
            place.fail("unknown_parameter", parameter, allowed=sorted(declarations))
        found += [_dated(declarations[parameter], entry, document) for entry in place.listing()]
    return found


def values_of(
    parameter_set: ParameterSet, declarations: Mapping[str, ParameterDeclaration]
) -> list[ParameterValue]:
    """The values of a parameter set, checked against the declarations."""
    found = []
    for name, value in parameter_set.values.items():
        if name not in declarations:
            raise PolicyError(
                "unknown_parameter", name, file=parameter_set.source.en, allowed=sorted(declarations)
            )
        cells = _cells(declarations[name], _plain(value), parameter_set.source.en, 0)
        found.append(
            ParameterValue(
                name,
                parameter_set.division,
                parameter_set.started_on,
                cells,
                parameter_set.source,
                parameter_set.illustrative,
            )
        )
    return found


def _declaration(
    name: str, place: Located, facts: Facts, clauses: Mapping[str, Clause]
) -> ParameterDeclaration:
    place.only("title", "unit", "range", "decimals", "by", "brackets", "clause", "values")
    decimals = place.at("decimals").whole() if place.has("decimals") else 0
    if not 0 <= decimals <= DECIMALS:
        place.fail("wrong_shape", "decimals", expected="whole")
    by = tuple(_categories(item, facts) for item in place.listed("by"))
    thresholds, brackets = scales.declared(place)
    if brackets and by:
        place.at("by").fail("unknown_key", "by", allowed=("brackets",))
    declaration = ParameterDeclaration(
        name=name,
        title=place.at("title").words(),
        type=number_type(place.at("unit"), place.at("range"), decimals),
        decimals=decimals,
        by=by,
        clause=cited(place, clauses),
        file=place.file,
        thresholds=thresholds,
        brackets=brackets,
    )
    size = 1
    for values in by:
        size *= len(values)
    if size > MOST_CELLS:
        place.fail("too_large", name, size=size, limit=MOST_CELLS)
    return declaration


def cited(place: Located, clauses: Mapping[str, Clause]) -> Clause:
    """The clause that a part of a policy names."""
    key = place.at("clause")
    if key.text() not in clauses:
        key.fail("unknown_clause", key.text())
    return clauses[key.text()]


def _categories(place: Located, facts: Facts) -> tuple[str, ...]:
    fact = facts.get(place.text())
    if fact is None or fact.type.shape != "enum":
        place.fail(
            "unknown_fact",
            place.text(),
            allowed=sorted(k for k, f in facts.items() if f.type.shape == "enum"),
        )
    return fact.type.values


def _dated(declaration: ParameterDeclaration, entry: Located, document: Located | None) -> ParameterValue:
    entry.only("division", "started_on", "value", "source", "illustrative")
    shared = document or entry
    illustrative = entry.get("illustrative") or shared.get("illustrative")
    value = entry.at("value")
    written = _written(value)
    return ParameterValue(
        name=declaration.name,
        division=shared.at("division").text(),
        started_on=entry.at("started_on").day(),
        cells=_cells(declaration, written, value.file, value.line),
        source=(entry.get("source") or shared.at("source")).words(),
        illustrative=illustrative.truth() if illustrative else False,
    )


def _written(place: Located) -> dict[str, Decimal] | list[dict[str, Decimal]]:
    if isinstance(place.content, tuple):
        return [{key: item.number() for key, item in each.section().items()} for each in place.content]
    if isinstance(place.content, dict):
        return {key: item.number() for key, item in place.content.items()}
    return {"": place.number()}


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [dict(each) if isinstance(each, Mapping) else {"": each} for each in value]
    return dict(value) if isinstance(value, Mapping) else {"": value}


def _cells(declaration: ParameterDeclaration, values: Any, file: str, line: int) -> tuple[Fraction, ...]:
    if declaration.thresholds is not None:
        return _bracket_cells(declaration, declaration.thresholds, values, file, line)
    if isinstance(values, list):
        raise PolicyError("wrong_shape", declaration.name, file=file, line=line, expected="section")
    unknown = sorted(set(values) - set(declaration.cells))
    if unknown:
        raise PolicyError("unknown_value", unknown[0], file=file, line=line, allowed=declaration.cells)
    return tuple(_cell(declaration, values, key, file, line) for key in declaration.cells)


def _bracket_cells(
    declaration: ParameterDeclaration, thresholds: Type, values: Any, file: str, line: int
) -> tuple[Fraction, ...]:
    """The thresholds and values of a scale; the last bracket stands again where fewer are written than may be."""
    named = isinstance(values, list) and all(set(each) == {"from", "is"} for each in values)
    if not named or not 1 <= len(values) <= declaration.brackets:
        raise PolicyError("wrong_shape", declaration.name, file=file, line=line, expected="brackets")
    starts = [_cell(declaration, each, "from", file, line, thresholds) for each in values]
    rates = [_cell(declaration, each, "is", file, line) for each in values]
    if any(latter <= former for former, latter in pairwise(starts)):
        raise PolicyError("wrong_shape", declaration.name, file=file, line=line, expected="brackets")
    more = declaration.brackets - len(values)
    return (*starts, *starts[-1:] * more, *rates, *rates[-1:] * more)


def _cell(
    declaration: ParameterDeclaration,
    values: Mapping[str, Any],
    key: str,
    file: str,
    line: int,
    kind: Type | None = None,
) -> Fraction:
    term = f"{declaration.name}[{key}]" if key else declaration.name
    if key not in values:
        raise PolicyError("missing_key", term, file=file, line=line)
    number = _exact(values[key], term, file, line)
    if (number * 10**declaration.decimals).denominator != 1:
        raise PolicyError("too_many_decimals", term, file=file, line=line, decimals=declaration.decimals)
    low, high = (kind or declaration.type).low, (kind or declaration.type).high
    if not low <= number <= high:
        raise PolicyError("out_of_range", term, file=file, line=line, value=values[key], low=low, high=high)
    return number


def _exact(value: Any, term: str, file: str, line: int) -> Fraction:
    try:
        # A float from JSON is read by its shortest decimal form, never by its binary value.
        number = Decimal(str(value))
    except InvalidOperation:
        raise PolicyError("number_wrong", term, file=file, line=line) from None
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise PolicyError("number_wrong", term, file=file, line=line)
    return Fraction(number)


@lru_cache(maxsize=65_536)
def _prefixes(division: str) -> tuple[str, ...]:
    own = len(prefix(division))
    return tuple(division[:digits] for digits in LEVEL_DIGITS if digits <= own)
