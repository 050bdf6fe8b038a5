"""Definitions of needs as data, and the needs they find in a population."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from huimin.rules import ParameterSet, PolicyBook, Population
from huimin.rules.batch import answer
from huimin.rules.extending import asked, clauses_of, question, with_definitions
from huimin.rules.located import Located, read
from huimin.rules.parameters import cited
from huimin.rules.policy import Clause
from huimin.rules.questions import Question
from huimin.units.words import Words

FILE = Path(__file__).with_name("indicators.yaml")
NEED_LEVELS = ("subsistence", "safety", "social", "esteem", "development")
MET = 1
SCHEMA = {
    "key": pl.String,
    "household": pl.Int64,
    "person": pl.Int64,
    "kind": pl.String,
    "level": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Indicator:
    """What tells a need: of whom, which level of need, in words, by which clause."""

    name: str
    title: Words
    of: Literal["household", "person"]
    level: str
    reason: Words
    clause: Clause
    question: Question


@dataclass(frozen=True)
class NeedBook:
    """The definitions of needs, checked against a policy book."""

    book: PolicyBook
    indicators: tuple[Indicator, ...]


def load(book: PolicyBook, path: Path = FILE) -> NeedBook:
    """The need definitions of a file. Raises `PolicyError` naming file, line, term and cure."""
    document = read(path).only("uses", "clauses", "definitions", "indicators")
    extended, scope = with_definitions(book, document, "needs")
    clauses = clauses_of(document)
    found = []
    for name, place in document.named("indicators"):
        place.only("title", "of", "level", "is", "reason", "clause")
        of: Literal["household", "person"] = (
            "person" if _one_of(place.at("of"), LEVELS) == "person" else "household"
        )
        found.append(
            Indicator(
                name=name,
                title=place.at("title").words(),
                of=of,
                level=_one_of(place.at("level"), NEED_LEVELS),
                reason=place.at("reason").words(),
                clause=cited(place, clauses),
                question=question(name, of, place.at("is"), scope),
            )
        )
    asked(extended, tuple(indicator.question for indicator in found))
    return NeedBook(extended, tuple(found))


LEVELS = ("household", "person")


def identify(
    needs: NeedBook,
    population: Population,
    on: date,
    parameters: Iterable[ParameterSet] = (),
    *,
    names: Iterable[str] | None = None,
    cache_folder: Path | None = None,
) -> pl.DataFrame:
    """The needs in a population: key, household, person, kind, level, reason (JSON, both languages).

    `person` is null where the need is the household's. The key of a need stays the same from day to day. What
    cannot be told for want of a fact raises no need.
    """
    wanted = set(names) if names is not None else {indicator.name for indicator in needs.indicators}
    indicators = [indicator for indicator in needs.indicators if indicator.name in wanted]
    if not indicators:
        return pl.DataFrame(schema=SCHEMA)
    questions = asked(needs.book, tuple(indicator.question for indicator in indicators), on)
    answers = answer(questions, population, on, parameters, cache_folder=cache_folder)
    frames = [
        _needs(indicator, population, pl.Series(answers[indicator.name].status)) for indicator in indicators
    ]
    return pl.concat(frames).sort("key")


def _needs(indicator: Indicator, population: Population, status: pl.Series) -> pl.DataFrame:
    about_person = indicator.of == "person"
    frame = population.persons if about_person else population.households
    found = frame.filter(status == MET)
    reason = {"zh": indicator.reason.zh, "en": indicator.reason.en, "clause": indicator.clause.words.zh}
    owner = "person" if about_person else "household"
    return found.select(
        key=pl.format(indicator.name + "/" + owner + "/{}", owner),
        household=pl.col("household").cast(pl.Int64),
        person=pl.col("person").cast(pl.Int64) if about_person else pl.lit(None, pl.Int64),
        kind=pl.lit(indicator.name),
        level=pl.lit(indicator.level),
        reason=pl.lit(json.dumps(reason, ensure_ascii=False)),
    )


def _one_of(place: Located, allowed: tuple[str, ...]) -> str:
    if place.text() not in allowed:
        place.fail("unknown_value", place.text(), allowed=allowed)
    return place.text()
