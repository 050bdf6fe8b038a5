"""Households explained one by one: what policies say of each, with every step, value, reason and clause."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from huimin.rules.book import PolicyBook
from huimin.rules.errors import MissingParameter, PolicyError
from huimin.rules.explanation import Explanation, Told
from huimin.rules.facts import EPOCH
from huimin.rules.outlining import source_words
from huimin.rules.parameters import ParameterSet, Resolver
from huimin.rules.places import Area, inside
from huimin.rules.policy import Policy
from huimin.rules.population import Household, Population
from huimin.rules.questions import of_policies, parameters_of
from huimin.rules.reference import Unknown, Value, plain
from huimin.rules.tracing import Trace, trace
from huimin.rules.valuing import LACKS_DIVISION
from huimin.units.words import Words

# So many divisions keep what they need of the parameters; a county has some hundred villages.
MOST_DIVISIONS = 10_000


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
    return explainer(book, household, on, parameters)(name)


def explain_policies(
    book: PolicyBook,
    names: Iterable[str],
    household: Household,
    on: date,
    parameters: Iterable[ParameterSet] = (),
) -> list[Explanation]:
    """The answers of several policies for one household; what they have in common is evaluated once."""
    return _desk(book, on, parameters).explained(tuple(names), household)


def explainer(
    book: PolicyBook, household: Household, on: date, parameters: Iterable[ParameterSet] = ()
) -> Callable[[str], Explanation]:
    """What says a policy's answer for one household; a policy that fails leaves the others to be asked."""
    desk = _desk(book, on, parameters)
    return lambda name: desk.explained((name,), household)[0]


def _desk(book: PolicyBook, on: date, parameters: Iterable[ParameterSet]) -> "_Desk":
    """Where households are explained on a day under some parameters; the last one asked for is kept with the book."""
    resolver = book.resolver(parameters, on)
    desk = book.kept.get("desk")
    if desk is None or desk.resolver is not resolver:
        desk = book.kept["desk"] = _Desk(book, on, resolver)
    return desk


@dataclass(frozen=True)
class _Ready:
    """The function that explains some policies in a division, with what it needs of the parameters there."""

    trace: Trace
    facts: tuple[tuple[str, Unknown, bool], ...]
    columns: tuple[tuple[str, Unknown, bool], ...]
    parameters: list[Any]
    sources: list[Words | None]
    # Where the policy at a place gives what rests on a parameter that is not set: the error for who is entitled.
    lacking: tuple[tuple[int, MissingParameter], ...]


class _Desk:
    """Explains households on a day under some parameters."""

    def __init__(self, book: PolicyBook, on: date, resolver: Resolver) -> None:
        self.book, self.on, self.resolver = book, on, resolver
        self.today = (on - EPOCH).days
        self._ready: dict[tuple[tuple[str, ...], str | None], _Ready] = {}

    def explained(self, names: tuple[str, ...], household: Household) -> list[Explanation]:
        """What policies say of a household."""
        ready = self._ready.get((names, household.division)) or self._made(names, household.division)
        facts = [_value(household.facts[name], lacks, yes) for name, lacks, yes in ready.facts]
        columns = [_column(household.of_members(name), lacks, yes) for name, lacks, yes in ready.columns]
        found = ready.trace.told(
            facts, columns, len(household.members), ready.parameters, ready.sources, self.today
        )
        for place, error in ready.lacking:
            if found[place][0] is True:
                raise error
        told = Told(self.book, household, dict(zip(ready.trace.columns, columns, strict=True)))
        return [
            Explanation(outline, told, self.on, answer)
            for outline, answer in zip(ready.trace.answers, found, strict=True)
        ]

    def _made(self, names: tuple[str, ...], division: str | None) -> _Ready:
        if len(self._ready) >= MOST_DIVISIONS:
            self._ready.clear()
        asked = of_policies(self.book, names, self.on)
        for question in asked.questions:
            if question.name in names and inside(division, question.area) is False:
                _fail_elsewhere(self.book, self.book.policy(question.name, self.on), division, self.on)
        traced = self._traced(names, division)
        needed = {
            name
            for name, areas in asked.places.items()
            if any(inside(division, area) is not False for area in areas)
        }
        values, sources, errors = self._parameters(traced.parameters, needed, division)
        lacking = [
            (place, error)
            for place, name in enumerate(names)
            for error in (errors.get(parameter) for parameter in self._given(name))
            if error is not None
        ]
        found = _Ready(
            traced, self._read(traced.facts), self._read(traced.columns), values, sources, tuple(lacking)
        )
        self._ready[names, division] = found
        return found

    def _traced(self, names: tuple[str, ...], division: str | None) -> Trace:
        """The function, made once for all divisions that lie alike in the areas of the policies."""
        policies = [policy for policy in self.book.policies if policy.in_force(self.on)]
        lying = tuple(inside(division, self.book.area(policy, self.on)) for policy in policies)
        key = "traced", names, tuple(map(id, policies)), lying
        if key not in self.book.kept:
            self.book.kept[key] = trace(self.book, names, self.on, _inside(division))
        return self.book.kept[key]

    def _parameters(
        self, names: Sequence[str], needed: set[str], division: str | None
    ) -> tuple[list[Any], list[Words | None], dict[str, MissingParameter]]:
        """The parameters' values as the function takes them, where they come from, and which are not set."""
        values, sources, errors = [], [], {}
        for name in names:
            declaration = self.resolver.declarations[name]
            try:
                found = self.resolver.value(name, division) if division else self.resolver.find(name, None)
            except MissingParameter as error:
                if name in needed:
                    raise
                found, errors[name] = None, error
            sources.append(source_words(found) if found else None)
            if found is None:
                values.append(LACKS_DIVISION)
                continue
            cells, brackets = tuple(map(plain, found.cells)), declaration.brackets
            if brackets:
                values.append((cells[:brackets], cells[brackets:]))
            else:
                values.append(cells if declaration.by else cells[0])
        return values, sources, errors

    def _given(self, name: str) -> set[str]:
        """The parameters that what a policy gives besides its amount rests on."""
        nodes = [self.book.definitions[key].node for key in self.book.policy(name, self.on).gives]
        return parameters_of(self.book, nodes)

    def _read(self, keys: Iterable[str]) -> tuple[tuple[str, Unknown, bool], ...]:
        declared = [self.book.facts[key] for key in keys]
        return tuple(
            (each.name, Unknown(frozenset({each.key})), each.type.shape == "condition") for each in declared
        )


def _inside(division: str | None) -> Callable[[Area], bool | None]:
    return lambda area: inside(division, area)


def _value(value: int | None, unknown: Unknown, condition: bool) -> Value:
    if value is None:
        return unknown
    return value != 0 if condition else value


def _column(values: list[int | None], unknown: Unknown, condition: bool) -> Sequence[Value]:
    if condition:
        return [unknown if value is None else value != 0 for value in values]
    if None in values:
        return [unknown if value is None else value for value in values]
    return values  # type: ignore[return-value]


def _fail_elsewhere(book: PolicyBook, policy: Policy, division: str | None, on: date) -> NoReturn:
    others = (each.name for each in book.stand_ins(policy.name, division, on))
    other = next(others, "")
    if other:
        raise PolicyError("stood_in_for", policy.name, file=policy.file, other=other, division=division)
    raise PolicyError("not_here", policy.name, file=policy.file, place=policy.division, division=division)
