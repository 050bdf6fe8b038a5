"""The functions that expressions may call, how each is written, and what it means."""

import ast
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from huimin.rules.facts import DATE, EARLIEST_DAYS, EPOCH, LATEST_DAYS
from huimin.rules.measures import DAYS, FEN, MONTHS, YEARS, Unit
from huimin.rules.tree import CONDITION, Between, Constant, Entitled, Extreme, Node, Rounded, Type

if TYPE_CHECKING:
    from huimin.rules.checking import Checker

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
    "months": "months(12)",
    "years": "years(60)",
    "days": "days(30)",
    "date": "date(2026, 7, 1)",
    "age_on": "age_on(born_on, on)",
    "years_between": "years_between(first, last)",
    "months_between": "months_between(first, last)",
    "days_between": "days_between(first, last)",
    "entitled": "entitled(policy_name)",
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
    span = LATEST_DAYS - EARLIEST_DAYS
    most = Fraction({"years": span // 365 + 1, "months": span // 28 + 1, "days": span}[measure])

    def read(checker: "Checker", tree: ast.Call) -> Node:
        if len(tree.args) != 2:
            _wrong(checker, tree)
        first, last = checker.date(tree.args[0]), checker.date(tree.args[1])
        return Between(Type("number", unit, -most, most), checker.piece(tree), measure, first, last)

    return read


def _entitled(checker: "Checker", tree: ast.Call) -> Node:
    name = tree.args[0] if len(tree.args) == 1 else None
    if not isinstance(name, ast.Name):
        _wrong(checker, tree)
    if name.id not in checker.scope.policies:
        checker.fail("unknown_policy", name, allowed=sorted(checker.scope.policies))
    if checker.members:
        checker.fail("not_allowed", tree, what="entitled")
    return Entitled(CONDITION, checker.piece(tree), name.id)


READERS: dict[str, Reader] = {
    **{name: _members(name) for name in ("sum", "count", "any", "all")},
    "min": _extreme("min"),
    "max": _extreme("max"),
    "round_half_up": _rounded("half_up"),
    "round_down": _rounded("down"),
    "round_up": _rounded("up"),
    "fen": _quantity(FEN),
    "yuan": _quantity(FEN, 100),
    "months": _quantity(MONTHS),
    "years": _quantity(YEARS),
    "days": _quantity(DAYS),
    "date": _date,
    "age_on": _between("years"),
    "years_between": _between("years"),
    "months_between": _between("months"),
    "days_between": _between("days"),
    "entitled": _entitled,
}
