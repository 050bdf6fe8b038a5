"""Formulas in words: what an expression computes, as an officer reads it beside the law."""

from fractions import Fraction
from functools import singledispatch

from huimin.rules.book import PolicyBook
from huimin.rules.outlines import LIMITS
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
    Fact,
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
    "half_up": Words("（{item}）四舍五入取整", "({item}) rounded half up"),
    "down": Words("（{item}）舍去尾数", "({item}) rounded down"),
    "up": Words("（{item}）进位取整", "({item}) rounded up"),
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
ONE_OF = Words("{subject}为{most}或者{last}", "{subject} is {most} or {last}")
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
AGE = Words("年龄", "age")
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
    # Only what has a title comes here: definitions, parameters and facts.
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
    left, right, operator = node.left, node.right, node.operator
    if isinstance(left, Constant) and not isinstance(right, Constant):
        # People read what is asked about first: a level of at most 4, not 4 of at least a level.
        left, right, operator = right, left, MIRRORED[operator]
    first, last, limit = _words(left, book), _words(right, book), LIMITS[operator]
    return Words(f"{first.zh}{limit.zh}{last.zh}", f"{first.en} {limit.en} {last.en}")


@_words.register
def _(node: Joined, book: PolicyBook) -> Words:
    listed = _listed(node, book)
    if listed is not None:
        return listed
    join, parts = JOINS[node.operator], [_part(item, node, book) for item in node.items]
    # Policies of the same name that hold in different places are said once.
    zh, en = dict.fromkeys(part.zh for part in parts), dict.fromkeys(part.en for part in parts)
    return Words(join.zh.join(zh), join.en.join(en))


def _part(item: Node, whole: Joined, book: PolicyBook) -> Words:
    """A part of a condition, in brackets where "and" and "or" meet: without them two officers could read it differently."""
    words = _words(item, book)
    mixed = isinstance(item, Joined) and item.operator != whole.operator and _listed(item, book) is None
    return Words(f"（{words.zh}）", f"({words.en})") if mixed else words


def _listed(node: Joined, book: PolicyBook) -> Words | None:
    """One of several categories: "grade is 1, 2 or 3"; nothing where the parts are about different things."""
    sides = [
        (item.left, item.right)
        for item in node.items
        if isinstance(item, Comparison) and item.operator == "=="
    ]
    subjects = {_words(left, book) for left, _right in sides}
    alike = len(sides) == len(node.items) and len(subjects) == 1
    if node.operator != "or" or not alike or not all(isinstance(right, Constant) for _left, right in sides):
        return None
    subject, values = subjects.pop(), [_words(right, book) for _left, right in sides]
    zh = "、".join(value.zh for value in values[:-1])
    en = ", ".join(value.en for value in values[:-1])
    return ONE_OF.filled(subject=subject, most=Words(zh, en), last=values[-1])


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
    if _is_age(node):
        return AGE
    return BETWEEN[node.measure].filled(first=_words(node.first, book), last=_words(node.last, book))


def _is_age(node: Between) -> bool:
    born = isinstance(node.first, Fact) and node.first.name == "born_on"
    return born and node.measure == "years" and isinstance(node.last, Today)


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
