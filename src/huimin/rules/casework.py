"""Worked cases: examples computed by hand, which a law officer reads and signs, and a test holds."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from huimin.rules.book import PolicyBook
from huimin.rules.errors import PolicyError
from huimin.rules.explaining import explain_household
from huimin.rules.explanation import Explanation
from huimin.rules.facts import EPOCH, Facts
from huimin.rules.located import Located, read
from huimin.rules.parameters import NATION, ParameterSet
from huimin.rules.policy import Case
from huimin.rules.population import Household
from huimin.rules.questions import of_version
from huimin.rules.reference import Evaluation, Unknown
from huimin.rules.tree import Type
from huimin.units.words import Words

NOT_KNOWN = "unknown"
SOURCE = Words("案例", "worked case")


def read_cases(path: Path, policy: str, root: Path) -> tuple[Case, ...]:
    """The worked cases beside a policy; none where the file is absent."""
    if not path.exists():
        return ()
    document = read(path, path.relative_to(root).as_posix()).only("usual", "cases")
    usual = document.get("usual")
    return tuple(_case(place, usual, policy) for place in document.at("cases").listing())


def _case(place: Located, usual: Located | None, policy: str) -> Case:
    place.only("name", "on", "division", "parameters", "household", "members", "expect", "working")
    expect = place.at("expect").only("status", "amount_fen", "not_met", "missing", "gives")
    status: Any = expect.at("status").text()
    if status not in ("entitled", "not_entitled", "unknown"):
        expect.at("status").fail("unknown_value", status, allowed=("entitled", "not_entitled", "unknown"))
    shared = {
        key: usual.get(key) if usual else None
        for key in ("on", "division", "parameters", "household", "member")
    }
    day = place.get("on") or shared["on"]
    if day is None:
        place.fail("missing_key", "on")
    division = place.get("division") or shared["division"]
    return Case(
        name=place.at("name").words(),
        policy=policy,
        on=day.day(),
        division=division.text() if division else NATION,
        household={**_plain(shared["household"]), **_plain(place.get("household"))},
        members=tuple(
            {**_plain(shared["member"]), **_plain(member)} for member in place.at("members").listing()
        ),
        parameters={**_plain(shared["parameters"]), **_plain(place.get("parameters"))},
        status=status,
        amount_fen=expect.at("amount_fen").whole() if expect.has("amount_fen") else None,
        not_met=tuple(item.text() for item in expect.listed("not_met")),
        missing=tuple(item.text() for item in expect.listed("missing")),
        gives=_plain(expect.get("gives")),
        working=place.at("working").text(),
        file=place.file,
        line=place.line,
    )


def _plain(place: Located | None) -> dict[str, Any]:
    if place is None:
        return {}
    return {
        key: _plain(item) if isinstance(item.content, dict) else item.text()
        for key, item in place.section().items()
    }


def household_of(
    facts: Facts, division: str | None, household: Mapping[str, Any], members: tuple[Mapping[str, Any], ...]
) -> Household:
    """A household from values as people write them: 85000, "urban", "2010-03-01", true, or "unknown"."""
    return Household(
        "case",
        division,
        _coded(facts, "household", household),
        tuple(_coded(facts, "person", member) for member in members),
    )


def _coded(facts: Facts, level: str, values: Mapping[str, Any]) -> dict[str, int | None]:
    for name in values:
        if f"{level}.{name}" not in facts:
            raise PolicyError("unknown_fact", name, allowed=sorted(facts))
    names = [fact.name for fact in facts.values() if fact.level == level]
    return {name: code(facts[f"{level}.{name}"].type, values.get(name, NOT_KNOWN), name) for name in names}


def code(kind: Type, value: Any, name: str) -> int | None:
    """A value as worked cases write it, as the whole number that rules compute with; None where it is not known."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if value is None or text == NOT_KNOWN:
        return None
    try:
        if kind.shape == "condition":
            return ("false", "true").index(text)
        if kind.shape == "enum":
            return kind.values.index(text)
        if kind.shape == "date":
            return (date.fromisoformat(text) - EPOCH).days
        return int(text)
    except ValueError:
        raise PolicyError("unknown_value", f"{name}: {text}", allowed=kind.values or (kind.words,)) from None


