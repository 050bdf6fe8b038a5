"""Formulas in words: what an expression computes, as an officer reads it beside the law."""

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import singledispatch

from huimin.rules.book import PolicyBook
from huimin.rules.outlines import IS, LIMITS
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
    Type,
)
from huimin.units.words import Words

SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
JOINS = {"and": Words("，并且", ", and "), "or": Words("，或者", ", or ")}
EXTREMES = {
    "min": Words("{items}中最低的一个", "the least of {items}"),
    "max": Words("{items}中最高的一个", "the largest of {items}"),
}
# Of two, the latter is the bound of the former.
BOUNDED = {
    "min": Words("{item}（最高按{bound}计算）", "{item} (at most {bound})"),
    "max": Words("{item}（最低按{bound}计算）", "{item} (at least {bound})"),
}
ROUNDINGS = {
    "half_up": Words("（{item}）四舍五入取整", "({item}) rounded half up"),
    "down": Words("（{item}）舍去尾数", "({item}) rounded down"),
    "up": Words("（{item}）进位取整", "({item}) rounded up"),
}
SCALES = {
    "marginal": Words("{item}按“{scale}”分段计算后相加", "{item} on the scale “{scale}”, bracket by bracket"),
    "single": Words("按{item}查“{scale}”所在的一档", "the bracket of “{scale}” that {item} lies in"),
}
MEMBERS = {
    "sum": Words("{picked}{item}之和", "the sum of {item} over {picked}"),
    "count": Words("{picked}人数", "the number of {picked}"),
    "any": Words("{picked}中有人{item}", "{item} for somebody among {picked}"),
    "all": Words("{picked}都{item}", "{item} for each of {picked}"),
}
EVERYBODY = Words("全体成员", "all members")
PICKED_BY_ONE = Words("{picked}的成员", "the members who are {picked}")
PICKED = Words("符合“{picked}”的成员", "the members for whom {picked}")
MATCHING = Words("符合“{item}”", "{item}")
BETWEEN = {
    "years": Words("{first}至{last}的周年数", "full years from {first} to {last}"),
    "months": Words("{first}至{last}的整月数", "full months from {first} to {last}"),
    "days": Words("{first}至{last}的天数", "days from {first} to {last}"),
}
ONE_OF = Words("{subject}为{most}或者{last}", "{subject} is {most} or {last}")
NONE_OF_IT = Words("没有{name}", "no {name}")
SOME_OF_IT = Words("有{name}", "some {name}")
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
AGE = Words("年龄", "age")
AGES = {
    ">=": Words("年满", "age at least"),
    "<": Words("不满", "age below"),
}
SHIFTED = {
    "years": Words("{first}之后 {count}", "{count} after {first}"),
    "months": Words("{first}之后 {count}", "{count} after {first}"),
    "days": Words("{first}之后 {count}", "{count} after {first}"),
}
CHOICE = Words("{condition}的，为{met}；其他情形，为{otherwise}", "{met} if {condition}, else {otherwise}")
NEXT_CHOICE = Words("{condition}的，为{met}；{otherwise}", "{met} if {condition}, {otherwise}")
NOT = Words("不属于“{item}”的情形", "not “{item}”")
# What a title says at its beginning, and how it is denied.
DENIED = (("有", "没有"), ("已", "没有"), ("能", "不能"), ("属于", "不属于"))
TODAY = Words("当日", "the day asked about")
ENTITLED = Words("符合“{policy}”的条件", "entitled to {policy}")
NOT_ENTITLED = Words("不符合“{policy}”的条件", "not entitled to {policy}")
DUE = Words("按“{policy}”应得的金额", "the amount due under {policy}")
TWO = 2
# Up to so many other kinds are named rather than the one that is left out.
FEW = 4


def in_words(node: Node, book: PolicyBook) -> Words:
    """What an expression computes, in words; definitions are called by their titles."""
    words = _words(node, book)
    # A number stands apart from the characters on both sides.
    return Words(re.sub(r"(?<= )([\d,.]+)(?=[\u4e00-\u9fff])", r"\1 ", words.zh), words.en)


