"""Reads the YAML tests of the OpenFisca country template as they are, and asks them of our rules.

The template's variables are our policies, definitions and facts of the same names; amounts are in hundredths there
and in fen here. What a test gives for a computed variable is given here by the facts that it is computed from: an
`age` by a date of birth, a `household_income` by the salary of the household's one person. Where a test leaves an
input out, it has the value that the template's own variable has by default.
"""

import ast
import operator
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from huimin import rules
from huimin.rules.reference import Evaluation
from huimin.units.words import Words

LAW = Path(__file__).parent / "country_template" / "law"
REFORMS = Path(__file__).parent / "country_template" / "reforms"
NATION = "000000000000"
MONEY = ("fen", "fen_per_month")
# The template's paths of parameters that its tests replace.
PARAMETERS = {"benefits.housing_allowance": "housing_allowance_rate"}
# What the template's variables are where nothing is given.
USUAL_PERSON = {
    "salary": 0, "capital_returns": 0, "born_on": date(1970, 1, 1), "role": "adult", "has_car": True,
    "goes_to_school": True,
}  # fmt: skip
USUAL_HOUSEHOLD = {"rent": 0, "accommodation_size": 0, "housing_occupancy_status": "tenant"}
# The housing tax looks at the home as it is on 1 January.
ON_NEW_YEAR = ("accommodation_size", "housing_occupancy_status")
SUMS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass
class Situation:
    """Who lives together, and what is given of each: the name of a variable to what a test says of it."""

    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    households: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class Expected:
    """What a test expects of a variable in a period, of one household or person by its place."""

    variable: str
    period: str
    place: int
    value: Fraction | str | bool


