"""Explanations told the long way round: node by node with the reference evaluator, every sentence at once.

What a household is told comes from a function made for its policies (`huimin.rules.tracing`) and sentences made when
they are read; here is what they must say, word for word, for every household.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from huimin.rules.outlines import (
    ANSWERS,
    CHANGE,
    CHANGE_BY,
    CHANGE_FACT,
    CHANGE_KIND,
    CHANGE_OTHER,
    DUE,
    ENTITLED_TO,
    IS,
    LEAF,
    LIMITS,
    MEMBER,
    OPPOSITES,
)
from huimin.rules.policy import Condition, Policy
from huimin.rules.questions import of_policy, of_version
from huimin.rules.reasons import ONE_OF
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

Data = dict[str, Any]


def told(name: str, evaluation: Evaluation) -> Data:
    """What `Explanation.as_data` must be."""
    book, household, on = evaluation.book, evaluation.household, evaluation.on
    policy, question = book.policy(name, on), of_policy(book, name, on)
    verdict = evaluation.verdict(question)
    unknown = isinstance(verdict, Unknown)
    own = policy.amount is not None and policy.level == "household"
    conditions = [_without_mark(each) for each in _of_policy(policy, evaluation)]
    return {
        "policy": name,
        "version": policy.version,
        "title": _data(policy.title),
        "household": household.household,
        "on": on.isoformat(),
        "status": "unknown" if unknown else ("entitled" if verdict else "not_entitled"),
        "amount_fen": None if unknown else (evaluation.amount(question) if verdict else 0),
        "conditions": conditions,
        "amount": _pairs(_values(policy.amount.node, evaluation)) if own and policy.amount else [],
        "amount_clause": _data(policy.amount.clause.words) if policy.amount else None,
        "members": list(_members(policy, evaluation)),
        "missing": sorted(verdict.missing) if isinstance(verdict, Unknown) else [],
        "changes": [_data(each) for each in map(_needed, conditions) if each] if verdict is False else [],
        "gives": list(_given(policy, evaluation)) if verdict is True else [],
    }


def _given(policy: Policy, evaluation: Evaluation) -> Iterator[Data]:
    for key in policy.gives:
        definition = evaluation.book.definitions[key]
        if definition.level == "household":
            words = value_words(evaluation.value(definition.node), definition.node.type, evaluation.book)
            yield {"name": definition.name, "title": _data(definition.title), "words": _data(words)}


def _members(policy: Policy, evaluation: Evaluation) -> Iterator[Data]:
    book, household = evaluation.book, evaluation.household
    persons = household.persons or tuple(range(1, len(household.members) + 1))
    for person, member in zip(persons, household.members, strict=True):
        facts = []
        for key in policy.facts:
            if key.startswith("person."):
                value = member[book.facts[key].name]
                known = Unknown(frozenset({key})) if value is None else value
                words = value_words(known, book.facts[key].type, book)
                facts.append([key, _data(fact_title(key, book)), _data(words)])
        yield {"person": person, "facts": facts}


def _of_policy(policy: Policy, evaluation: Evaluation) -> list[Data]:
    if policy.level == "household":
        outer, evaluation.member = evaluation.member, None
        found = [_condition(each, evaluation) for each in policy.conditions]
        evaluation.member = outer
        return found
    if evaluation.member is not None:
        return [_condition(each, evaluation) for each in policy.conditions]
    return [_member(policy, evaluation, place) for place in range(len(evaluation.household.members))]


def _member(policy: Policy, evaluation: Evaluation, place: int) -> Data:
    question, book = of_version(policy, evaluation.book.area(policy, evaluation.on)), evaluation.book
    evaluation.member = evaluation.household.members[place]
    verdict = evaluation.verdict(question)
    values = [*_values(question.amount, evaluation)] if question.amount is not None else []
    if policy.amount is not None and verdict is True:
        values.append((DUE, value_words(evaluation.amount(question) or 0, policy.amount.node.type, book)))
    if verdict is True:
        for each in (book.definitions[key] for key in policy.gives):
            if each.level == "person":
                values.append((each.title, value_words(evaluation.value(each.node), each.node.type, book)))
    children = [_condition(condition, evaluation) for condition in policy.conditions]
    evaluation.member = None
    number, answer = str(place + 1), ANSWERS[_status(verdict)]
    words = MEMBER.filled(number=Words(number, number), answer=answer)
    return _step(verdict, words, evaluation, values=values, children=children, name=f"member_{number}")


def _condition(condition: Condition, evaluation: Evaluation) -> Data:
    value, inner = evaluation.value(condition.node), _leaf(condition.node, evaluation, turned=False)
    said = {"met": condition.met, "not_met": condition.not_met, "unknown": condition.unknown}
    step = _step(
        value, said[_status(value)], evaluation, values=[*_values(condition.node, evaluation)],
        children=inner["children"], name=condition.name, any_of=inner["any_of"],
    )  # fmt: skip
    return step | {"clause": _data(condition.clause.words), "change": inner["change"]}


def _step(
    value: Value,
    words: Words,
    evaluation: Evaluation,
    *,
    values: Any = (),
    change: Words | None = None,
    children: Any = (),
    name: str = "",
    any_of: bool = False,
) -> Data:
    missing = sorted(value.missing) if isinstance(value, Unknown) else []
    return {
        "name": name,
        "status": _status(value),
        "words": _data(words),
        "values": _pairs(values),
        "clause": None,
        "change": _data(change),
        "missing": [_data(fact_title(key, evaluation.book)) for key in missing],
        "children": _Children(children, any_of),
        "any_of": any_of,
    }


def _leaf(node: Node, evaluation: Evaluation, *, turned: bool) -> Data:
    if isinstance(node, Opposite):
        return _leaf(node.item, evaluation, turned=not turned)
    if isinstance(node, Joined):
        return _joined(node, evaluation, turned)
    if isinstance(node, Comparison):
        return _comparison(node, evaluation, turned)
    if isinstance(node, Entitled):
        return _entitled(node, evaluation, turned)
    if isinstance(node, Reference):
        inner = _leaf(evaluation.book.definitions[node.key].node, evaluation, turned=turned)
        return inner | {"words": _data(label(node, evaluation.book))}
    value, name = _turn(evaluation.value(node), turned), label(node, evaluation.book)
    change = None
    if _status(value) == "not_met" and isinstance(node, Fact):
        change = CHANGE_FACT.filled(name=name, bound=NO if turned else YES, value=YES if turned else NO)
    return _step(value, name, evaluation, change=change)


def _joined(node: Joined, evaluation: Evaluation, turned: bool) -> Data:
    items = [item for item in node.items if not (isinstance(item, Entitled) and _elsewhere(item, evaluation))]
    if len(items) == 1:
        return _leaf(items[0], evaluation, turned=turned)
    parts = [_leaf(item, evaluation, turned=turned) for item in items or node.items]
    value, any_of = _turn(evaluation.value(node), turned), (node.operator == "or") != turned
    return _step(value, label(node, evaluation.book), evaluation, children=parts, any_of=any_of)


def _elsewhere(node: Due | Entitled, evaluation: Evaluation) -> bool:
    policy = evaluation.book.version(node.policy, evaluation.on)
    return policy is not None and evaluation.here(evaluation.book.area(policy, evaluation.on)) is False


def _entitled(node: Entitled, evaluation: Evaluation, turned: bool) -> Data:
    value, children = evaluation.value(node), []
    policy = evaluation.book.version(node.policy, evaluation.on)
    names = {"name": _title(node, evaluation), "answer": ANSWERS[_status(value)]}
    if policy and not _elsewhere(node, evaluation):
        outer = evaluation.member
        # What a household is entitled to is told of all its members.
        evaluation.member = outer if node.level == "person" else None
        children = _of_policy(policy, evaluation)
        evaluation.member = outer
    status = _turn(value, turned)
    change = CHANGE_OTHER.filled(**names) if _status(status) == "not_met" and turned else None
    return _step(status, ENTITLED_TO.filled(**names), evaluation, change=change, children=children)


def _comparison(node: Comparison, evaluation: Evaluation, turned: bool) -> Data:
    book, value = evaluation.book, _turn(evaluation.value(node), turned)
    left, right = evaluation.value(node.left), evaluation.value(node.right)
    kind = node.left.type if node.left.type.unit or node.left.type.shape != "number" else node.right.type
    parts = {
        "name": label(node.left, book),
        "limit": (IS if kind.shape == "enum" else LIMITS)[
            OPPOSITES[node.operator] if turned else node.operator
        ],
        "bound": value_words(right, kind, book),
        "value": value_words(left, kind, book),
    }
    change = None
    if _status(value) == "not_met":
        assert not isinstance(left, Unknown)
        assert not isinstance(right, Unknown)
        if node.left.type.shape == "number":
            apart = abs(Fraction(left) - Fraction(right))
            change = CHANGE_BY.filled(**parts, difference=value_words(apart, kind, book))
        else:
            change = (CHANGE_KIND if kind.shape == "enum" else CHANGE).filled(**parts)
    return _step(value, LEAF.filled(**parts), evaluation, change=change)


def _values(node: Node, evaluation: Evaluation) -> Iterator[tuple[Words, Words]]:
    book = evaluation.book
    for step in _rested_on(node, evaluation.member is not None, evaluation):
        if isinstance(step, Due) and _elsewhere(step, evaluation):
            continue
        shown = value_words(evaluation.value(step), step.type, book)
        if isinstance(step, (Parameter, Scaled)):
            found = evaluation.parameter(step.scale if isinstance(step, Scaled) else step.name)
            if found is None:
                shown = NOT_KNOWN
            else:
                zh, en = ("，示例", ", illustrative") if found.illustrative else ("", "")
                since = found.started_on.isoformat()
                shown = Words(
                    f"{shown.zh}（{found.source.zh}，{since} 起{zh}）",
                    f"{shown.en} ({found.source.en}, from {since}{en})",
                )
        yield _title(step, evaluation) if isinstance(step, Due) else label(step, book), shown


def _rested_on(node: Node, of_member: bool, evaluation: Evaluation) -> Iterator[Node]:
    seen, line = set(), [(node, of_member)]
    while line:
        step, of_member = line.pop(0)
        of_member = of_member and not isinstance(step, Members)
        if step.of_person and not of_member:
            line += ((part, False) for part in step.parts)
            continue
        if isinstance(step, (Reference, Parameter, Scaled, Fact, Due)) and step not in seen:
            seen.add(step)
            yield step
            if isinstance(step, Reference):
                line.append((evaluation.book.definitions[step.key].node, step.level == "person"))
        line += ((part, of_member) for part in step.parts)


def _title(node: Due | Entitled, evaluation: Evaluation) -> Words:
    versions = [policy for policy in evaluation.book.policies if policy.name == node.policy]
    return (evaluation.book.version(node.policy, evaluation.on) or versions[-1]).title


def _status(value: Value) -> str:
    return "unknown" if isinstance(value, Unknown) else "met" if value else "not_met"


def _turn(value: Value, turned: bool) -> Value:
    return not value if turned and not isinstance(value, Unknown) else value


def _needed(step: Data) -> Words | None:
    if step["status"] != "not_met":
        return None
    if step["change"] is not None:
        return Words(**step["change"])
    inner = [change for change in map(_needed, step["children"]) if change is not None]
    if not inner:
        return None
    together = Words("".join(each.zh for each in inner), " ".join(each.en for each in inner))
    any_of = step["children"].any_of
    return ONE_OF.filled(changes=together) if any_of and len(inner) > 1 else together


class _Children(list[Data]):
    """The steps below one, which remember whether one of them would do."""

    def __init__(self, steps: Any, any_of: bool) -> None:
        super().__init__(map(_without_mark, steps))
        self.any_of = any_of


def _without_mark(step: Data) -> Data:
    return {key: value for key, value in step.items() if key != "any_of"}


def _pairs(pairs: Any) -> list[list[Any]]:
    return [[_data(name), _data(value)] for name, value in pairs]


def _data(words: Words | None) -> dict[str, str] | None:
    return {"zh": words.zh, "en": words.en} if words else None
