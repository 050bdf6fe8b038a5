"""The needs that definitions find in a population."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from huimin.needs.book import NeedBook, NeedDefinition
from huimin.rules import ParameterSet, Population
from huimin.rules.batch import answer
from huimin.rules.extending import asked

MET = 1
SCHEMA = {
    "key": pl.String,
    "household": pl.Int64,
    "person": pl.Int64,
    "kind": pl.String,
    "level": pl.String,
    "reason": pl.String,
}


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
    cannot be told for want of a fact raises no need, nor does a definition that is not in force on the day.
    """
    wanted = set(names) if names is not None else {need.name for need in needs.needs}
    definitions = [need for need in needs.needs if need.name in wanted and need.in_force.holds(on)]
    if not definitions:
        return pl.DataFrame(schema=SCHEMA)
    questions = asked(needs.book, tuple(need.question for need in definitions), on)
    answers = answer(questions, population, on, parameters, cache_folder=cache_folder)
    frames = [_needs(need, population, pl.Series(answers[need.name].status)) for need in definitions]
    return pl.concat(frames).sort("key")


def _needs(need: NeedDefinition, population: Population, status: pl.Series) -> pl.DataFrame:
    about_person = need.of == "person"
    frame = population.persons if about_person else population.households
    found = frame.filter(status == MET)
    reason = {"zh": need.reason.zh, "en": need.reason.en, "clause": need.clause.words.zh}
    owner = "person" if about_person else "household"
    return found.select(
        key=pl.format(need.name + "/" + owner + "/{}", owner),
        household=pl.col("household").cast(pl.Int64),
        person=pl.col("person").cast(pl.Int64) if about_person else pl.lit(None, pl.Int64),
        kind=pl.lit(need.name),
        level=pl.lit(need.level),
        reason=pl.lit(json.dumps(reason, ensure_ascii=False)),
    )
