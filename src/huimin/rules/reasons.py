"""Why a condition holds or not: every step with its values, its clause, and what would change it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from huimin.rules.book import PolicyBook
from huimin.rules.parameters import ParameterValue
from huimin.rules.policy import Condition, Policy
from huimin.rules.questions import of_version
from huimin.rules.reference import Evaluation, Unknown, Value
from huimin.rules.rendering import NO, NOT_KNOWN, YES, fact_title, label, value_words
from huimin.rules.tree import (
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
)
from huimin.units.words import Words

Verdict = Literal["met", "not_met", "unknown"]

OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
LIMITS = {
    "<": Words("低于", "below"),
    "<=": Words("不超过", "at most"),
    ">": Words("高于", "above"),
    ">=": Words("不低于", "at least"),
    "==": Words("等于", "equal to"),
    "!=": Words("不等于", "other than"),
}
CHANGE = Words(
    "若{name}{limit}{bound}即符合；现为{value}。",
    "It would be met if {name} were {limit} {bound}; it is {value}.",
)
CHANGE_BY = Words(
    "若{name}{limit}{bound}即符合；现为{value}，相差{difference}。",
    "It would be met if {name} were {limit} {bound}; it is {value}, {difference} away.",
)
CHANGE_FACT = Words(
    "若{name}为{bound}即符合；现为{value}。", "It would be met if {name} were {bound}; it is {value}."
)
CHANGE_OTHER = Words(
    "若{name}的结果不同即符合；现为{answer}。",
    "It would be met if {name} came out otherwise; it is {answer}.",
)
ONE_OF = Words("以下任一项即可：{changes}", "One of these would do: {changes}")
LEAF = Words("{name}{limit}{bound}", "{name} {limit} {bound}")
ENTITLED_TO = Words("{name}：{answer}", "{name}: {answer}")
MEMBER = Words("第 {number} 名成员：{answer}", "member {number}: {answer}")
DUE = Words("应享金额", "amount due")
ANSWERS = {
    "met": Words("符合", "entitled"),
    "not_met": Words("不符合", "not entitled"),
    "unknown": Words("待核实", "to be verified"),
}


@dataclass(frozen=True)
class Reason:
    """One step of an explanation: met, not met or unknown, in words, with the values it rests on."""

    status: Verdict
    words: Words
    values: tuple[tuple[Words, Words], ...] = ()
    clause: Words | None = None
    change: Words | None = None
    missing: tuple[Words, ...] = ()
    children: tuple["Reason", ...] = ()
    name: str = ""
    any_of: bool = False

    @property
    def needed(self) -> Words | None:
        """What would have to change for this to be met; nothing where it is met or where no change is known.

        All of it, unless it says that one of several would do.
        """
        if self.status != "not_met":
            return None
        if self.change is not None:
            return self.change
        inner = [change for change in (child.needed for child in self.children) if change is not None]
        if not inner:
            return None
        together = Words("".join(each.zh for each in inner), " ".join(each.en for each in inner))
        return ONE_OF.filled(changes=together) if self.any_of and len(inner) > 1 else together

    def as_data(self) -> dict[str, Any]:
        """The step as JSON, in both languages."""
        return {
            "name": self.name,
            "status": self.status,
            "words": _data(self.words),
            "values": [[_data(name), _data(value)] for name, value in self.values],
            "clause": _data(self.clause),
            "change": _data(self.change),
            "missing": [_data(each) for each in self.missing],
            "children": [child.as_data() for child in self.children],
        }


def reason_of(condition: Condition, evaluation: Evaluation) -> Reason:
    """The explanation of one condition of a policy."""
    value = evaluation.value(condition.node)
    status = status_of(value)
    words = {"met": condition.met, "not_met": condition.not_met, "unknown": condition.unknown}[status]
    inner = _leaf(condition.node, evaluation, turned=False)
    return Reason(
        status=status,
        words=words,
        values=tuple(values_of(condition.node, evaluation)),
        clause=condition.clause.words,
        change=inner.change,
        missing=_missing(value, evaluation.book),
        children=inner.children,
        name=condition.name,
        any_of=inner.any_of,
    )


def reasons_of(policy: Policy, evaluation: Evaluation) -> tuple[Reason, ...]:
    """The explanation of a policy: of each condition; where it is one of persons, of each member."""
    if policy.level == "household":
        outer, evaluation.member = evaluation.member, None
        found = tuple(reason_of(condition, evaluation) for condition in policy.conditions)
        evaluation.member = outer
        return found
    if evaluation.member is not None:
        return tuple(reason_of(condition, evaluation) for condition in policy.conditions)
    return tuple(
        _member_reason(policy, evaluation, place) for place in range(len(evaluation.household.members))
    )


def _member_reason(policy: Policy, evaluation: Evaluation, place: int) -> Reason:
    """What a policy of persons says of one member, with what is due."""
    question = of_version(policy)
    evaluation.member = evaluation.household.members[place]
    verdict = evaluation.verdict(question)
    values = [*values_of(question.amount, evaluation)] if question.amount is not None else []
    if policy.amount is not None and verdict is True:
        kind = policy.amount.node.type
        amount = evaluation.amount(question)
        values.append((DUE, value_words(0 if amount is None else amount, kind, evaluation.book)))
    if verdict is True:
        given = (evaluation.book.definitions[key] for key in policy.gives)
        values += [
            (each.title, value_words(evaluation.value(each.node), each.node.type, evaluation.book))
            for each in given
            if each.level == "person"
        ]
    children = tuple(reason_of(condition, evaluation) for condition in policy.conditions)
    evaluation.member = None
    words = {"number": Words(str(place + 1), str(place + 1)), "answer": ANSWERS[status_of(verdict)]}
    return Reason(
        status_of(verdict),
        MEMBER.filled(**words),
        values=tuple(values),
        missing=_missing(verdict, evaluation.book),
        children=children,
        name=f"member_{place + 1}",
    )


def status_of(value: Value) -> Verdict:
    """The status of a condition's value."""
    if isinstance(value, Unknown):
        return "unknown"
    return "met" if value else "not_met"


