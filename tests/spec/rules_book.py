"""Small policy books for promises about the language: facts, policies and households written in few words."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from huimin import rules
from huimin.rules.casework import household_of

ON = date(2026, 7, 1)
WORDS = "{zh: 甲, en: a}"
REASONS = f"met: {WORDS}, not_met: {WORDS}, unknown: {WORDS}, clause: c"
FACTS = f"""
person:
  alive: {{title: {WORDS}, unit: condition}}
  born_on: {{title: {WORDS}, unit: date}}
  applied_on: {{title: {WORDS}, unit: date}}
  wages: {{title: {{zh: 工资, en: wages}}, unit: fen_per_month, range: [0, 100000000], earlier: 12}}
  level: {{title: {WORDS}, unit: count, range: [0, 4]}}
household:
  rent: {{title: {{zh: 房租, en: rent}}, unit: fen_per_month, range: [0, 100000000]}}
  residence: {{title: {WORDS}, values: {{urban: {WORDS}, rural: {WORDS}}}}}
"""


def policy(name: str, conditions: Mapping[str, str], amount: str = "", **more: str) -> str:
    """The text of a policy; `more` adds or replaces whole keys, and an amount in braces stands as it is."""
    keys = {
        "name": name,
        "title": WORDS,
        "summary": WORDS,
        "department": "civil_affairs",
        "in_force": "{started_on: 2020-01-01}",
        "clauses": "{c: {law: 甲法, article: 第一条, text: 甲}}",
        "conditions": "".join(f"\n  {key}: {{is: '{text}', {REASONS}}}" for key, text in conditions.items()),
        "period": "month",
    }
    if amount:
        plain = f"{{is: '{amount}', unit: fen_per_month, rounding: half_up, clause: c}}"
        keys["amount"] = amount if amount.startswith("{") else plain
    return "\n".join(f"{key}: {text}" for key, text in {**keys, **more}.items()) + "\n"


def book(folder: Path, *policies: str, facts: str = FACTS) -> rules.PolicyBook:
    """The checked book of some policies; the facts that they use are listed for them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.yaml").write_text(facts, encoding="utf-8")
    for number, text in enumerate(policies):
        path = folder / "made" / f"policy_{number}" / "policy.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if "\nfacts:" in text else f"{text}facts: []\n", encoding="utf-8")
    while True:
        try:
            return rules.load(folder)
        except rules.PolicyError as error:
            if error.code != "undeclared_fact":
                raise
            path = folder / error.file
            path.write_text(path.read_text().replace("facts: [", f"facts: [{error.term}, "), encoding="utf-8")


def told(
    of: rules.PolicyBook,
    name: str,
    household: Mapping[str, Any],
    *members: Mapping[str, Any],
    on: date = ON,
    division: str | None = "330127000000",
    sets: tuple[rules.ParameterSet, ...] = (),
) -> rules.Explanation:
    """The explained answer for one household, which the computing engine gives too."""
    home = household_of(of.facts, division, household, members)
    found = rules.explain_household(of, name, home, on, sets)
    rows = rules.batch(of, [name], population(of, division, home), on, sets, engine="interpreted")
    assert rows.select("status", "amount_fen").row(0) == (found.status, found.amount_fen)
    assert sorted(rows["missing"][0]) == sorted(found.missing)
    return found


def population(of: rules.PolicyBook, division: str | None, home: rules.Household) -> rules.Population:
    """A population of one household."""
    kinds = {"condition": pl.UInt8, "date": pl.Int32, "enum": pl.UInt8, "number": pl.Int64}

    def columns(level: str, values: list[Mapping[str, int | None]]) -> dict[str, pl.Series]:
        facts = [fact for fact in of.facts.values() if fact.level == level]
        return {
            fact.name: pl.Series([row[fact.name] for row in values], dtype=kinds[fact.type.shape])
            for fact in facts
        }

    count = len(home.members)
    persons = {
        "household": pl.Series([1] * count, dtype=pl.Int64),
        "person": pl.Series(range(1, count + 1), dtype=pl.Int64),
    }
    return rules.Population.of(
        pl.DataFrame(
            {
                "household": [1],
                "division": pl.Series([division], dtype=pl.String),
                **columns("household", [home.facts]),
            }
        ),
        pl.DataFrame({**persons, **columns("person", list(home.members))}),
        of.facts,
    )
