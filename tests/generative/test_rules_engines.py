"""Made-up policies and households: the explaining engine and the computing one say the same, to the fen.

The computing engine runs as plain Python for most examples and compiled for some, since compiling takes seconds.
"""

import importlib
import random
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.generative.told_plainly import told as plainly

from huimin import rules
from huimin.rules import room
from huimin.rules.errors import PolicyError
from huimin.rules.facts import EPOCH
from huimin.rules.questions import of_version
from huimin.rules.reference import Evaluation, Unknown
from huimin.units.words import Words

# The package lends its name `batch` to the function.
computing = importlib.import_module("huimin.rules.batch")
ON = date(2026, 7, 1)
Sets = list[rules.ParameterSet]
# What a made-up expression may rightly be refused for.
REFUSED = {"overflow", "needs_rounding", "too_deep", "unused_fact"}

FACTS = """
person:
  wages: {title: {zh: a, en: a}, unit: fen, range: [0, 100000000]}
  loss: {title: {zh: a, en: a}, unit: fen, range: [-100000, 100000]}
  benefit: {title: {zh: a, en: a}, unit: fen_per_month, range: [0, 1000000], earlier: 2}
  children: {title: {zh: a, en: a}, unit: count, range: [0, 9]}
  alive: {title: {zh: a, en: a}, unit: condition}
  born_on: {title: {zh: a, en: a}, unit: date}
  grade: {title: {zh: a, en: a}, values: {one: {zh: a, en: a}, two: {zh: a, en: a}, three: {zh: a, en: a}}}
household:
  rent: {title: {zh: a, en: a}, unit: fen_per_month, range: [0, 500000]}
  rooms: {title: {zh: a, en: a}, unit: count, range: [1, 20]}
  owner: {title: {zh: a, en: a}, unit: condition}
  since: {title: {zh: a, en: a}, unit: date}
  residence: {title: {zh: a, en: a}, values: {urban: {zh: a, en: a}, rural: {zh: a, en: a}}}
"""
PARAMETERS = """
parameters:
  line: {title: {zh: a, en: a}, unit: fen_per_month, range: [0, 500000], by: [household.residence], clause: c}
  grades: {title: {zh: a, en: a}, unit: share, range: [0, 2], decimals: 2, by: [household.residence, person.grade],
    clause: c}
  cap: {title: {zh: a, en: a}, unit: fen, range: [0, 9000000], clause: c}
  part: {title: {zh: a, en: a}, unit: share, range: [0, 3], decimals: 3, clause: c}
  tax: {title: {zh: a, en: a}, unit: share, range: [-1, 1], decimals: 3,
    brackets: {unit: fen, range: [-1000, 50000000], most: 4}, clause: c}
  steps: {title: {zh: a, en: a}, unit: fen, range: [0, 100000], brackets: {unit: count, range: [-3, 20], most: 3},
    clause: c}
  span: {title: {zh: a, en: a}, unit: years, range: [0, 120], clause: c}
"""
FACTS_OF = {
    ("person", "fen"): ["wages", "loss"],
    ("person", "fen_per_month"): ["benefit"],
    ("person", "count"): ["children"],
    ("household", "fen_per_month"): ["rent"],
    ("household", "count"): ["rooms"],
}
UNITS = ("fen", "fen_per_month", "count", "share", "months", "years", "days")


