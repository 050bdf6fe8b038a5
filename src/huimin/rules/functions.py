"""The functions that expressions may call, how each is written, and what it means."""

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from huimin.rules import scales
from huimin.rules.facts import DATE, EARLIEST_DAYS, EPOCH, LATEST_DAYS
from huimin.rules.measures import DAYS, FEN, FEN_PER_MONTH, MONTHS, YEARS, Unit
from huimin.rules.tree import (
    CONDITION,
    Arithmetic,
    Between,
    Constant,
    Due,
    Entitled,
    Extreme,
    Fact,
    Joined,
    Node,
    Rounded,
    Scaled,
    Shifted,
    Type,
)

if TYPE_CHECKING:
    from huimin.rules.checking import Checker

# The calendar that Python's dates can show.
FIRST_DAY, LAST_DAY = (date.min - EPOCH).days, (date.max - EPOCH).days

SIGNATURES: dict[str, str] = {
    "sum": "sum(m.fact for m in members if condition)",
    "count": "count(m for m in members if condition)",
    "any": "any(condition for m in members if condition)",
    "all": "all(condition for m in members if condition)",
    "min": "min(number, number, ...)",
    "max": "max(number, number, ...)",
    "round_half_up": "round_half_up(number)",
    "round_down": "round_down(number)",
    "round_up": "round_up(number)",
    "fen": "fen(120000)",
    "yuan": "yuan(1200.50)",
    "yuan_per_month": "yuan_per_month(120)",
    "months": "months(12)",
    "years": "years(60)",
    "days": "days(30)",
    "date": "date(2026, 7, 1)",
    "age_on": "age_on(born_on, on)",
    "years_between": "years_between(first, last)",
    "months_between": "months_between(first, last)",
    "days_between": "days_between(first, last)",
    "years_after": "years_after(date, years(2))",
    "months_after": "months_after(date, months(6))",
    "days_after": "days_after(date, days(30))",
    "earlier": "earlier(m.fact, 3)",
    "last_months": "last_months(m.fact, 12)",
    "marginal": "marginal(scale, number)",
    "single": "single(scale, number)",
    "entitled": "entitled(policy_name)",
    "due": "due(policy_name)",
}

Reader = Callable[["Checker", ast.Call], Node]


def _written(checker: "Checker", tree: ast.expr) -> Fraction | None:
    """The exact value of a written number, or nothing."""
    if isinstance(tree, ast.Constant) and type(tree.value) in (int, float):
        return Fraction(Decimal(checker.piece(tree).replace("_", "")))
    return None


def _quantity(unit: Unit, fen_each: int = 1) -> Reader:
    def read(checker: "Checker", tree: ast.Call) -> Node:
        written = _written(checker, tree.args[0]) if len(tree.args) == 1 else None
        if written is None or (written * fen_each).denominator != 1:
            _wrong(checker, tree)
        value = written * fen_each
        return Constant(Type("number", unit, value, value), checker.piece(tree), value)

    return read


def _wrong(checker: "Checker", tree: ast.Call) -> NoReturn:
    assert isinstance(tree.func, ast.Name)
    checker.fail("arguments", tree, expected=SIGNATURES[tree.func.id])


def _members(operator: str) -> Reader:
    return lambda checker, tree: checker.members_call(tree, operator)


def _extreme(operator: Any) -> Reader:
    def read(checker: "Checker", tree: ast.Call) -> Node:
        if len(tree.args) < 2:
            _wrong(checker, tree)
        items = tuple(checker.number(item) for item in tree.args)
        measured = next((item for item in items if item.type.unit), items[0])
        for item in items:
            checker.one_unit(tree, measured, item, "compare")
        pick = min if operator == "min" else max
        low, high = pick(item.type.low for item in items), pick(item.type.high for item in items)
        kind = Type("number", measured.type.unit, low, high)
        return Extreme(kind, checker.piece(tree), operator, items)

    return read


