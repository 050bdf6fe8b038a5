"""Formulas in words: what an expression computes, as an officer reads it beside the law."""

from fractions import Fraction
from functools import singledispatch

from huimin.rules.book import PolicyBook
from huimin.rules.reasons import LIMITS
from huimin.rules.rendering import label, value_words
from huimin.rules.tree import (
    Arithmetic,
    Between,
    Choice,
    Comparison,
    Constant,
    Due,
    Entitled,
    Extreme,
    Joined,
    Members,
    Node,
    Opposite,
    Parameter,
    Rounded,
    Scaled,
    Shifted,
    Today,
)
from huimin.units.words import Words

SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
JOINS = {"and": Words("，并且", ", and "), "or": Words("，或者", ", or ")}
EXTREMES = {
    "min": Words("（{items}）中较小者", "the least of ({items})"),
    "max": Words("（{items}）中较大者", "the largest of ({items})"),
}
ROUNDINGS = {
    "half_up": Words("{item}（四舍五入取整）", "{item} (rounded half up)"),
    "down": Words("{item}（舍去尾数）", "{item} (rounded down)"),
    "up": Words("{item}（进位取整）", "{item} (rounded up)"),
}
SCALES = {
    "marginal": Words("{item}按“{scale}”分段累计", "{item} on the scale “{scale}”, bracket by bracket"),
    "single": Words("{item}按“{scale}”所在档次", "{item} on the scale “{scale}”, by its bracket"),
}
MEMBERS = {
    "sum": Words("{picked}的{item}之和", "the sum of {item} over {picked}"),
    "count": Words("{picked}的人数", "the number of {picked}"),
    "any": Words("{picked}中有人{item}", "{item} for somebody among {picked}"),
    "all": Words("{picked}均{item}", "{item} for each of {picked}"),
}
EVERYBODY = Words("全体成员", "all members")
PICKED = Words("符合“{picked}”的成员", "the members for whom {picked}")
BETWEEN = {
    "years": Words("{first}至{last}的周年数", "full years from {first} to {last}"),
    "months": Words("{first}至{last}的整月数", "full months from {first} to {last}"),
    "days": Words("{first}至{last}的天数", "days from {first} to {last}"),
}
SHIFTED = {
    "years": Words("{first}之后 {count}", "{count} after {first}"),
    "months": Words("{first}之后 {count}", "{count} after {first}"),
    "days": Words("{first}之后 {count}", "{count} after {first}"),
}
CHOICE = Words("如果{condition}，则{met}，否则{otherwise}", "{met} if {condition}, else {otherwise}")
NOT = Words("不是“{item}”", "not “{item}”")
TODAY = Words("当日", "the day asked about")
ENTITLED = Words("享受{policy}", "entitled to {policy}")
DUE = Words("{policy}的应享金额", "the amount due under {policy}")


def in_words(node: Node, book: PolicyBook) -> Words:
    """What an expression computes, in words; definitions are called by their titles."""
    return _words(node, book)


@singledispatch
def _words(node: Node, book: PolicyBook) -> Words:
    return label(node, book)


@_words.register
def _(node: Constant, book: PolicyBook) -> Words:
    value = int(node.value) if node.type.shape != "number" else node.value
    return value_words(Fraction(value), node.type, book)


@_words.register
def _(node: Parameter, book: PolicyBook) -> Words:
    return label(node, book)


@_words.register
def _(node: Today, book: PolicyBook) -> Words:
    return TODAY


@_words.register
def _(node: Arithmetic, book: PolicyBook) -> Words:
    left, right = _inner(node.left, node, book), _inner(node.right, node, book, right=True)
    return Words(
        f"{left.zh} {SIGNS[node.operator]} {right.zh}", f"{left.en} {SIGNS[node.operator]} {right.en}"
    )


def _inner(part: Node, whole: Arithmetic, book: PolicyBook, *, right: bool = False) -> Words:
    """A part of a sum or product, in brackets where leaving them out would change the meaning."""
    words = _words(part, book)
    loose = isinstance(part, Arithmetic) and part.operator in "+-"
    bracketed = isinstance(part, Choice) or (
        isinstance(part, Arithmetic)
        and ((loose and whole.operator in "*/") or (right and whole.operator in "-/"))
    )
    return Words(f"（{words.zh}）", f"({words.en})") if bracketed else words


@_words.register
def _(node: Extreme, book: PolicyBook) -> Words:
    items = [_words(item, book) for item in node.items]
    every = Words("、".join(item.zh for item in items), ", ".join(item.en for item in items))
    return EXTREMES[node.operator].filled(items=every)


@_words.register
def _(node: Rounded, book: PolicyBook) -> Words:
    return ROUNDINGS[node.mode].filled(item=_words(node.item, book))


@_words.register
def _(node: Scaled, book: PolicyBook) -> Words:
    scale = book.parameters[node.scale].title
    return SCALES[node.operator].filled(item=_words(node.item, book), scale=scale)


@_words.register
def _(node: Comparison, book: PolicyBook) -> Words:
    left, right, limit = _words(node.left, book), _words(node.right, book), LIMITS[node.operator]
    return Words(f"{left.zh}{limit.zh}{right.zh}", f"{left.en} {limit.en} {right.en}")


@_words.register
def _(node: Joined, book: PolicyBook) -> Words:
    parts = [_words(item, book) for item in node.items]
    join = JOINS[node.operator]
    return Words(join.zh.join(part.zh for part in parts), join.en.join(part.en for part in parts))


@_words.register
def _(node: Opposite, book: PolicyBook) -> Words:
    return NOT.filled(item=_words(node.item, book))


@_words.register
def _(node: Choice, book: PolicyBook) -> Words:
    return CHOICE.filled(
        condition=_words(node.condition, book),
        met=_words(node.met, book),
        otherwise=_words(node.otherwise, book),
    )


@_words.register
def _(node: Members, book: PolicyBook) -> Words:
    picked = PICKED.filled(picked=_words(node.picked, book)) if node.picked is not None else EVERYBODY
    item = _words(node.item, book) if node.item is not None else Words("", "")
    return MEMBERS[node.operator].filled(picked=picked, item=item)


@_words.register
def _(node: Between, book: PolicyBook) -> Words:
    return BETWEEN[node.measure].filled(first=_words(node.first, book), last=_words(node.last, book))


@_words.register
def _(node: Shifted, book: PolicyBook) -> Words:
    return SHIFTED[node.measure].filled(first=_words(node.first, book), count=_words(node.count, book))


@_words.register
def _(node: Entitled, book: PolicyBook) -> Words:
    return ENTITLED.filled(policy=_title(node.policy, book))


@_words.register
def _(node: Due, book: PolicyBook) -> Words:
    return DUE.filled(policy=_title(node.policy, book))


def _title(name: str, book: PolicyBook) -> Words:
    return next(policy.title for policy in reversed(book.policies) if policy.name == name)