def values_of(node: Node, evaluation: Evaluation) -> Iterator[tuple[Words, Words]]:
    """The definitions, parameters and household facts that a value rests on, the nearest first."""
    for step, title in _steps(node, evaluation.member is not None, evaluation.book):
        if isinstance(step, Due) and _elsewhere(step, evaluation):
            continue
        if isinstance(step, (Parameter, Scaled)):
            yield title, _parameter_words(step, evaluation)
        elif isinstance(step, Due):
            title = _policy_title(step, evaluation)
            yield title, value_words(evaluation.value(step), step.type, evaluation.book)
        else:
            yield title, value_words(evaluation.value(step), step.type, evaluation.book)


def _steps(node: Node, of_member: bool, book: PolicyBook) -> list[tuple[Node, Words]]:
    """What a value rests on, the nearest first, each with its name: the same for every household."""
    key = ("steps", id(node), of_member)
    found = book.kept.get(key)
    # A node's place in memory is its own only while it is kept, and not in another process.
    if found is None or found[1] is not node:
        found = book.kept[key] = list(_found_steps(node, of_member, book)), node
    return found[0]


def _found_steps(node: Node, of_member: bool, book: PolicyBook) -> Iterator[tuple[Node, Words]]:
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
            yield step, label(step, book)
            if isinstance(step, Reference):
                line.append((book.definitions[step.key].node, step.level == "person"))
        line += ((part, of_member) for part in step.parts)


def _parameter_words(node: Parameter | Scaled, evaluation: Evaluation) -> Words:
    """A parameter's value, or what a scale makes of a number, and where the parameter comes from."""
    found = evaluation.parameter(node.scale if isinstance(node, Scaled) else node.name)
    shown = value_words(evaluation.value(node), node.type, evaluation.book)
    return _sourced(shown, found) if found else NOT_KNOWN


def _policy_title(node: Due | Entitled, evaluation: Evaluation) -> Words:
    versions = [policy for policy in evaluation.book.policies if policy.name == node.policy]
    return (evaluation.book.version(node.policy, evaluation.on) or versions[-1]).title


def _sourced(shown: Words, found: ParameterValue) -> Words:
    mark = Words("，示例", ", illustrative") if found.illustrative else Words("", "")
    since = found.started_on.isoformat()
    return Words(
        f"{shown.zh}（{found.source.zh}，{since} 起{mark.zh}）",
        f"{shown.en} ({found.source.en}, from {since}{mark.en})",
    )