def quoted(words: Words) -> Words:
    """Words in quotation marks."""
    return Words(f"“{words.zh}”", f"“{words.en}”")


def beside(before: str, after: str) -> str:
    """Two Chinese pieces of a sentence, a number kept apart from the characters before it."""
    return f"{before} {after}" if after[:1].isdigit() else f"{before}{after}"


@singledispatch
def _words(node: Node, book: PolicyBook) -> Words:
    # Only what has a title comes here: definitions, parameters and facts.
    return label(node, book)


@_words.register
def _(node: Constant, book: PolicyBook) -> Words:
    return _constant(node, node.type, book)


def _constant(node: Constant, kind: Type, book: PolicyBook) -> Words:
    """A number of the text in the unit that it is compared in; a nought needs no decimals."""
    value = int(node.value) if kind.shape != "number" else node.value
    if kind.shape == "number" and value == 0:
        return Words("0", "0")
    words = value_words(Fraction(value), kind, book)
    return quoted(words) if kind.shape == "enum" else words


@_words.register
def _(node: Parameter, book: PolicyBook) -> Words:
    return label(node, book)


@_words.register
def _(node: Today, book: PolicyBook) -> Words:
    return TODAY


@_words.register
def _(node: Arithmetic, book: PolicyBook) -> Words:
    # One month, one year: it turns a sum a month into a sum, and says nothing to people.
    if node.operator in "*/" and _is_one(node.right):
        return _words(node.left, book)
    if node.operator == "*" and _is_one(node.left):
        return _words(node.right, book)
    left, right = _inner(node.left, node, book), _inner(node.right, node, book, right=True)
    return Words(
        f"{left.zh} {SIGNS[node.operator]} {right.zh}", f"{left.en} {SIGNS[node.operator]} {right.en}"
    )


def _is_one(node: Node) -> bool:
    return isinstance(node, Constant) and node.type.unit is not None and node.value == 1


def _inner(part: Node, whole: Arithmetic, book: PolicyBook, *, right: bool = False) -> Words:
    """A part of a sum or product, in brackets where leaving them out would change the meaning."""
    words = _words(part, book)
    while isinstance(part, Arithmetic) and part.operator in "*/" and _is_one(part.right):
        part = part.left
    loose = isinstance(part, Arithmetic) and part.operator in "+-"
    several = isinstance(part, Extreme) and len(part.items) > TWO
    summed = isinstance(part, Members) and whole.operator in "*/"
    bracketed = (
        isinstance(part, (Choice, Scaled))
        or several
        or summed
        or (
            isinstance(part, Arithmetic)
            and ((loose and (right or whole.operator in "*/")) or (right and whole.operator == "/"))
        )
    )
    return _bracketed(words) if bracketed else words


def _bracketed(words: Words) -> Words:
    return Words(f"（{words.zh}）", f"({words.en})")


@_words.register
def _(node: Extreme, book: PolicyBook) -> Words:
    if len(node.items) > TWO:
        return EXTREMES[node.operator].filled(items=_and(quoted(_words(item, book)) for item in node.items))
    first, last = node.items
    if isinstance(first, Constant):
        first, last = last, first
    item, bound = _words(first, book), _bound(first, last, book)
    item = _bracketed(item) if isinstance(first, (Arithmetic, Choice)) else item
    return BOUNDED[node.operator].filled(item=item, bound=Words(beside("", bound.zh), bound.en))


def _and(items: Iterable[Words]) -> Words:
    *most, last = items
    if not most:
        return last
    zh, en = "、".join(item.zh for item in most), ", ".join(item.en for item in most)
    return Words(f"{zh}和{last.zh}", f"{en} and {last.en}")


@_words.register
def _(node: Rounded, book: PolicyBook) -> Words:
    return ROUNDINGS[node.mode].filled(item=_words(node.item, book))