class Author:
    """Writes expressions that are right by type and unit."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.due_unit = ""

    def number(self, unit: str, level: str, depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.2:
            return self._leaf(unit, level)
        shape = self.chance.choice(
            ["sum", "scale", "choice", "extreme", "special", "special", "round", "members"]
        )
        inner = depth - 1
        if shape == "sum":
            sign = self.chance.choice("+-")
            return f"({self.number(unit, level, inner)} {sign} {self.number(unit, level, inner)})"
        if shape == "scale":
            by = self.chance.choice(["count", "share"]) if unit not in ("count", "share") else unit
            return f"({self.number(unit, level, inner)} * {self.number(by, level, 0)})"
        if shape == "choice":
            test = self.condition(level, inner)
            return f"({self.number(unit, level, inner)} if {test} else {self.number(unit, level, inner)})"
        if shape == "extreme":
            name = self.chance.choice(["min", "max"])
            items = ", ".join(self.number(unit, level, inner) for _ in range(self.chance.choice([2, 2, 3])))
            return f"{name}({items})"
        if shape == "round":
            mode = self.chance.choice(["half_up", "down", "up"])
            return f"round_{mode}({self.number(unit, level, inner)})"
        if shape == "members" and level == "household":
            return self._members(unit, inner)
        return self._special(unit, level, inner)

    def _leaf(self, unit: str, level: str) -> str:
        options = [f"household.{name}" for name in FACTS_OF.get(("household", unit), [])]
        if level == "person":
            options += [f"m.{name}" for name in FACTS_OF.get(("person", unit), [])] * 2
            options += ["earlier(m.benefit, 2)"] if unit == "fen_per_month" else []
        if unit == self.due_unit:
            options += ["due(alpha)"] * 2
        options += {
            "fen": ["cap", f"fen({self.chance.randint(0, 10**6)})", f"yuan({self.chance.randint(0, 9)}.5)"],
            "fen_per_month": ["line[household.residence]", 'line["urban"]'],
            "count": [str(self.chance.randint(1, 12)), f"-{self.chance.randint(1, 5)}"],
            "share": ["part", f"0.{self.chance.randint(1, 99)}", 'grades[household.residence, "two"]'],
            "months": [f"months({self.chance.randint(1, 24)})"],
            "years": ["span", f"years({self.chance.randint(1, 90)})"],
            "days": [f"days({self.chance.randint(1, 900)})"],
        }[unit]
        if unit == "share" and level == "person":
            options.append("grades[household.residence, m.grade]")
        return self.chance.choice(options)

    def _special(self, unit: str, level: str, depth: int) -> str:
        if unit == "fen":
            shape = self.chance.choice(["months", "marginal", "single", "last"])
            if shape == "marginal":
                return f"marginal(tax, {self.number('fen', level, depth)})"
            if shape == "single":
                return f"single(steps, {self.number('count', level, depth)})"
            if shape == "last" and level == "person":
                return f"last_months(m.benefit, {self.chance.choice([1, 2])})"
            return f"({self.number('fen_per_month', level, depth)} * {self.number('months', level, 0)})"
        if unit == "fen_per_month":
            return f"({self.number('fen', level, depth)} / months({self.chance.randint(1, 24)}))"
        if unit == "count":
            return self._leaf(unit, level)
        if unit == "share":
            divisor = self.number("fen", level, depth)
            return f"({self.number('fen', level, depth)} / max({divisor}, fen({self.chance.randint(1, 50)})))"
        return f"{unit}_between({self.date(level)}, {self.date(level)})"

    def _members(self, unit: str, depth: int) -> str:
        picked = f" if {self.condition('person', depth)}" if self.chance.random() < 0.7 else ""
        if unit == "count" and self.chance.random() < 0.6:
            return f"count(m for m in members{picked})"
        return f"sum({self.number(unit, 'person', depth)} for m in members{picked})"

    def date(self, level: str) -> str:
        options = ["on", "household.since", f"date({self.chance.randint(1930, 2030)}, 2, 28)"]
        found = self.chance.choice(options + (["m.born_on"] * 3 if level == "person" else []))
        if self.chance.random() < 0.3:
            unit = self.chance.choice(["years", "months", "days"])
            count = self.chance.choice([f"{unit}({self.chance.randint(1, 40)})", f"-{unit}(1)"])
            return f"{unit}_after({found}, {count})"
        return found

    def condition(self, level: str, depth: int) -> str:
        shape = self.chance.choice(["compare", "compare", "flag", "join", "not", "enum", "date", "members"])
        if shape == "compare" or depth <= 0:
            unit = self.chance.choice(UNITS)
            sign = self.chance.choice(["<", "<=", ">", ">=", "==", "!="])
            return f"({self.number(unit, level, depth - 1)} {sign} {self.number(unit, level, depth - 1)})"
        if shape == "flag":
            options = ["household.owner", *(["m.alive"] * 2 if level == "person" else [])]
            return self.chance.choice([*options, *(["entitled(alpha)"] * 2 if self.due_unit else [])])
        if shape == "join":
            word = self.chance.choice(["and", "or"])
            return f"({self.condition(level, depth - 1)} {word} {self.condition(level, depth - 1)})"
        if shape == "not":
            return f"(not {self.condition(level, depth - 1)})"
        if shape == "enum":
            grade = 'm.grade in ("one", "three")' if level == "person" else 'household.residence != "urban"'
            return f"({grade})"
        if shape == "date":
            return f"({self.date(level)} {self.chance.choice(['<', '>=', '=='])} {self.date(level)})"
        if level == "person":
            sign = self.chance.choice(["<", "<=", ">", ">=", "=="])
            years = self.chance.choice(["span", "years(18)", f"years({self.chance.randint(0, 90)})"])
            return f"(age_on(m.born_on, on) {sign} {years})"
        picked = f" if {self.condition('person', depth - 1)}" if self.chance.random() < 0.5 else ""
        return f"{self.chance.choice(['any', 'all'])}({self.condition('person', depth - 1)} for m in members{picked})"


def policy_text(author: Author, name: str, depth: int) -> str:
    """A policy with made-up definitions, conditions and amount, about households or about persons."""
    c = author.chance
    level = c.choice(["household", "household", "person"])
    unit = c.choice(["fen", "fen_per_month"])
    own = author.number("fen", "person", depth).replace("m.", "person.")
    shared = author.number("fen", "household", depth)
    whole, when = author.number("fen", level, depth), author.date(level)
    first, second = author.condition(level, depth), author.condition(level, depth)
    amount = author.number(unit, level, depth)
    if unit == "fen" and level == "household":
        amount = f"max({amount}, shared_{name}, sum(m.own_{name} for m in members if m.alive))"
    if unit == "fen" and level == "person":
        amount = f"max({amount}, shared_{name}, m.own_{name})"
    first, second, amount, whole, when = (
        text.replace("m.", "person.") if level == "person" else text
        for text in (first, second, amount, whole, when)
    )
    author.due_unit = unit
    words = "{zh: a, en: a}"
    reasons = f"met: {words}, not_met: {words}, unknown: {words}, clause: c"
    return f"""
