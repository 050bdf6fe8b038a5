"""What other numbers would do in a county, on the people of the last run. Nothing is changed by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from huimin import rules
from huimin.rules.facts import FactDeclaration
from huimin.rules.guideline import cell_title
from huimin.rules.parameters import NATION, ParameterDeclaration, values_of
from huimin.rules.questions import of_policies
from huimin.rules.rendering import value_words
from huimin.rules.simulation import HOUSEHOLD_INCOME, Cliff, Point, Simulation, budget_line, cliffs
from huimin.units.words import Words
from huimin_platform.matching import queries
from huimin_platform.registry import tables
from huimin_platform.registry.drafting import Draft

PROPOSED = Words("拟议", "proposed")
ASIDE = Words("已搁置：现用版本不能采用", "set aside: the release in use cannot hold it")
STEPS, STEP_FEN = 120, 60_000


@dataclass(frozen=True)
class Number:
    """One number that a county sets: its parameter, cell, title and present value."""

    name: str
    key: str
    title: Words
    declared: ParameterDeclaration
    value: Fraction

    @property
    def field(self) -> str:
        """Its name in a form and on the command line: subsistence_standard.rural."""
        return f"{self.name}.{self.key}" if self.key else self.name


def numbers(today: date, division: str) -> list[Number]:
    """The numbers that the policies which look for people rest on in a county; those it has not set are left out."""
    book = tables.book()
    resolver = book.resolver(tables.parameter_sets(today), today)
    found = []
    for name in of_policies(book, tables.asked(today), today).parameters:
        declared, value = book.parameters[name], resolver.find(name, division)
        for place, key in enumerate(declared.cells if value else ()):
            found.append(Number(name, key, cell_title(name, key, book), declared, value.cells[place]))  # type: ignore[union-attr]
    return found


def simulate(today: date, division: str, changes: Mapping[str, Fraction]) -> Simulation | None:
    """The county with other numbers, `changes` by field name; nothing before the loop ran for the first time.

    Raises `PolicyError` for a number outside its range.
    """
    asked, people = tables.asked(today), queries.population(tables.book().facts)
    if people is None:
        return None
    return rules.simulate(
        tables.book(), asked, people, today, tables.parameter_sets(today),
        [*tables.parameter_sets(today), proposal(today, division, changes)], cache_folder=tables.cache_folder(),
    )  # fmt: skip


def make_ready(population: rules.Population, today: date) -> None:
    """Has the machine code of a trial made and kept, so that the first one after a release need not wait for it.

    The loop has made that of the policies themselves.
    """
    rules.values(
        tables.book(), [HOUSEHOLD_INCOME], population, today, tables.parameter_sets(today), cache_folder=tables.cache_folder()
    )  # fmt: skip


def simulate_text(draft: Draft, today: date) -> Simulation | None:
    """The county under a text that is not signed yet, on its first day; nothing before the loop ran for the first time."""
    book, people = tables.book(), queries.population(tables.book().facts)
    if people is None:
        return None
    on, sets = draft.policy.started_on, tables.parameter_sets(today)
    own = [each.name for each in (draft.former, draft.policy) if each]
    before, after = (_both(own, each, on) for each in (book, draft.book))
    return rules.simulate(
        book,
        before,
        people,
        on,
        sets,
        sets,
        reform=draft.book,
        names_after=after,
        cache_folder=tables.cache_folder(),
    )


def _both(own: list[str], book: rules.PolicyBook, on: date) -> list[str]:
    """The policies of a book that look for people, and those in question even where somebody has to ask for them."""
    return [
        name
        for name in book.names
        if (found := book.version(name, on)) and (found.found_by == "data" or name in own)
    ]


def proposal(today: date, division: str, changes: Mapping[str, Fraction]) -> rules.ParameterSet:
    """The numbers of a county with some of them changed, as a parameter set from today on."""
    known = numbers(today, division)
    strange = set(changes) - {number.field for number in known}
    if strange:
        raise rules.PolicyError(
            "unknown_parameter", min(strange), allowed=sorted(each.field for each in known)
        )
    touched = {number.name for number in known if number.field in changes}
    values: dict[str, Any] = {}
    for number in (each for each in known if each.name in touched):
        value = _written(changes.get(number.field, number.value))
        if number.key:
            values.setdefault(number.name, {})[number.key] = value
        else:
            values[number.name] = value
    return rules.ParameterSet(division, today, values, PROPOSED)


def budget(
    today: date, division: str, changes: Mapping[str, Fraction], residence: str
) -> tuple[list[Point], list[Cliff]]:
    """What a household of three with one earner has at each income, and where earning more leaves less."""
    book, asked = tables.book(), tables.asked(today)
    facts = [book.facts[key] for name in asked for key in book.policy(name, today).facts]
    household = {fact.name: _usual(fact) for fact in facts if fact.level == "household"} | {
        "residence": residence
    }
    member = {fact.name: _usual(fact) for fact in facts if fact.level == "person"}
    points = budget_line(
        book, asked, household, [member] * 3, division, today,
        [*tables.parameter_sets(today), proposal(today, division, changes)], earned=[step * STEP_FEN for step in range(STEPS + 1)],
    )  # fmt: skip
    return points, cliffs(points)


def said(values: Mapping[str, Any]) -> list[tuple[Words, Words]]:
    """Proposed numbers in words, a cell each: title and value; of one that this release cannot hold, only that."""
    book, found = tables.book(), []
    for name, value in values.items():
        try:
            [known] = values_of(
                rules.ParameterSet(NATION, date.min, {name: value}, PROPOSED), book.parameters
            )
        except rules.PolicyError:
            title = book.parameters[name].title if name in book.parameters else Words(name, name)
            found.append((title, ASIDE))
            continue
        declared = book.parameters[name]
        cells = zip(declared.cells, known.cells, strict=True)
        found += [
            (cell_title(name, key, book), value_words(cell, declared.type, book)) for key, cell in cells
        ]
    return found


def _written(value: Fraction) -> str:
    return str(Decimal(value.numerator) / Decimal(value.denominator))


def _usual(fact: FactDeclaration) -> Any:
    """What is usual of somebody poor, healthy and alive: none of anything."""
    if fact.type.shape == "condition":
        return fact.name == "alive"
    return 0 if fact.type.shape == "number" else "unknown"