@_words.register
def _(node: Scaled, book: PolicyBook) -> Words:
    scale = book.parameters[node.scale].title
    return SCALES[node.operator].filled(item=_words(node.item, book), scale=scale)


@_words.register
def _(node: Comparison, book: PolicyBook) -> Words:
    left, right, operator = _turned(node)
    if isinstance(right, Constant) and right.type.shape == "enum":
        return _of_a_kind(left, right, operator, book)
    said = _some_or_none(left, right, operator, book)
    if said is not None:
        return said
    last = _bound(left, right, book)
    if isinstance(left, Between) and _is_age(left) and operator in AGES:
        age = AGES[operator]
        return Words(beside(age.zh, last.zh), f"{age.en} {last.en}")
    first, limit = _side(left, book), LIMITS[operator]
    return Words(f"{first.zh}{beside(limit.zh, last.zh)}", f"{first.en} {limit.en} {last.en}")


def _turned(node: Comparison) -> tuple[Node, Node, str]:
    """The sides of a comparison, what is asked about first: a level of at most 4, not 4 of at least a level."""
    if isinstance(node.left, Constant) and not isinstance(node.right, Constant):
        return node.right, node.left, MIRRORED[node.operator]
    return node.left, node.right, node.operator


def _side(node: Node, book: PolicyBook) -> Words:
    """A side of a comparison; a sum is bracketed, so that its last part alone is not thought compared."""
    words = _words(node, book)
    return _bracketed(words) if isinstance(node, Arithmetic) and node.operator in "+-" else words


def _bound(left: Node, right: Node, book: PolicyBook) -> Words:
    if isinstance(right, Constant):
        return _constant(right, right.type if right.type.unit else left.type, book)
    return _side(right, book)


def _some_or_none(left: Node, right: Node, operator: str, book: PolicyBook) -> Words | None:
    """Money that there is or is not: "no pension", rather than a pension of at most 0."""
    money = isinstance(left, Fact) and left.type.unit is not None and left.type.unit.name.startswith("fen")
    if not money or not isinstance(right, Constant) or right.value != 0 or left.type.low < 0:
        return None
    if operator in ("<=", "=="):
        return NONE_OF_IT.filled(name=_words(left, book))
    return SOME_OF_IT.filled(name=_words(left, book)) if operator in (">", "!=") else None


def _of_a_kind(left: Node, right: Constant, operator: str, book: PolicyBook) -> Words:
    """Of which kind something is; that it is not of one kind is said by naming the others, where they are few."""
    subject, kind = _words(left, book), right.type
    others = [place for place in range(len(kind.values)) if place != int(right.value)]
    if operator == "!=" and len(others) <= FEW:
        return _one_of(subject, [quoted(value_words(Fraction(place), kind, book)) for place in others])
    last, limit = _constant(right, kind, book), IS[operator]
    return Words(f"{subject.zh}{limit.zh}{last.zh}", f"{subject.en} {limit.en} {last.en}")


def _one_of(subject: Words, values: list[Words]) -> Words:
    if len(values) == 1:
        return Words(f"{subject.zh}为{values[0].zh}", f"{subject.en} is {values[0].en}")
    most = Words("、".join(each.zh for each in values[:-1]), ", ".join(each.en for each in values[:-1]))
    return ONE_OF.filled(subject=subject, most=most, last=values[-1])


@_words.register
def _(node: Joined, book: PolicyBook) -> Words:
    whole = _listed(node, book) or _range(node, book)
    if whole is not None:
        return whole
    join, parts = JOINS[node.operator], [_part(item, node, book) for item in node.items]
    # Policies of the same name that hold in different places are said once.
    zh, en = dict.fromkeys(part.zh for part in parts), dict.fromkeys(part.en for part in parts)
    return Words(join.zh.join(zh), join.en.join(en))