def explained(book: PolicyBook, case: Case) -> Explanation:
    """What the policy says of a worked case."""
    return explain_household(book, case.policy, _household(book, case), case.on, _parameters(case))


def _household(book: PolicyBook, case: Case) -> Household:
    return household_of(book.facts, case.division, case.household, case.members)


def _parameters(case: Case) -> list[ParameterSet]:
    return [ParameterSet(case.division, date.min, case.parameters, SOURCE)]


def check_cases(book: PolicyBook) -> Iterator[PolicyError]:
    """The worked cases whose answer differs from what was computed by hand."""
    for policy in book.policies:
        for case in policy.cases:
            expected, found = _expected(case), _found(book, case)
            if expected != found:
                yield PolicyError(
                    "case_wrong", case.name.zh, file=case.file, line=case.line, expected=expected, found=found
                )


def _expected(case: Case) -> str:
    gives = {name: str(value) for name, value in case.gives.items()}
    return _summary(case.status, case.amount_fen, case.not_met, case.missing, gives)


def _found(book: PolicyBook, case: Case) -> str:
    explanation = explained(book, case)
    amount = explanation.amount_fen if explanation.status == "entitled" else None
    # Only what a case names is compared: most cases are about the amount.
    gives = _given(book, case, explanation) if case.gives else {}
    gives = {name: value for name, value in gives.items() if name in case.gives}
    return _summary(explanation.status, amount, _not_met(explanation), explanation.missing, gives)


def _not_met(explanation: Explanation) -> tuple[str, ...]:
    """The conditions not met; of a policy of persons, where nobody is entitled, those that some member misses."""
    reasons = explanation.conditions
    if reasons and all(reason.name.startswith("member_") for reason in reasons):
        entitled = explanation.status == "entitled"
        reasons = () if entitled else tuple(child for reason in reasons for child in reason.children)
    return tuple(dict.fromkeys(reason.name for reason in reasons if reason.status == "not_met"))


def _given(book: PolicyBook, case: Case, explanation: Explanation) -> dict[str, str]:
    """What an answer holds besides the amount, by name; of members, what each who is entitled gets, in their order."""
    policy = book.policy(case.policy, case.on)
    definitions = [book.definitions[key] for key in policy.gives]
    kinds = {definition.name: definition.node.type for definition in definitions}
    found = {given.name: _written(kinds[given.name], given.value) for given in explanation.gives}
    if policy.level == "household":
        return found
    evaluation = Evaluation(book, _household(book, case), case.on, book.resolver(_parameters(case), case.on))
    each: dict[str, list[str]] = {}
    for member in evaluation.household.members:
        evaluation.member = member
        if evaluation.verdict(of_version(policy)) is not True:
            continue
        for definition in definitions:
            value = evaluation.value(definition.node)
            known = None if isinstance(value, Unknown) else int(value)
            each.setdefault(definition.name, []).append(_written(definition.node.type, known))
    return found | {name: ", ".join(values) for name, values in each.items()}


def _written(kind: Type, value: int | None) -> str:
    """A part of an answer as a case writes it: 12, true, 2026-07-01 or the category."""
    if value is None:
        return NOT_KNOWN
    if kind.shape == "date":
        return (EPOCH + timedelta(days=value)).isoformat()
    if kind.shape == "condition":
        return str(bool(value)).lower()
    return kind.values[value] if kind.shape == "enum" else str(value)


def _summary(
    status: str,
    amount: int | None,
    not_met: tuple[str, ...],
    missing: tuple[str, ...],
    gives: Mapping[str, str],
) -> str:
    parts = [status, *([f"{amount} fen"] if amount is not None else [])]
    parts += [f"not met: {' '.join(sorted(not_met))}"] if not_met else []
    parts += [f"{name}: {value}" for name, value in sorted(gives.items())]
    parts += [f"missing: {' '.join(sorted(missing))}"] if missing else []
    return "; ".join(parts)