name: {name}
of: {level}
title: {words}
summary: {words}
department: civil_affairs
{c.choice(["", "", 'division: "330127000000"', 'division: "33"'])}
in_force: {{started_on: 2020-01-01, ended_on: {c.choice([2026, 2027] if name == "alpha" else [2027])}-06-01}}
clauses: {{c: {{law: a, article: b, text: c}}}}
{PARAMETERS if name == "alpha" else ""}
definitions:
  own_{name}: {{title: {words}, of: person, is: '{own}'}}
  shared_{name}: {{title: {words}, is: '{shared}'}}
  whole_{name}: {{title: {words}, of: {level}, is: 'round_half_up({whole})'}}
  when_{name}: {{title: {words}, of: {level}, is: '{when}'}}
  which_{name}: {{title: {words}, is: 'household.residence'}}
  holds_{name}: {{title: {words}, of: {level}, is: '{first}'}}
conditions:
  one: {{is: '{first}', {reasons}}}
  two: {{is: '{second}', {reasons}}}
amount: {{is: '{amount}', unit: {unit}, rounding: {c.choice(["half_up", "down", "up"])}, clause: c}}
gives: [whole_{name}, when_{name}, which_{name}, holds_{name}]
period: month
facts: []
"""


def make_book(author: Author, depth: int) -> rules.PolicyBook:
    """A book of two made-up policies, the second asking after the first."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "facts.yaml").write_text(FACTS)
        for name in ("alpha", "beta"):
            (root / "made" / name).mkdir(parents=True)
            text = policy_text(author, name, depth)
            (root / "made" / name / "policy.yaml").write_text(text)
        for _ in range(60):
            # The list of facts is asked for one missing name at a time.
            try:
                return rules.load(root)
            except PolicyError as error:
                if error.code != "undeclared_fact":
                    raise
                path = root / error.file
                path.write_text(path.read_text().replace("facts: [", f"facts: [{error.term}, "))
        raise AssertionError("the facts could not be listed")


