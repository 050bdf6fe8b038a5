"""What an officer is asked to verify of a household, and how what was verified stands against the data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from huimin import rules
from huimin.matching.population import coded
from huimin.rules.facts import FactDeclaration
from huimin.rules.rendering import value_words
from huimin.units.words import Words
from huimin_platform.matching import explaining
from huimin_platform.registry import tables, whose
from huimin_platform.registry import verified as registry
from huimin_platform.registry.models import Verified

State = Literal["counts", "waits", "conflict", "agrees", "replaced", "over", "withdrawn"]


@dataclass(frozen=True)
class Asked:
    """One fact that nobody knows and that would decide: of which persons (None for the household), for which policies,
    and the clauses of the law that it is asked for.
    """

    fact: FactDeclaration
    about: tuple[int | None, ...]
    policies: tuple[str, ...]
    clauses: tuple[Words, ...]


@dataclass(frozen=True)
class Standing:
    """What an officer verified and how it stands today.

    It `counts` where no register says anything, `waits` for a second officer, `agrees` with the data or is in `conflict`
    with them, was `replaced` by a later one, is `over` since its time has passed, or was `withdrawn`. `by_data` is what
    the departments say. `person` is whom it is about: whoever keeps the file of the one whom it was verified of.
    """

    verified: Verified
    person: int | None
    title: Words
    value: Words
    state: State
    by_data: Words | None


def asked(household: int, names: Sequence[str], on: date) -> list[Asked]:
    """The facts that keep policies from an answer, the most telling first, as the data and the officers leave them."""
    book, sets = tables.book(), tables.parameter_sets(on)
    known = explaining.described(household, on)
    # A household may have moved to where a policy is not asked.
    here = set(book.asked_in(known.division, on))
    names = [name for name in names if name in here]
    clauses = _clauses(explaining.asked_of(names, known, on))
    return [
        Asked(
            book.facts[each.fact],
            tuple(known.persons[place] for place in each.members) or (None,),
            each.policies,
            tuple(clauses.get(book.facts[each.fact].title) or _of_amounts(each.policies, on)),
        )
        for each in rules.inquiries(book, names, known, on, sets)
    ]


def standing(household: int, on: date) -> list[Standing]:
    """Everything that was verified of a household and who lives in it, the latest first."""
    kept = list(registry.of_household(household))
    if not kept:
        return []
    data = explaining.described(household, on, by_data_alone=True)
    keepers = whose.keepers({each.person_id for each in kept if each.person_id is not None})
    facts, seen = tables.book().facts, set()
    found = []
    for each in kept:
        fact = facts.get(each.fact)
        person = keepers.get(each.person_id, each.person_id) if each.person_id is not None else None
        said = _by_data(data, fact, person) if fact else None
        about = (each.fact, person)
        state = _state(each, fact, said, latest=about not in seen, on=on)
        if each.withdrawn_at is None and not each.waits:
            seen.add(about)
        title = fact.title if fact else Words(each.fact, each.fact)
        found.append(
            Standing(each, person, title, _words(fact, each.value), state, _coded_words(fact, said) if fact and said is not None else None)
        )  # fmt: skip
    return found


def words_of(fact: str, value: str) -> Words:
    """A value of a fact in words; as it was written where no policy asks for it any more."""
    return _words(tables.book().facts.get(fact), value)


def _state(
    each: Verified, fact: FactDeclaration | None, said: int | None, *, latest: bool, on: date
) -> State:
    if each.withdrawn_at is not None:
        return "withdrawn"
    if each.waits:
        return "waits"
    if not latest:
        return "replaced"
    if each.holds_until <= on or fact is None:
        return "over"
    if said is None:
        return "counts"
    return "agrees" if said == coded(fact, each.value) else "conflict"


def _by_data(data: rules.Household, fact: FactDeclaration, person: int | None) -> int | None:
    if person is None:
        return data.facts[fact.name]
    return data.members[data.persons.index(person)][fact.name] if person in data.persons else None


def _words(fact: FactDeclaration | None, value: str) -> Words:
    said = coded(fact, value) if fact else None
    return _coded_words(fact, said) if fact and said is not None else Words(value, value)


def _coded_words(fact: FactDeclaration, said: int) -> Words:
    return value_words(bool(said) if fact.type.shape == "condition" else said, fact.type, tables.book())


def _of_amounts(names: Iterable[str], on: date) -> list[Words]:
    """The clauses of what policies pay: a fact that no condition waits for decides how much."""
    amounts = (tables.book().policy(name, on).amount for name in names)
    return list(dict.fromkeys(amount.clause.words for amount in amounts if amount))


def _clauses(explained: Iterable[Mapping[str, Any]]) -> dict[Words, list[Words]]:
    """title of a fact -> the clauses of the conditions that cannot be told without it, each once."""
    found: dict[Words, dict[Words, None]] = {}
    for each in explained:
        for reason in _reasons(each["conditions"]):
            for title in reason["missing"]:
                if reason["clause"]:
                    clause = Words(reason["clause"]["zh"], reason["clause"]["en"])
                    found.setdefault(Words(title["zh"], title["en"]), {})[clause] = None
    return {title: list(clauses) for title, clauses in found.items()}


def _reasons(conditions: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in conditions:
        yield each
        yield from _reasons(each["children"])
