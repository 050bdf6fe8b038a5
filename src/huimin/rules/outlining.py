"""The outlines of policies: which steps their explanations have, and whose values each step holds.

They are the same for every household. `tracing` computes the values for one, and `reasons` puts both together.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from huimin.rules.book import PolicyBook
from huimin.rules.outlines import (
    CHANGE_FACT,
    DUE,
    IS,
    LIMITS,
    OPPOSITES,
    OfAnswer,
    OfComparison,
    OfCondition,
    OfMember,
    OfPart,
    OfPolicy,
    Outline,
    Shown,
    Turned,
)
from huimin.rules.parameters import ParameterValue
from huimin.rules.places import Area
from huimin.rules.policy import Condition, Definition, Policy
from huimin.rules.reference import Unknown, Value
from huimin.rules.rendering import NO, NOT_KNOWN, YES, category_words, label, value_words
from huimin.rules.tree import (
    CONDITION,
    Comparison,
    Due,
    Entitled,
    Fact,
    Joined,
    Members,
    Node,
    Opposite,
    Parameter,
    Reference,
    Scaled,
    Type,
)
from huimin.units.words import Words

# Whether a household lies inside an area; nothing where that cannot be told.
Inside = Callable[[Area], bool | None]


class Outliner:
    """Makes the outlines of policies on a day, for households that lie alike in all areas."""

    def __init__(self, book: PolicyBook, on: date, inside: Inside) -> None:
        self.book, self.on, self.inside = book, on, inside
        self._conditions: dict[tuple[str, bool], tuple[Outline, ...]] = {}
        self._each: dict[str, Outline] = {}

    def answer(self, name: str) -> OfAnswer:
        """The outline of what a policy says."""
        policy = self.book.policy(name, self.on)
        given = (self.book.definitions[key] for key in policy.gives)
        gives = tuple(self._given(each) for each in given if each.level == "household")
        if policy.level == "person":
            return OfAnswer(policy, (), self.each(policy), (), gives)
        amount = self.shown(policy.amount.node, of_member=False) if policy.amount else ()
        return OfAnswer(policy, self.conditions(policy, of_member=False), None, tuple(amount), gives)

    def conditions(self, policy: Policy, *, of_member: bool) -> tuple[Outline, ...]:
        """The outlines of a policy's conditions."""
        key = policy.name, of_member
        if key not in self._conditions:
            self._conditions[key] = tuple(self._condition(each, of_member) for each in policy.conditions)
        return self._conditions[key]

    def each(self, policy: Policy) -> Outline:
        """The outline of what a policy of persons says of one member, with what is due."""
        if policy.name not in self._each:
            given = (self.book.definitions[key] for key in policy.gives)
            shown = [*self.shown(policy.amount.node, of_member=True)] if policy.amount else []
            if policy.amount is not None:
                kind = policy.amount.node.type
                due = Due(kind, "", policy.name, "person")
                shown.append(Shown(DUE, due, self._words_of(kind), if_entitled=True))
            shown += [self._given(each) for each in given if each.level == "person"]
            self._each[policy.name] = OfMember(
                Entitled(CONDITION, "", policy.name, "person"),
                shown=tuple(shown),
                children=self.conditions(policy, of_member=True),
            )
        return self._each[policy.name]

    def shown(self, node: Node, *, of_member: bool) -> Iterator[Shown]:
        """The definitions, parameters and household facts that a value rests on, the nearest first."""
        for step in self._steps(node, of_member):
            words_of = self._words_of(step.type)
            if isinstance(step, (Parameter, Scaled)):
                name = step.scale if isinstance(step, Scaled) else step.name
                yield Shown(label(step, self.book), step, partial(_sourced, words_of), parameter=name)
            elif not isinstance(step, Due):
                yield Shown(label(step, self.book), step, words_of)
            elif not self._elsewhere(step):
                yield Shown(self._title(step), step, words_of)

    def _given(self, each: Definition) -> Shown:
        return Shown(each.title, each.node, self._words_of(each.node.type), each.name, if_entitled=True)

    def _steps(self, node: Node, of_member: bool) -> Iterator[Node]:
        seen, line = set(), [(node, of_member)]
        while line:
            step, of_member = line.pop(0)
            # Inside a sum over members no one member is meant.
            of_member = of_member and not isinstance(step, Members)
            if step.of_person and not of_member:
                line += ((part, False) for part in step.parts)
                continue
            if isinstance(step, (Reference, Parameter, Scaled, Fact, Due)) and step not in seen:
                seen.add(step)
                yield step
                if isinstance(step, Reference):
                    line.append((self.book.definitions[step.key].node, step.level == "person"))
            line += ((part, of_member) for part in step.parts)

    def _condition(self, condition: Condition, of_member: bool) -> Outline:
        inner = self._leaf(condition.node, turned=False, of_member=of_member)
        return OfCondition(
            condition.node,
            held=(Turned(inner.node, inner.turned), *inner.held),
            shown=tuple(self.shown(condition.node, of_member=of_member)),
            children=inner.children,
            each=inner.each,
            name=condition.name,
            clause=condition.clause.words,
            any_of=inner.any_of,
            said=(condition.met, condition.not_met, condition.unknown),
            inner=inner,
        )

    def _leaf(self, node: Node, *, turned: bool, of_member: bool) -> Outline:
        """The outline of a part of a condition; `turned` inside a `not`."""
        if isinstance(node, Opposite):
            return self._leaf(node.item, turned=not turned, of_member=of_member)
        if isinstance(node, Joined):
            return self._joined(node, turned, of_member)
        if isinstance(node, Comparison):
            return self._comparison(node, turned)
        if isinstance(node, Entitled):
            return self._entitled(node, turned, of_member)
        if isinstance(node, Reference):
            return self._reference(node, turned, of_member)
        title, instead = label(node, self.book), None
        if isinstance(node, Fact):
            instead = CHANGE_FACT.filled(name=title, bound=NO if turned else YES, value=YES if turned else NO)
        return OfPart(node, turned, title=title, instead=instead)

    def _joined(self, node: Joined, turned: bool, of_member: bool) -> Outline:
        items = [item for item in node.items if not (isinstance(item, Entitled) and self._elsewhere(item))]
        if len(items) == 1:
            # Of a policy and those that stand in for it elsewhere, only the one that is asked here is spoken of.
            return self._leaf(items[0], turned=turned, of_member=of_member)
        children = tuple(self._leaf(item, turned=turned, of_member=of_member) for item in items or node.items)
        any_of = (node.operator == "or") != turned
        return OfPart(node, turned, children=children, any_of=any_of, title=label(node, self.book))

    def _comparison(self, node: Comparison, turned: bool) -> Outline:
        left, right = node.left, node.right
        kind = left.type if left.type.unit or left.type.shape != "number" else right.type
        limits = IS if kind.shape == "enum" else LIMITS
        limit = limits[OPPOSITES[node.operator] if turned else node.operator]
        return OfComparison(
            node, turned, (left, right), title=label(left, self.book), limit=limit, kind=kind,
            words_of=self._words_of(kind),
        )  # fmt: skip

    def _reference(self, node: Reference, turned: bool, of_member: bool) -> Outline:
        """A definition: what its expression says, under its own title."""
        inner = self._leaf(self.book.definitions[node.key].node, turned=turned, of_member=of_member)
        title = label(node, self.book)
        return OfCondition(
            inner.node, inner.turned, (Turned(inner.node, inner.turned), *inner.held), (), inner.children, inner.each,
            any_of=inner.any_of, said=(title, title, title), inner=inner,
        )  # fmt: skip

    def _entitled(self, node: Entitled, turned: bool, of_member: bool) -> Outline:
        policy = self.book.version(node.policy, self.on)
        children: tuple[Outline, ...] = ()
        each = None
        if policy is not None and not self._elsewhere(node):
            if policy.level == "person" and not (of_member and node.level == "person"):
                each = self.each(policy)
            else:
                children = self.conditions(policy, of_member=policy.level == "person")
        return OfPolicy(node, turned, (node,), (), children, each, title=self._title(node))

    def _elsewhere(self, node: Due | Entitled) -> bool:
        """Whether the policy is not asked here: it holds in other places, or another stands in for it."""
        policy = self.book.version(node.policy, self.on)
        return policy is not None and self.inside(self.book.area(policy, self.on)) is False

    def _title(self, node: Due | Entitled) -> Words:
        versions = [policy for policy in self.book.policies if policy.name == node.policy]
        return (self.book.version(node.policy, self.on) or versions[-1]).title

    def _words_of(self, kind: Type) -> Callable[[Any], Words]:
        """What says values of a type in words."""
        if kind.shape == "enum":
            return partial(_category, category_words(kind, self.book))
        return partial(value_words, kind=kind, book=self.book)


def _category(titles: tuple[Words, ...], value: Value) -> Words:
    return NOT_KNOWN if isinstance(value, Unknown) else titles[int(value)]


def source_words(found: ParameterValue) -> Words:
    """Where a parameter's value comes from and since when, as it is said after the value."""
    zh, en = ("，示例", ", illustrative") if found.illustrative else ("", "")
    since = found.started_on.isoformat()
    return Words(f"（{found.source.zh}，{since} 起{zh}）", f" ({found.source.en}, from {since}{en})")


def _sourced(words_of: Callable[[Any], Words], told: tuple[Value, Words | None]) -> Words:
    """A parameter's value, or what a scale makes of a number, and where the parameter comes from."""
    value, source = told
    if source is None:
        return NOT_KNOWN
    shown = words_of(value)
    return Words(shown.zh + source.zh, shown.en + source.en)