def population_of(
    book: rules.PolicyBook, chance: random.Random, size: int, unknown: float = 0.1
) -> rules.Population:
    """Made-up households; some of all values are not known. Where all are, neighbours come one after the other."""
    persons = [(home, n) for home in range(size) for n in range(chance.choice([0, 1, 1, 2, 3, 5]))]

    def values(kind: rules.PolicyBook, rows: int) -> list[object]:
        return [None if chance.random() < unknown else value(kind) for _ in range(rows)]

    def value(fact: object) -> object:
        kind = fact.type  # type: ignore[attr-defined]
        if kind.shape == "condition":
            return chance.random() < 0.6
        if kind.shape == "enum":
            return chance.choice(kind.values)
        if kind.shape == "date":
            return date.fromordinal(
                chance.randint(date(1930, 1, 1).toordinal(), date(2026, 6, 30).toordinal())
            )
        return chance.choice(
            [int(kind.low), int(kind.high), chance.randint(int(kind.low), int(kind.high)), 0, 1]
        )

    def columns(level: str, rows: int) -> dict[str, pl.Series]:
        kinds = {"condition": pl.Boolean, "enum": pl.String, "date": pl.Date, "number": pl.Int64}
        found = (fact for fact in book.facts.values() if fact.level == level)
        return {f.name: pl.Series(clamp(values(f, rows), f), dtype=kinds[f.type.shape]) for f in found}

    def clamp(items: list[object], fact: object) -> list[object]:
        kind = fact.type  # type: ignore[attr-defined]
        if kind.shape != "number":
            return items
        return [None if item is None else max(int(kind.low), min(int(kind.high), item)) for item in items]  # type: ignore[type-var]

    places = ["330127001002", "330127001002", "110105000000", "330000000000", None]
    divisions = [chance.choice(places if unknown else places[:-1]) for _ in range(size)]
    homes = {"household": range(size), "division": divisions if unknown else sorted(divisions, key=str)}
    people = {"household": [home for home, _ in persons], "person": range(len(persons))}
    return rules.Population.of(
        pl.DataFrame({**homes, **columns("household", size)}),
        pl.DataFrame(
            {**people, **columns("person", len(persons))},
            schema_overrides={"household": pl.Int64, "person": pl.Int64},
        ),
        book.facts,
    )


def parameter_sets(chance: random.Random) -> list[rules.ParameterSet]:
    """Parameters of the nation, and of one county otherwise."""

    def brackets(most: int, limits: tuple[int, int], value: Callable[[], str]) -> list[dict[str, object]]:
        starts = sorted({chance.randint(*limits) for _ in range(chance.randint(1, most))})
        return [{"from": start, "is": value()} for start in starts]

    def values() -> dict[str, object]:
        grades = {
            f"{r},{g}": f"{chance.randint(0, 200) / 100}"
            for r in ("urban", "rural")
            for g in ("one", "two", "three")
        }
        return {
            "line": {"urban": chance.randint(0, 500000), "rural": chance.randint(0, 500000)},
            "grades": grades,
            "cap": chance.randint(0, 9000000),
            "part": f"{chance.randint(0, 3000) / 1000}",
            "span": chance.randint(0, 120),
            "tax": brackets(4, (-1000, 50_000_000), lambda: f"{chance.randint(-1000, 1000) / 1000}"),
            "steps": brackets(3, (-3, 20), lambda: f"{chance.randint(0, 100_000)}"),
        }

    source = Words("a", "a")
    nation = rules.ParameterSet("000000000000", date(2020, 1, 1), values(), source)
    later = rules.ParameterSet("330127000000", date(2026, 1, 1), values(), source)
    future = rules.ParameterSet("330127000000", date(2027, 1, 1), values(), source)
    return [nation, future, later] if chance.random() < 0.7 else [later, nation]