def _part(item: Node, whole: Joined, book: PolicyBook) -> Words:
    """A part of a condition, in brackets where "and" and "or" meet: without them two officers could read it differently."""
    words = _words(item, book)
    mixed = isinstance(item, Joined) and item.operator != whole.operator and _single(item, book) is None
    return _bracketed(words) if mixed else words


def _single(node: Joined, book: PolicyBook) -> Words | None:
    """What a joined condition is called where it is about one thing: a list of kinds, a range, one policy."""
    said = {_words(item, book) for item in node.items}
    return _listed(node, book) or _range(node, book) or (said.pop() if len(said) == 1 else None)


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
    return _one_of(subjects.pop(), [_words(right, book) for _left, right in sides])


def _range(node: Joined, book: PolicyBook) -> Words | None:
    """From one bound to another: the subject is named once."""
    if node.operator != "and" or not all(isinstance(item, Comparison) for item in node.items):
        return None
    sides = [_turned(item) for item in node.items if isinstance(item, Comparison)]
    subjects = {_words(left, book) for left, _right, _operator in sides}
    if len(sides) != TWO or len(subjects) != 1 or any(operator in IS for *_, operator in sides):
        return None
    subject, said = (
        subjects.pop(),
        [(LIMITS[operator], _bound(left, right, book)) for left, right, operator in sides],
    )
    zh = "且".join(beside(limit.zh, bound.zh) for limit, bound in said)
    en = " and ".join(f"{limit.en} {bound.en}" for limit, bound in said)
    return Words(f"{subject.zh}{zh}", f"{subject.en} {en}")


@_words.register
def _(node: Opposite, book: PolicyBook) -> Words:
    item = node.item
    policy = _policy_of(item)
    if policy:
        return NOT_ENTITLED.filled(policy=_title(policy, book))
    words = _words(item, book)
    if not isinstance(item, Fact):
        return NOT.filled(item=words)
    denied = next((no + words.zh.removeprefix(yes) for yes, no in DENIED if words.zh.startswith(yes)), "")
    return Words(denied or NOT.zh.format(item=words.zh), NOT.en.format(item=words.en))


def _policy_of(node: Node) -> str:
    """The policy that a condition asks after, with those that stand in for it elsewhere; nothing where it asks more."""
    parts = node.items if isinstance(node, Joined) and node.operator == "or" else (node,)
    return (
        parts[0].policy
        if all(isinstance(part, Entitled) for part in parts) and isinstance(parts[0], Entitled)
        else ""
    )


@_words.register
def _(node: Choice, book: PolicyBook) -> Words:
    met = _words(node.met, book)
    met = _bracketed(met) if isinstance(node.met, Choice) else met
    parts = {"condition": _words(node.condition, book), "met": Words(beside("", met.zh), met.en)}
    otherwise = _words(node.otherwise, book)
    if isinstance(node.otherwise, Choice):
        return NEXT_CHOICE.filled(**parts, otherwise=Words(otherwise.zh, f"else {otherwise.en}"))
    return CHOICE.filled(**parts, otherwise=Words(beside("", otherwise.zh), otherwise.en))


@_words.register
def _(node: Members, book: PolicyBook) -> Words:
    item = _words(node.item, book) if node.item is not None else Words("", "")
    if isinstance(node.item, Joined):
        item = MATCHING.filled(item=item)
    elif isinstance(node.item, (Arithmetic, Choice)):
        item = _bracketed(item)
    return MEMBERS[node.operator].filled(picked=_picked(node, book), item=item)


def _picked(node: Members, book: PolicyBook) -> Words:
    if node.picked is None:
        every = EVERYBODY
        return Words(f"{every.zh}的", every.en) if node.operator in ("sum", "count") else every
    template = PICKED if isinstance(node.picked, (Joined, Opposite)) else PICKED_BY_ONE
    return template.filled(picked=_words(node.picked, book))


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
    """What a policy is called; one that stands in for another elsewhere is spoken of as that one."""
    policy = next(policy for policy in reversed(book.policies) if policy.name == name)
    return _title(policy.instead_of[0], book) if policy.instead_of else policy.title