def _leaf(node: Node, evaluation: Evaluation, turned: bool) -> Reason:
    """The explanation of a part of a condition; `turned` inside a `not`."""
    if isinstance(node, Opposite):
        return _leaf(node.item, evaluation, not turned)
    if isinstance(node, Joined):
        return _joined(node, evaluation, turned)
    if isinstance(node, Comparison):
        return _comparison(node, evaluation, turned)
    if isinstance(node, Entitled):
        return _entitled(node, evaluation, turned)
    if isinstance(node, Reference):
        inner = _leaf(evaluation.book.definitions[node.key].node, evaluation, turned)
        return Reason(
            inner.status,
            label(node, evaluation.book),
            change=inner.change,
            missing=inner.missing,
            children=inner.children,
            any_of=inner.any_of,
        )
    value, name = _turn(evaluation.value(node), turned), label(node, evaluation.book)
    status, change = status_of(value), None
    if status == "not_met" and isinstance(node, Fact):
        change = CHANGE_FACT.filled(name=name, bound=NO if turned else YES, value=YES if turned else NO)
    return Reason(status, name, change=change, missing=_missing(value, evaluation.book))


def _joined(node: Joined, evaluation: Evaluation, turned: bool) -> Reason:
    value = _turn(evaluation.value(node), turned)
    items = [item for item in node.items if not (isinstance(item, Entitled) and _elsewhere(item, evaluation))]
    if len(items) == 1:
        # Of a policy and those that stand in for it elsewhere, only the one that is asked here is spoken of.
        return _leaf(items[0], evaluation, turned)
    parts = tuple(_leaf(item, evaluation, turned) for item in items or node.items)
    return Reason(
        status_of(value),
        label(node, evaluation.book),
        missing=_missing(value, evaluation.book),
        children=parts,
        any_of=(node.operator == "or") != turned,
    )


def _elsewhere(node: Due | Entitled, evaluation: Evaluation) -> bool:
    """Whether the policy is not asked here: it holds in other places, or another stands in for it."""
    policy = evaluation.book.version(node.policy, evaluation.on)
    return policy is not None and evaluation.here(evaluation.book.area(policy, evaluation.on)) is False


def _entitled(node: Entitled, evaluation: Evaluation, turned: bool) -> Reason:
    value = evaluation.value(node)
    policy = evaluation.book.version(node.policy, evaluation.on)
    answer = ANSWERS[status_of(value)]
    names = {"name": _policy_title(node, evaluation), "answer": answer}
    reasons = reasons_of(policy, evaluation) if policy else ()
    status = status_of(_turn(value, turned))
    # Why somebody is entitled elsewhere says nothing of how not to be.
    change = CHANGE_OTHER.filled(**names) if status == "not_met" and turned else None
    missing = _missing(value, evaluation.book)
    return Reason(status, ENTITLED_TO.filled(**names), change=change, missing=missing, children=reasons)


def _comparison(node: Comparison, evaluation: Evaluation, turned: bool) -> Reason:
    book, value = evaluation.book, _turn(evaluation.value(node), turned)
    operator = OPPOSITES[node.operator] if turned else node.operator
    left, right = evaluation.value(node.left), evaluation.value(node.right)
    kind = node.left.type if node.left.type.unit or node.left.type.shape != "number" else node.right.type
    parts = {
        "name": label(node.left, book),
        "limit": LIMITS[operator],
        "bound": value_words(right, kind, book),
        "value": value_words(left, kind, book),
    }
    change = None
    if status_of(value) == "not_met":
        template = CHANGE
        if (
            node.left.type.shape == "number"
            and not isinstance(left, Unknown)
            and not isinstance(right, Unknown)
        ):
            template = CHANGE_BY
            parts["difference"] = value_words(abs(Fraction(left) - Fraction(right)), kind, book)
        change = template.filled(**parts)
    return Reason(status_of(value), LEAF.filled(**parts), change=change, missing=_missing(value, book))


def _turn(value: Value, turned: bool) -> Value:
    return not value if turned and not isinstance(value, Unknown) else value


def _missing(value: Value, book: PolicyBook) -> tuple[Words, ...]:
    return tuple(fact_title(key, book) for key in sorted(value.missing)) if isinstance(value, Unknown) else ()


def _data(words: Words | None) -> dict[str, str] | None:
    return {"zh": words.zh, "en": words.en} if words else None
