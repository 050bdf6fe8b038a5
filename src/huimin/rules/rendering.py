"""Values of rules in words: amounts, counts, shares, dates, categories."""

from datetime import timedelta
from fractions import Fraction
from functools import lru_cache

from huimin.rules.book import PolicyBook
from huimin.rules.facts import EPOCH
from huimin.rules.reference import Unknown, Value
from huimin.rules.tree import Fact as FactNode
from huimin.rules.tree import Node, Parameter, Reference, Scaled, Type
from huimin.units.money import format_yuan
from huimin.units.rounding import divide_fen
from huimin.units.words import Words

UNITS: dict[str, Words] = {
    "fen": Words("{n} 元", "{n} yuan"),
    "fen_per_month": Words("{n} 元/月", "{n} yuan a month"),
    "months": Words("{n} 个月", "{n} months"),
    "years": Words("{n} 岁", "{n} years"),
    "days": Words("{n} 天", "{n} days"),
}
YES, NO, NOT_KNOWN = Words("是", "yes"), Words("否", "no"), Words("尚不清楚", "not known")


def value_words(value: Value, kind: Type, book: PolicyBook) -> Words:
    """A value as people read it."""
    if isinstance(value, Unknown):
        return NOT_KNOWN
    if kind.shape == "condition":
        return YES if value else NO
    if kind.shape == "date":
        return _day(int(value))
    if kind.shape == "enum":
        return category_words(kind, book)[int(value)]
    return _number(value, kind.unit.name if kind.unit else "")


def rounded_words(value: Value, kind: Type, book: PolicyBook) -> Words:
    """A value as people read it who want to see how large it is, not to hold it against a limit: shares with one decimal."""
    if not isinstance(value, Unknown) and kind.unit and kind.unit.name == "share" and abs(value) <= 1:
        tenths = divide_fen(value.numerator * 1000, value.denominator, "half_up")
        percent = decimal(Fraction(tenths, 10)) + "%"
        return Words(percent, percent)
    return value_words(value, kind, book)


def category_words(kind: Type, book: PolicyBook) -> tuple[Words, ...]:
    """The titles of a type's categories, in their order."""
    titles = [fact.value_titles for fact in book.facts.values() if fact.type.values == kind.values]
    return tuple(
        next((each[name] for each in titles if name in each), Words(name, name)) for name in kind.values
    )


@lru_cache(maxsize=65_536)
def _day(value: int) -> Words:
    day = (EPOCH + timedelta(days=value)).isoformat()
    return Words(day, day)


@lru_cache(maxsize=65_536)
def _number(value: Fraction | int, unit: str) -> Words:
    if unit.startswith("fen"):
        amount = format_yuan(divide_fen(value.numerator, value.denominator, "half_up"))
        return UNITS.get(unit, UNITS["fen"]).filled(n=amount)
    if unit == "share" and abs(value) <= 1:
        percent = decimal(value * 100) + "%"
        return Words(percent, percent)
    return UNITS.get(unit, Words("{n}", "{n}")).filled(n=decimal(value))


def decimal(value: Fraction | int) -> str:
    """A number with as many decimals as it has, at most four.

    >>> decimal(Fraction(3, 2)), decimal(Fraction(12)), decimal(Fraction(1, 3))
    ('1.5', '12', '0.3333')
    """
    digits = divide_fen(value.numerator * 10_000, value.denominator, "half_up")
    sign, size = ("-" if digits < 0 else ""), abs(digits)
    return f"{sign}{size // 10_000:,}.{size % 10_000:04d}".rstrip("0").rstrip(".")


def label(node: Node, book: PolicyBook) -> Words:
    """What a value is called: the title of its definition, parameter or fact, else its formula in words."""
    if isinstance(node, Reference):
        return book.definitions[node.key].title
    if isinstance(node, Scaled):
        return book.parameters[node.scale].title
    if isinstance(node, Parameter):
        return book.parameters[node.name].title
    if isinstance(node, FactNode):
        return book.facts[node.key].title
    return _formula(node, book)


def _formula(node: Node, book: PolicyBook) -> Words:
    """A formula in words, put together once and kept with the book; the node is kept so that no other takes its place."""
    from huimin.rules.wording import in_words

    key = "in words", id(node)
    if key not in book.kept:
        book.kept[key] = node, in_words(node, book)
    return book.kept[key][1]


def fact_title(key: str, book: PolicyBook) -> Words:
    """The title of a fact by its full name, of a missing one too."""
    if key in book.facts:
        return book.facts[key].title
    return Words("所在地区", "division") if key == "household.division" else Words(key, key)
