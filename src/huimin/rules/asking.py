"""What to ask a household so that policies can answer: the facts that would decide, the most telling first."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from huimin.rules.book import PolicyBook
from huimin.rules.casework import code
from huimin.rules.errors import MissingParameter, PolicyError
from huimin.rules.facts import FactDeclaration
from huimin.rules.parameters import ParameterSet, Resolver
from huimin.rules.population import Household
from huimin.rules.questions import of_person, of_policy
from huimin.rules.reference import Evaluation, Unknown, Value

# Of whom a fact is told: the full name of the fact, and the place of the member; no place for the household's own.
Told = Mapping[tuple[str, int | None], Any]


@dataclass(frozen=True)
class Inquiry:
    """One fact to ask for: of which members (their places; none for the household's own), and for which policies.

    `settles` are the policies that have an answer if there is none of it.
    """

    fact: str
    members: tuple[int, ...]
    policies: tuple[str, ...]
    settles: tuple[str, ...]


def told(book: PolicyBook, household: Household, answers: Told) -> Household:
    """The household with what it tells of itself, as worked cases write it; what is known already stays.

    Raises `PolicyError` for a fact or value that does not exist, or a number outside its range.
    """
    facts = dict(household.facts)
    members = [dict(member) for member in household.members]
    for (key, place), value in answers.items():
        if key not in book.facts:
            raise PolicyError("unknown_fact", key, allowed=sorted(book.facts))
        fact = book.facts[key]
        into = facts if place is None else members[place]
        if into[fact.name] is None:
            into[fact.name] = _within(fact, code(fact.type, value, fact.name))
    return replace(household, facts=facts, members=tuple(members))


def nothing(fact: FactDeclaration) -> str | None:
    """The value of a fact where there is none of it: no, zero, "none"; nothing where it has no such value."""
    kind = fact.type
    if kind.shape == "condition":
        return "false"
    if kind.shape == "number" and kind.low <= 0 <= kind.high:
        return "0"
    return "none" if "none" in kind.values else None


def inquiries(
    book: PolicyBook,
    names: Iterable[str],
    household: Household,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    left_open: Collection[str] = (),
) -> list[Inquiry]:
    """The facts to ask for, the one first that settles most policies if there is none of it.

    Only policies whose answer is not known are asked for; `left_open` are facts that nobody can tell.
    """
    resolver = book.resolver(parameters, on)
    asker = _Asker(book, on, resolver)
    missing = dict(asker.missing(household, names))
    wanted: dict[str, list[str]] = {}
    for name, facts in missing.items():
        for key in facts:
            if key in book.facts and key not in left_open:
                wanted.setdefault(key, []).append(name)
    found = [asker.inquiry(household, key, policies) for key, policies in wanted.items()]
    order = {key: place for place, key in enumerate(_mentioned(book, missing, on))}
    found = [each for each in found if each.members or each.fact.startswith("household.")]

    def telling(each: Inquiry) -> tuple[int, bool, int, str]:
        # A yes or no is told sooner than a number.
        number = book.facts[each.fact].type.shape == "number"
        return -len(each.settles), number, order.get(each.fact, len(order)), each.fact

    return sorted(found, key=telling)


@dataclass(frozen=True)
class _Asker:
    book: PolicyBook
    on: date
    resolver: Resolver

    def missing(self, household: Household, names: Iterable[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """The policies whose answer is not known, and the facts each lacks; those without a standard are left out."""
        evaluation = Evaluation(self.book, household, self.on, self.resolver)
        for name in names:
            verdict = self._verdict(evaluation, name)
            if isinstance(verdict, Unknown):
                yield name, verdict.missing

    def inquiry(self, household: Household, key: str, policies: Sequence[str]) -> Inquiry:
        """What to ask of one fact."""
        fact = self.book.facts[key]
        places = self._members(household, fact, policies) if fact.level == "person" else ()
        none = nothing(fact)
        settles: tuple[str, ...] = ()
        if none is not None:
            of: tuple[int | None, ...] = places if fact.level == "person" else (None,)
            answers = {(key, place): none for place in of}
            still = dict(self.missing(told(self.book, household, answers), policies))
            settles = tuple(name for name in policies if name not in still)
        return Inquiry(key, tuple(places), tuple(policies), settles)

    def _members(
        self, household: Household, fact: FactDeclaration, policies: Sequence[str]
    ) -> tuple[int, ...]:
        """The members of whom the fact is missing and could matter to one of the policies."""
        evaluation = Evaluation(self.book, household, self.on, self.resolver)
        of_persons = [name for name in policies if self.book.policy(name, self.on).level == "person"]
        open_places = [place for place, member in enumerate(household.members) if member[fact.name] is None]
        if len(of_persons) < len(policies):
            # The dead have no wants of their own; what they left is asked for only by what the registers hold.
            return tuple(place for place in open_places if household.members[place].get("alive") != 0)
        return tuple(
            place
            for place in open_places
            if any(fact.key in self._lacks(evaluation, name, place) for name in of_persons)
        )

    def _lacks(self, evaluation: Evaluation, name: str, place: int) -> frozenset[str]:
        evaluation.member = evaluation.household.members[place]
        try:
            found = evaluation.verdict(of_person(self.book, name, self.on))
        finally:
            evaluation.member = None
        return found.missing if isinstance(found, Unknown) else frozenset()

    def _verdict(self, evaluation: Evaluation, name: str) -> Value:
        evaluation.member = None
        try:
            return evaluation.verdict(of_policy(self.book, name, self.on))
        except MissingParameter:
            return False


def _mentioned(book: PolicyBook, names: Iterable[str], on: date) -> list[str]:
    """The facts in the order in which the policies mention them."""
    return list(dict.fromkeys(key for name in names for key in book.policy(name, on).facts))


def _within(fact: FactDeclaration, value: int | None) -> int | None:
    kind = fact.type
    if value is not None and kind.shape in ("number", "date") and not kind.low <= value <= kind.high:
        raise PolicyError("out_of_range", fact.name, value=value, low=kind.low, high=kind.high)
    return value