def compare(seed: int, depth: int, size: int, engine: str, unknown: float = 0.1) -> bool:
    """Whether a made-up book could be compared; fails where the engines differ."""
    chance = random.Random(seed)
    try:
        book = make_book(Author(chance), depth)
    except PolicyError as error:
        assert error.code in REFUSED, str(error)
        return False
    population, sets = population_of(book, chance, size, unknown), parameter_sets(chance)
    names = [name for name in book.names if book.version(name, ON)]
    households(book, names, population, sets, engine, seed)
    members(book, names, population, sets, engine, seed)
    definitions(book, names, population, sets, engine, seed)
    streamed(book, names, population, sets, engine, seed)
    return True


def households(
    book: rules.PolicyBook, names: list[str], population: rules.Population, sets: Sets, engine: Any, seed: int
) -> None:
    """Every household is explained as it is computed; who is not asked is refused by name."""
    found = rules.batch(book, names, population, ON, sets, engine=engine)
    asked = {(row["policy"], row["household"]) for row in found.iter_rows(named=True)}
    for name, place in ((name, place) for name in names for place in range(len(population))):
        if (name, place) not in asked:
            with pytest.raises(PolicyError) as refusal:
                rules.explain(book, name, population, place, ON, sets)
            assert refusal.value.code == "not_here"
    together = {
        home: rules.explain_policies(
            book, [name for name in names if (name, home) in asked], population.one(home), ON, sets
        )
        for home in population.households["household"]
    }
    for row in found.iter_rows(named=True):
        told = rules.explain(book, row["policy"], population, row["household"], ON, sets)
        at_once = next(each for each in together[row["household"]] if each.policy == row["policy"])
        assert at_once.as_data() == told.as_data(), (seed, row["policy"], row["household"])
        seen = (row["status"], row["amount_fen"], sorted(row["missing"]))
        wanted = (told.status, told.amount_fen, sorted(told.missing))
        assert seen == wanted, (seed, row["policy"], row["household"])
        # Word for word, too, what the reference evaluator says the long way round.
        home = population.one(row["household"])
        assert told.as_data() == plainly(
            row["policy"], Evaluation(book, home, ON, book.resolver(sets, ON))
        ), seed


def members(
    book: rules.PolicyBook, names: list[str], population: rules.Population, sets: Sets, engine: Any, seed: int
) -> None:
    """Every person is evaluated as computed, where a policy is about persons."""
    about = [name for name in names if book.policy(name, ON).level == "person"]
    for row in rules.persons(book, about, population, ON, sets, engine=engine).iter_rows(named=True):
        home = population.one(row["household"])
        evaluation = Evaluation(book, home, ON, book.resolver(sets, ON))
        evaluation.member = home.members[home.persons.index(row["person"])]
        question = of_version(book.policy(row["policy"], ON))
        verdict = evaluation.verdict(question)
        status = "unknown" if isinstance(verdict, Unknown) else ("entitled" if verdict else "not_entitled")
        amount = None if isinstance(verdict, Unknown) else (evaluation.amount(question) if verdict else 0)
        missing = sorted(verdict.missing) if isinstance(verdict, Unknown) else []
        assert (row["status"], row["amount_fen"], sorted(row["missing"])) == (status, amount, missing), seed