def cases(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named case of a folder of YAML tests, as FILE: NAME and its content."""
    for path in sorted(folder.rglob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(folder).as_posix()}: {case['name']}", case


def book(case: Mapping[str, Any], folder: Path) -> rules.PolicyBook:
    """The law that a case is about: the template's, with its reform laid over it."""
    shutil.copytree(LAW, folder, dirs_exist_ok=True)
    if "reforms" in case:
        name = case["reforms"].rsplit(".", 1)[1]
        if name != "add_dynamic_variable":  # It adds an input, which is a fact here; no rule uses it.
            shutil.copytree(REFORMS / name, folder, dirs_exist_ok=True)
    return rules.load(folder)


def replaced(case: Mapping[str, Any]) -> list[rules.ParameterSet]:
    """The parameters that a case replaces."""
    found = []
    for path, content in _leaves(case.get("parameters", {})):
        for day, entry in content.items():
            source, values = Words("案例", "case"), {PARAMETERS[path]: str(entry["value"])}
            found.append(rules.ParameterSet(NATION, _day(day), values, source))
    return found


def situation(case: Mapping[str, Any]) -> Situation:
    """Who a case is about."""
    given = case.get("input", {})
    if not {"household", "persons"} & set(given):
        return _plain_situation(given)
    home = dict(given.get("household", {}))
    roles = {name: role for role in ("adults", "children") for name in home.pop(role, [])}
    persons = {
        name: {**values, "role": "child" if roles.get(name) == "children" else "adult"}
        for name, values in {**{key: {} for key in roles}, **given.get("persons", {})}.items()
    }
    return Situation(persons, [(home, list(persons))])


def expected(case: Mapping[str, Any], people: Situation) -> list[Expected]:
    """What a case expects."""
    found: list[Expected] = []
    names = list(people.persons)
    for key, value in case["output"].items():
        if key == "persons":
            for name, values in value.items():
                for variable, each in values.items():
                    found += _expected(variable, each, case["period"], names.index(name))
        elif key == "household":
            for variable, each in value.items():
                found += _expected(variable, each, case["period"], 0)
        else:
            for place, each in enumerate(value if isinstance(value, list) else [value]):
                found += _expected(key, each, case["period"], place)
    return found


def answers(
    of: rules.PolicyBook, wanted: Expected, people: Situation, sets: list[rules.ParameterSet], engine: Any
) -> Iterator[Any]:
    """What our rules say, computed and explained; each must be what the case expects. Money in the template's unit."""
    on = _day(wanted.period)
    population = _population(of, people, on)
    if wanted.variable in of.names:
        yield from _of_policy(of, wanted, population, on, sets, engine)
        return
    key = next((key for key in of.definitions if key.endswith(f".{wanted.variable}")), None)
    if key is not None:
        definition = of.definitions[key]
        value = rules.values(of, [key], population, on, sets, engine=engine)[key]["value"][wanted.place]
        yield _in_their_unit(value, definition.node.type.words)
        evaluation = _evaluation(of, population, definition.level, wanted.place, on, sets)
        yield _in_their_unit(evaluation.value(definition.node), definition.node.type.words)
        return
    frame = population.persons if wanted.variable in population.persons.columns else population.households
    yield frame[wanted.variable][wanted.place]


def _of_policy(
    of: rules.PolicyBook,
    wanted: Expected,
    population: rules.Population,
    on: date,
    sets: list[rules.ParameterSet],
    engine: Any,
) -> Iterator[Fraction]:
    name = wanted.variable
    policy = of.version(name, on)
    if policy is None:
        yield Fraction(0)
        return
    asked = rules.persons if policy.level == "person" else rules.batch
    yield Fraction(asked(of, [name], population, on, sets, engine=engine)["amount_fen"][wanted.place], 100)
    home = population.persons["household"][wanted.place] if policy.level == "person" else wanted.place
    if policy.level == "household" or len(population.one(home).members) == 1:
        yield Fraction(rules.explain(of, name, population, home, on, sets).amount_fen or 0, 100)


def _evaluation(
    of: rules.PolicyBook, population: rules.Population, level: str, place: int, on: date, sets: Any
) -> Evaluation:
    home = population.one(population.persons["household"][place] if level == "person" else place)
    evaluation = Evaluation(of, home, on, of.resolver(sets, on))
    if level == "person":
        evaluation.member = home.members[home.persons.index(place)]
    return evaluation


def _in_their_unit(value: Any, unit: str) -> Any:
    if isinstance(value, (bool, str)):
        return value
    return Fraction(value) / 100 if unit in MONEY else Fraction(value)


def _plain_situation(given: Mapping[str, Any]) -> Situation:
    """Values without households: every one of a list is about a person in a household of its own."""
    size = max([1, *(len(value) for value in given.values() if isinstance(value, list))])
    people = Situation()
    for place in range(size):
        own = {key: value[place] if isinstance(value, list) else value for key, value in given.items()}
        home = {key: own[key] for key in own if key in USUAL_HOUSEHOLD}
        people.persons[str(place)] = {key: own[key] for key in own if key not in home}
        people.households.append((home, [str(place)]))
    return people


def _population(of: rules.PolicyBook, people: Situation, on: date) -> rules.Population:
    homes, persons, names = [], [], list(people.persons)
    for number, (home, members) in enumerate(people.households):
        homes.append({"household": number, "division": NATION, **_household_facts(home, on)})
        for name in members:
            facts = _person_facts(people.persons[name], on)
            persons.append({"household": number, "person": names.index(name), **facts})
    return rules.Population.of(pl.DataFrame(homes), pl.DataFrame(persons), of.facts)


def _household_facts(given: Mapping[str, Any], on: date) -> dict[str, Any]:
    new_year = on.replace(month=1, day=1)
    found = {}
    for name, usual in USUAL_HOUSEHOLD.items():
        value = _at(given.get(name, usual), new_year if name in ON_NEW_YEAR else on, usual)
        found[name] = _hundredths(value) if name == "rent" else value
    return found


def _person_facts(given: Mapping[str, Any], on: date) -> dict[str, Any]:
    own = dict(given)
    if "age" in own:
        own["born_on"] = on.replace(year=on.year - _at(own.pop("age"), on, 0))
    if "household_income" in own:
        own["salary"] = own.pop("household_income")
    if "birth" in own:
        own["born_on"] = own.pop("birth")
    found = {name: _at(own.pop(name, usual), on, usual) for name, usual in USUAL_PERSON.items()}
    assert not own, f"the adapter does not know {sorted(own)}"
    return {**found, **{name: _hundredths(found[name]) for name in ("salary", "capital_returns")}}


def _at(value: Any, on: date, usual: Any) -> Any:
    """What is given for a day: a value of the month, or a twelfth of a value of the year."""
    if not isinstance(value, dict):
        return value
    for period, given in value.items():
        if str(period) == f"{on:%Y-%m}":
            return given
        if str(period) == f"{on:%Y}":
            return Fraction(given) / 12
    return usual


def _hundredths(value: Any) -> int:
    exact = Fraction(str(value)) * 100
    assert exact.denominator == 1, "an amount of whole hundredths"
    return int(exact)


def _expected(variable: str, value: Any, period: Any, place: int) -> list[Expected]:
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in _expected(variable, inner, key, place)]
    if isinstance(value, bool):
        return [Expected(variable, str(period), place, value)]
    try:
        return [Expected(variable, str(period), place, _sum(ast.parse(str(value), mode="eval").body))]
    except KeyError:
        return [Expected(variable, str(period), place, str(value))]


def _sum(tree: ast.expr) -> Fraction:
    """A written number, or a sum such as 600 - 200 / 12, exactly."""
    if isinstance(tree, ast.Constant):
        return Fraction(str(tree.value))
    if isinstance(tree, ast.BinOp):
        return SUMS[type(tree.op)](_sum(tree.left), _sum(tree.right))
    raise KeyError(tree)


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[Any, Any]]]:
    for key, inner in tree.items():
        if key == "values":
            yield path, inner
        else:
            yield from _leaves(inner, f"{path}.{key}".lstrip("."))


def _day(period: Any) -> date:
    """The first day of a month or year."""
    year, _, month = str(period).partition("-")
    return period if isinstance(period, date) else date(int(year), int(month or 1), 1)
