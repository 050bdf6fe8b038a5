"""One household explained: the answer of a policy, why, by which clause, and what would change it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, NoReturn

from huimin.rules.book import PolicyBook
from huimin.rules.errors import PolicyError
from huimin.rules.parameters import ParameterSet
from huimin.rules.policy import Policy
from huimin.rules.population import Household, Population
from huimin.rules.questions import of_policy
from huimin.rules.reasons import Reason, reasons_of, values_of
from huimin.rules.reference import Evaluation, Unknown
from huimin.rules.rendering import fact_title, value_words
from huimin.units.words import Words

Status = Literal["entitled", "not_entitled", "unknown"]


@dataclass(frozen=True)
class Given:
    """A part of an answer besides the amount: for how long, until when, what kind. Nothing where not known."""

    name: str
    title: Words
    value: int | None
    words: Words


@dataclass(frozen=True)
class Explanation:
    """What a policy says of a household on a day, and why."""

    policy: str
    version: str
    title: Words
    household: Any
    on: date
    status: Status
    amount_fen: int | None
    conditions: tuple[Reason, ...]
    amount: tuple[tuple[Words, Words], ...]
    amount_clause: Words | None
    members: tuple[tuple[Any, tuple[tuple[str, Words, Words], ...]], ...]
    missing: tuple[str, ...]
    gives: tuple[Given, ...] = ()

    @property
    def changes(self) -> tuple[Words, ...]:
        """What would have to change for a household that is not entitled, for each condition that is not met."""
        if self.status != "not_entitled":
            return ()
        return tuple(each for each in (reason.needed for reason in self.conditions) if each is not None)

    def as_data(self) -> dict[str, Any]:
        """The explanation as JSON, in both languages; `for_page` reads it back."""
        return {
            "policy": self.policy,
            "version": self.version,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "household": self.household,
            "on": self.on.isoformat(),
            "status": self.status,
            "amount_fen": self.amount_fen,
            "conditions": [reason.as_data() for reason in self.conditions],
            "amount": [[_data(name), _data(value)] for name, value in self.amount],
            "amount_clause": _data(self.amount_clause),
            "members": [
                {"person": person, "facts": [[key, _data(name), _data(value)] for key, name, value in facts]}
                for person, facts in self.members
            ],
            "missing": list(self.missing),
            "changes": [_data(change) for change in self.changes],
            "gives": [
                {"name": given.name, "title": _data(given.title), "words": _data(given.words)}
                for given in self.gives
            ],
        }


def explain(
    book: PolicyBook,
    name: str,
    population: Population,
    household: Any,
    on: date,
    parameters: Iterable[ParameterSet] = (),
) -> Explanation:
    """The answer of a policy for one household of a population, with every step."""
    return explain_household(book, name, population.one(household), on, parameters)


def explain_household(
    book: PolicyBook, name: str, household: Household, on: date, parameters: Iterable[ParameterSet] = ()
) -> Explanation:
    """The answer of a policy for one household, with every step.

    Raises `PolicyError` "not_here" where the household is outside the policy's division, and "stood_in_for" where
    another policy stands in for it there.
    """
    return _explained(name, Evaluation(book, household, on, book.resolver(parameters, on)))


def explain_policies(
    book: PolicyBook,
    names: Iterable[str],
    household: Household,
    on: date,
    parameters: Iterable[ParameterSet] = (),
) -> list[Explanation]:
    """The answers of several policies for one household; what they have in common is evaluated once."""
    return list(map(explainer(book, household, on, parameters), names))


def explainer(
    book: PolicyBook, household: Household, on: date, parameters: Iterable[ParameterSet] = ()
) -> Callable[[str], Explanation]:
    """What says a policy's answer for one household; a policy that fails leaves the others to be asked."""
    return partial(_explained, evaluation=Evaluation(book, household, on, book.resolver(parameters, on)))