def definitions(
    book: rules.PolicyBook, names: list[str], population: rules.Population, sets: Sets, engine: Any, seed: int
) -> None:
    """Every definition that an answer holds has the value that the evaluator gives it."""
    keys = [key for name in names for key in book.policy(name, ON).gives]
    for key, table in rules.values(book, keys, population, ON, sets, engine=engine).items():
        kind = book.definitions[key].node.type
        for row in table.iter_rows(named=True):
            home = population.one(row["household"])
            evaluation = Evaluation(book, home, ON, book.resolver(sets, ON))
            if "person" in row:
                evaluation.member = home.members[home.persons.index(row["person"])]
            value = evaluation.value(book.definitions[key].node)
            missing = sorted(value.missing) if isinstance(value, Unknown) else []
            assert sorted(row["missing"]) == missing, (seed, key)
            assert row["value"] == written(value, kind), (seed, key)


def streamed(
    book: rules.PolicyBook, names: list[str], population: rules.Population, sets: Sets, engine: Any, seed: int
) -> None:
    """From file to file, in small portions, every policy says the same of the same households."""
    with tempfile.TemporaryDirectory() as folder:
        homes, persons, told = (Path(folder) / f"{name}.parquet" for name in ("homes", "persons", "told"))
        population.households.write_parquet(homes, row_group_size=4)
        population.persons.write_parquet(persons, row_group_size=7)
        rules.stream(book, names, homes, persons, told, ON, sets, engine=engine, portion=5)
        found = long(pl.read_parquet(told), names)
    asked = rules.batch(book, names, population, ON, sets, engine=engine)
    assert found.equals(asked.with_columns(pl.col("missing").list.join(","))), seed


def long(told: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """A row for each policy and household asked, of a table with a row for each household: as `batch` gives them."""
    for name in names:
        outside = told.filter(pl.col(f"{name}_status").is_null())
        said = outside.select(f"{name}_amount_fen", f"{name}_missing")
        assert said.null_count().row(0) == (outside.height, outside.height), (
            "nothing is said of who is not asked"
        )
    parts = [
        told.select(
            pl.lit(name).alias("policy"), "household", pl.col(f"{name}_status").cast(pl.String).alias("status"),
            pl.col(f"{name}_amount_fen").alias("amount_fen"), pl.col(f"{name}_missing").fill_null("").alias("missing"),
        ).drop_nulls("status")
        for name in names
    ]  # fmt: skip
    return pl.concat(parts)


def written(value: object, kind: Any) -> object:
    """A value of the evaluator as a table holds it."""
    if isinstance(value, Unknown):
        return None
    if kind.shape == "date":
        return EPOCH + timedelta(days=int(value))  # type: ignore[call-overload]
    return kind.values[value] if kind.shape == "enum" else value


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    derandomize=True,
)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_explaining_and_computing_agree(seed: int, depth: int) -> None:
    compare(seed, depth, 12, "interpreted")


