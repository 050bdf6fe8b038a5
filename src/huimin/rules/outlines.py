"""What of a step of an explanation is the same for every household: its name, its clause, its sentences."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from huimin.rules.policy import Policy
from huimin.rules.reference import Unknown, Value
from huimin.rules.rendering import NOT_KNOWN
from huimin.rules.tree import CONDITION, Node, Type
from huimin.units.words import Words

Verdict = Literal["met", "not_met", "unknown"]
Held = tuple[Any, ...]

OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
LIMITS = {
    "<": Words("低于", "below"),
    "<=": Words("不超过", "at most"),
    ">": Words("高于", "above"),
    ">=": Words("不低于", "at least"),
    "==": Words("等于", "equal to"),
    "!=": Words("不等于", "other than"),
}
# Of which kind something is.
IS = {"==": Words("为", "is"), "!=": Words("不是", "is not")}
CHANGE_KIND = Words(
    "如果{name}{limit}“{bound}”，就符合；现在是“{value}”。",
    "It would be met if {name} {limit} “{bound}”; it is “{value}”.",
)
CHANGE = Words(
    "如果{name}{limit} {bound}，就符合；现在是 {value}。",
    "It would be met if {name} were {limit} {bound}; it is {value}.",
)
CHANGE_BY = Words(
    "如果{name}{limit} {bound}，就符合；现在是 {value}，相差 {difference}。",
    "It would be met if {name} were {limit} {bound}; it is {value}, {difference} away.",
)
CHANGE_FACT = Words(
    "“{name}”现在是“{value}”，如果是“{bound}”就符合。",
    "It would be met if {name} were {bound}; it is {value}.",
)
CHANGE_OTHER = Words(
    "“{name}”现在是“{answer}”，如果结果不同就符合。",
    "It would be met if {name} came out otherwise; it is {answer}.",
)
LEAF = Words("{name}{limit}{bound}", "{name} {limit} {bound}")
ENTITLED_TO = Words("{name}：{answer}", "{name}: {answer}")
MEMBER = Words("第 {number} 名成员：{answer}", "member {number}: {answer}")
DUE = Words("应享金额", "amount due")
ANSWERS = {
    "met": Words("符合", "entitled"),
    "not_met": Words("不符合", "not entitled"),
    "unknown": Words("待核实", "to be verified"),
}


def status_of(value: Value) -> Verdict:
    """The status of a condition's value."""
    if isinstance(value, Unknown):
        return "unknown"
    return "met" if value else "not_met"


@dataclass(frozen=True, eq=False)
class Shown:
    """A value that a step rests on, with its name. Some are shown only to those who are entitled."""

    title: Words
    node: Node
    words: Callable[[Any], Words]
    name: str = ""
    parameter: str = ""
    if_entitled: bool = False


@dataclass(frozen=True)
class Turned:
    """A condition's value as a step sees it: turned round inside a `not`."""

    node: Node
    turned: bool


@dataclass(frozen=True, eq=False)
class Outline:
    """A step: whose value says whether it is met, which values its words hold, what it shows, and what is below.

    Inside a `not`, `turned` says that it is met where the value is false. Of a policy of persons, `each` is the step
    that is told of every member in turn.
    """

    node: Node
    turned: bool = False
    held: tuple[Node | Turned, ...] = ()
    shown: tuple[Shown, ...] = ()
    children: "tuple[Outline, ...]" = ()
    each: "Outline | None" = None
    name: str = ""
    clause: Words | None = None
    any_of: bool = False

    def named(self, held: Held) -> str:
        """The name, where it is not the same for all."""
        return self.name

    def words(self, value: Value, held: Held) -> Words:
        """The sentence."""
        raise NotImplementedError

    def change(self, value: Value, held: Held) -> Words | None:
        """What would have to change for it to be met; nothing where it is, or where its parts say so."""
        return None


@dataclass(frozen=True, eq=False)
class OfPart(Outline):
    """A part of a condition that is called by its name alone."""

    title: Words = NOT_KNOWN
    instead: Words | None = None

    def words(self, value: Value, held: Held) -> Words:
        """The sentence."""
        return self.title

    def change(self, value: Value, held: Held) -> Words | None:
        """The other answer, of a fact that is yes or no."""
        return self.instead if value is False else None


@dataclass(frozen=True, eq=False)
class OfComparison(Outline):
    """Two values compared."""

    title: Words = NOT_KNOWN
    limit: Words = NOT_KNOWN
    kind: Type = CONDITION
    words_of: Callable[[Any], Words] = field(kw_only=True)

    def words(self, value: Value, held: Held) -> Words:
        """The sentence."""
        bound, title, limit = self.words_of(held[1]), self.title, self.limit
        return Words(f"{title.zh}{limit.zh}{bound.zh}", f"{title.en} {limit.en} {bound.en}")

    def change(self, value: Value, held: Held) -> Words | None:
        """How far the value is from the bound."""
        if value is not False:
            return None
        left, right = held
        parts = {"name": self.title, "limit": self.limit, "bound": self.words_of(right)}
        parts["value"] = self.words_of(left)
        if self.kind.shape == "enum":
            return CHANGE_KIND.filled(**parts)
        if self.kind.shape != "number":
            return CHANGE.filled(**parts)
        return CHANGE_BY.filled(**parts, difference=self.words_of(abs(left - right)))


@dataclass(frozen=True, eq=False)
class OfPolicy(Outline):
    """Whether the household or member is entitled under another policy."""

    title: Words = NOT_KNOWN

    def words(self, value: Value, held: Held) -> Words:
        """The sentence."""
        return ENTITLED_TO.filled(name=self.title, answer=ANSWERS[status_of(held[0])])

    def change(self, value: Value, held: Held) -> Words | None:
        """That the other answer is needed. Why somebody is entitled elsewhere says nothing of how not to be."""
        if value is not False or not self.turned:
            return None
        return CHANGE_OTHER.filled(name=self.title, answer=ANSWERS[status_of(held[0])])


@dataclass(frozen=True, eq=False)
class OfCondition(Outline):
    """A condition of a policy, in the policy's own words, or a definition, by its title.

    `inner` is the step that its expression makes; the first of the values held is that step's.
    """

    said: tuple[Words, Words, Words] = (NOT_KNOWN, NOT_KNOWN, NOT_KNOWN)
    inner: Outline | None = None

    def words(self, value: Value, held: Held) -> Words:
        """The sentence: met, not met or unknown."""
        return self.said[0 if value is True else 1 if value is False else 2]

    def change(self, value: Value, held: Held) -> Words | None:
        """What would have to change inside."""
        assert self.inner is not None
        return self.inner.change(held[0], held[1:])


@dataclass(frozen=True, eq=False)
class OfMember(Outline):
    """What a policy of persons says of one member; the value held is the member's place."""

    def named(self, held: Held) -> str:
        """The name tells the members apart."""
        return f"member_{held[0]}"

    def words(self, value: Value, held: Held) -> Words:
        """The sentence."""
        number = Words(str(held[0]), str(held[0]))
        return MEMBER.filled(number=number, answer=ANSWERS[status_of(value)])


@dataclass(frozen=True, eq=False)
class OfAnswer:
    """What is the same of the explanations of a policy: its conditions, what its amount rests on, what it gives.

    Of a policy of persons, `each` is told of every member instead.
    """

    policy: Policy
    conditions: tuple[Outline, ...]
    each: Outline | None
    amount: tuple[Shown, ...]
    gives: tuple[Shown, ...]