def _explained(name: str, evaluation: Evaluation) -> Explanation:
    book, household, on = evaluation.book, evaluation.household, evaluation.on
    # A policy that failed may have been left in the middle of a member.
    evaluation.member = None
    policy, question = book.policy(name, on), of_policy(book, name, on)
    if evaluation.here(question.area) is False:
        _fail_elsewhere(policy, evaluation)
    verdict = evaluation.verdict(question)
    unknown = isinstance(verdict, Unknown)
    amount = None if unknown else (evaluation.amount(question) if verdict else 0)
    return Explanation(
        policy=name,
        version=policy.version,
        title=policy.title,
        household=household.household,
        on=on,
        status="unknown" if unknown else ("entitled" if verdict else "not_entitled"),
        amount_fen=amount,
        conditions=reasons_of(policy, evaluation),
        amount=_amount_steps(policy, evaluation),
        amount_clause=policy.amount.clause.words if policy.amount else None,
        members=tuple(_members(policy.facts, evaluation)),
        missing=tuple(sorted(verdict.missing)) if unknown else (),
        gives=tuple(_given(policy, evaluation)) if verdict is True else (),
    )


def _fail_elsewhere(policy: Policy, evaluation: Evaluation) -> NoReturn:
    division = evaluation.household.division
    others = (each.name for each in evaluation.book.stand_ins(policy.name, division, evaluation.on))
    other = next(others, "")
    if other:
        raise PolicyError("stood_in_for", policy.name, file=policy.file, other=other, division=division)
    raise PolicyError("not_here", policy.name, file=policy.file, place=policy.division, division=division)


def _given(policy: Policy, evaluation: Evaluation) -> Iterable[Given]:
    """What else a household that is entitled is given; what its members are given stands with each member."""
    for key in policy.gives:
        definition = evaluation.book.definitions[key]
        if definition.level == "household":
            value = evaluation.value(definition.node)
            words = value_words(value, definition.node.type, evaluation.book)
            whole = None if isinstance(value, Unknown) else int(value)
            yield Given(definition.name, definition.title, whole, words)


def _amount_steps(policy: Policy, evaluation: Evaluation) -> tuple[tuple[Words, Words], ...]:
    """The values that a household's amount rests on; those of persons stand with each member."""
    if policy.amount is None or policy.level == "person":
        return ()
    return tuple(values_of(policy.amount.node, evaluation))


def for_page(data: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The conditions of a stored explanation as nodes that a page draws, in one language.

    A node has status, words, values (name, value), clause, change, missing (words), children, open.
    """
    return [_node(reason, _key(language)) for reason in data["conditions"]]


def _node(reason: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {
        "name": reason["name"],
        "status": reason["status"],
        "words": reason["words"][key],
        "values": [(name[key], value[key]) for name, value in reason["values"]],
        "clause": reason["clause"][key] if reason["clause"] else "",
        "change": reason["change"][key] if reason["change"] else "",
        "missing": ", ".join(each[key] for each in reason["missing"]),
        "children": [_node(child, key) for child in reason["children"]],
        "open": reason["status"] != "met",
    }


def _key(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else "en"


def _members(
    facts: Iterable[str], evaluation: Evaluation
) -> Iterable[tuple[Any, tuple[tuple[str, Words, Words], ...]]]:
    book, household = evaluation.book, evaluation.household
    keys = [key for key in facts if key.startswith("person.")]
    persons = household.persons or tuple(range(1, len(household.members) + 1))
    for person, member in zip(persons, household.members, strict=True):
        values = ((key, member[book.facts[key].name], book.facts[key]) for key in keys)
        yield (
            person,
            tuple(
                (
                    key,
                    fact_title(key, book),
                    value_words(Unknown(frozenset({key})) if value is None else value, fact.type, book),
                )
                for key, value, fact in values
            ),
        )


def _data(words: Words | None) -> dict[str, str] | None:
    return {"zh": words.zh, "en": words.en} if words else None