def _rounded(mode: Any) -> Reader:
    def read(checker: "Checker", tree: ast.Call) -> Node:
        if len(tree.args) != 1:
            _wrong(checker, tree)
        item = checker.number(tree.args[0])
        low, high = (Fraction(item.type.low.__floor__()), Fraction(item.type.high.__ceil__()))
        return Rounded(Type("number", item.type.unit, low, high), checker.piece(tree), mode, item)

    return read


def _date(checker: "Checker", tree: ast.Call) -> Node:
    parts = [_written(checker, item) for item in tree.args]
    try:
        year, month, day = (int(part) for part in parts if part is not None)
        value = Fraction((date(year, month, day) - EPOCH).days)
    except (ValueError, OverflowError):
        checker.fail("date_wrong", tree)
    if not EARLIEST_DAYS <= value <= LATEST_DAYS:
        checker.fail("date_wrong", tree)
    return Constant(DATE, checker.piece(tree), value)


def _between(measure: Any) -> Reader:
    unit = {"years": YEARS, "months": MONTHS, "days": DAYS}[measure]
    shortest = {"years": 365, "months": 28, "days": 1}[measure]

    def read(checker: "Checker", tree: ast.Call) -> Node:
        if len(tree.args) != 2:
            _wrong(checker, tree)
        first, last = checker.date(tree.args[0]), checker.date(tree.args[1])
        span = max(abs(last.type.high - first.type.low), abs(last.type.low - first.type.high))
        most = Fraction(span // shortest + 1)
        return Between(Type("number", unit, -most, most), checker.piece(tree), measure, first, last)

    return read


def _after(measure: Any) -> Reader:
    unit, longest = {"years": (YEARS, 366), "months": (MONTHS, 31), "days": (DAYS, 1)}[measure]

    def read(checker: "Checker", tree: ast.Call) -> Node:
        if len(tree.args) != 2:
            _wrong(checker, tree)
        first, count = checker.date(tree.args[0]), checker.number(tree.args[1])
        if count.type.unit not in (unit, None):
            checker.fail("unit_wrong", tree.args[1], found=count.type.words, expected=unit.name)
        low = first.type.low + min(count.type.low * longest, 0)
        high = first.type.high + max(count.type.high * longest, 0)
        if low < FIRST_DAY or high > LAST_DAY:
            checker.fail("overflow", tree, size=max(abs(low), abs(high)))
        return Shifted(Type("date", low=low, high=high), checker.piece(tree), measure, first, count)

    return read


def _months_back(checker: "Checker", tree: ast.Call) -> tuple[Fact, int]:
    """The fact and the number of months that `earlier` and `last_months` are called with."""
    written = _written(checker, tree.args[1]) if len(tree.args) == 2 else None
    fact = checker.node(tree.args[0]) if written is not None else None
    if not isinstance(fact, Fact) or written is None or written.denominator != 1 or written < 1:
        _wrong(checker, tree)
    limit = checker.scope.facts[fact.key].earlier
    if written > limit:
        checker.fail("not_earlier", tree, limit=limit)
    return fact, int(written)


def _earlier(checker: "Checker", tree: ast.Call) -> Node:
    fact, back = _months_back(checker, tree)
    return replace(fact, text=checker.piece(tree), name=f"{fact.name}_{back}")


def _last_months(checker: "Checker", tree: ast.Call) -> Node:
    """The months before this one added up; amounts a month become an amount."""
    fact, count = _months_back(checker, tree)
    if fact.type.shape != "number" or fact.type.unit is None:
        checker.fail("type_wrong", tree.args[0], found=fact.type.shape, expected="number")
    unit = fact.type.unit.times(MONTHS) if fact.type.unit == FEN_PER_MONTH else fact.type.unit
    total: Node = replace(fact, name=f"{fact.name}_1")
    for back in range(2, count + 1):
        kind = Type("number", unit, fact.type.low * back, fact.type.high * back)
        total = Arithmetic(kind, checker.piece(tree), "+", total, replace(fact, name=f"{fact.name}_{back}"))
    return replace(total, type=replace(total.type, unit=unit))


def _scaled(operator: Any) -> Reader:
    def read(checker: "Checker", tree: ast.Call) -> Node:
        name = tree.args[0] if len(tree.args) == 2 else None
        scale = checker.scope.parameters.get(name.id) if isinstance(name, ast.Name) else None
        if not isinstance(name, ast.Name) or scale is None or scale.thresholds is None:
            _wrong(checker, tree)
        item, unit = checker.number(tree.args[1]), scale.type.unit
        if item.type.unit not in (scale.thresholds.unit, None):
            expected = scale.thresholds.words
            checker.fail("unit_wrong", tree.args[1], found=item.type.words, expected=expected)
        low, high = min(scale.type.low, Fraction(0)), max(scale.type.high, Fraction(0))
        if operator == "marginal":
            unit = checker.product(tree, scale.type, scale.thresholds)
            low, high = scales.marginal_range(scale.thresholds, scale.type, item.type)
        low, high = checker.within(tree, low, high)
        kind = Type("number", unit, low, high)
        return Scaled(kind, checker.piece(tree), operator, name.id, scale.brackets, item)

    return read


def _other_policy(checker: "Checker", tree: ast.Call) -> tuple[str, Any]:
    """The policy that `entitled` and `due` name, and whether the member at hand or the household is meant."""
    name = tree.args[0] if len(tree.args) == 1 else None
    if not isinstance(name, ast.Name):
        _wrong(checker, tree)
    if name.id not in checker.scope.policies:
        checker.fail("unknown_policy", name, allowed=sorted(checker.scope.policies))
    own = bool(checker.members) and checker.scope.policies[name.id] == "person"
    return name.id, "person" if own else "household"


def _entitled(checker: "Checker", tree: ast.Call) -> Node:
    """Whether somebody is entitled under a policy, or where another stands in for it, under that one."""
    name, level = _other_policy(checker, tree)
    text = checker.piece(tree)
    found = [Entitled(CONDITION, text, each, level) for each in checker.with_stand_ins(name)]
    return Joined(CONDITION, text, "or", tuple(found)) if len(found) > 1 else found[0]


def _due(checker: "Checker", tree: ast.Call) -> Node:
    """What is due under a policy, or where another stands in for it, under that one."""
    name, level = _other_policy(checker, tree)
    text, found = checker.piece(tree), None
    for each in checker.with_stand_ins(name):
        kind = checker.scope.due(each, level)
        if kind is None:
            checker.fail("no_amount", tree.args[0])
        one = Due(kind, text, each, level)
        found = one if found is None else Arithmetic(_sum(found.type, kind), text, "+", found, one)
    assert found is not None
    return found


def _sum(one: Type, other: Type) -> Type:
    return Type("number", one.unit, one.low + other.low, one.high + other.high)


READERS: dict[str, Reader] = {
    **{name: _members(name) for name in ("sum", "count", "any", "all")},
    "min": _extreme("min"),
    "max": _extreme("max"),
    "round_half_up": _rounded("half_up"),
    "round_down": _rounded("down"),
    "round_up": _rounded("up"),
    "fen": _quantity(FEN),
    "yuan": _quantity(FEN, 100),
    "yuan_per_month": _quantity(FEN_PER_MONTH, 100),
    "months": _quantity(MONTHS),
    "years": _quantity(YEARS),
    "days": _quantity(DAYS),
    "date": _date,
    "age_on": _between("years"),
    "years_between": _between("years"),
    "months_between": _between("months"),
    "days_between": _between("days"),
    "years_after": _after("years"),
    "months_after": _after("months"),
    "days_after": _after("days"),
    "earlier": _earlier,
    "last_months": _last_months,
    "marginal": _scaled("marginal"),
    "single": _scaled("single"),
    "entitled": _entitled,
    "due": _due,
}