@pytest.fixture
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few households are many, so that what is made for many is made for them."""
    monkeypatch.setattr(computing, "PORTION", 7)
    monkeypatch.setattr(computing, "SHORTEST", 1)
    monkeypatch.setattr(room, "BLOCK", 3)


@pytest.mark.usefixtures("_large")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    derandomize=True,
)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_explaining_and_computing_what_is_all_known_agree(seed: int, depth: int) -> None:
    compare(seed, depth, 12, "interpreted", unknown=0)


@pytest.mark.slow
@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("seed", [6, 53, 58])
def test_explaining_and_compiled_code_for_what_is_all_known_agree(seed: int) -> None:
    tried = [compare(seed * 1000 + n, 2, 100, "compiled", unknown=0) for n in range(4)]
    assert any(tried)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 14, 15, 92])
def test_explaining_and_compiled_code_agree(seed: int) -> None:
    tried = [compare(seed * 1000 + n, 2, 100, "compiled") for n in range(4)]
    assert sum(tried) >= 2


def exchanged(chance: random.Random, table: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """A table in which some rows have got values of others."""
    some = pl.Series([chance.random() < 0.4 for _ in range(len(table))], dtype=pl.Boolean)
    facts = [name for name in table.columns if name not in keys]
    given = table.select(pl.col(name).shuffle(seed=chance.randint(0, 9)) for name in facts)
    return table.with_columns(
        pl.when(some).then(given[name]).otherwise(table[name]).alias(name) for name in facts
    )


def changed(chance: random.Random, population: rules.Population, book: rules.PolicyBook) -> rules.Population:
    """The same households with some facts changed, some households gone, some new, some members lost."""
    other = population_of(book, chance, len(population) + 3)
    homes, people = (
        exchanged(chance, table, keys)
        for table, keys in (
            (population.households, ["household"]),
            (population.persons, ["household", "person"]),
        )
    )
    renewed = homes.filter(pl.Series([chance.random() < 0.15 for _ in range(len(homes))]))["household"]
    kept = homes["household"].filter(pl.Series([chance.random() < 0.9 for _ in range(len(homes))]))
    swapped = pl.concat([renewed, pl.Series(range(len(population), len(population) + 3))]).implode()
    mine = pl.col("household").is_in(kept.implode()) & ~pl.col("household").is_in(swapped)
    lost = pl.Series([chance.random() > 0.03 for _ in range(len(people))], dtype=pl.Boolean)
    new = pl.col("household").is_in(swapped)
    return rules.Population.of(
        pl.concat([homes.filter(mine), other.households.filter(new)]),
        pl.concat([people.filter(lost).filter(mine), other.persons.filter(new)]),
        book.facts,
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    derandomize=True,
)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([0, 1, 40, 500]))
def test_asking_only_those_touched_misses_nobody(seed: int, depth: int, days: int) -> None:
    chance = random.Random(seed)
    try:
        book = make_book(Author(chance), depth)
    except PolicyError as error:
        assert error.code in REFUSED, str(error)
        return
    population, sets = population_of(book, chance, 12), parameter_sets(chance)
    then = rules.Moment(population, ON - timedelta(days), tuple(sets))
    now = rules.Moment(
        changed(chance, population, book), ON, tuple(chance.choice([sets, sets, parameter_sets(chance)]))
    )
    names = [name for name in book.names if book.version(name, then.on) and book.version(name, ON)]
    assert rules.audit(book, names, then, now, engine="interpreted").is_empty(), seed
    found = rules.delta(book, names, then, now, engine="interpreted")
    whole = rules.batch(book, names, now.population, ON, list(now.parameters), engine="interpreted")
    asked = rules.touched(book, names, then, now)
    assert found.equals(whole.filter(pl.col("household").is_in(asked.implode()))), seed


def test_who_has_no_birthday_and_no_change_is_not_asked_again() -> None:
    """A policy by age asks, on another day, only those who are a year older."""
    chance = random.Random(1)
    author = Author(chance)
    author.number = lambda unit, level, depth: "fen(100)" if unit == "fen" else "fen(100) / months(1)"  # type: ignore[method-assign]
    author.condition = lambda level, depth: (
        "any(years_between(m.born_on, on) >= years(60) for m in members)"
        if level == "household"
        else "years_between(m.born_on, on) >= years(60)"
    )  # type: ignore[method-assign]
    author.date = lambda level: "household.since"  # type: ignore[method-assign]
    book = make_book(author, 1)
    population = population_of(book, chance, 400)
    sets = tuple(parameter_sets(chance)[:1])
    then, now = (rules.Moment(population, day, sets) for day in (ON, ON + timedelta(30)))
    asked = rules.touched(book, book.names[1:], then, now)
    born = population.persons.filter(
        pl.col("born_on").dt.month().is_in([7]) & (pl.col("born_on").dt.day() > 1)
    )["household"]
    assert 0 < len(asked) < 200
    assert set(asked) <= set(born)
    assert rules.touched(book, book.names[1:], then, then).is_empty()
