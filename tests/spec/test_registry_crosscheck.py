"""Splink's second opinion finds a link that is wrong and a link that is missing, and says nothing where all is well."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import huimin_county
from huimin import intake
from huimin.registry import crosscheck, identity
from huimin.registry.mentions import mentions_of
from huimin.tables.contract import load_all

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, identity.Resolution]:
    folder = tmp_path_factory.mktemp("county")
    huimin_county.make(folder, persons=600, seed=11)
    found = []
    for path in sorted(Path(folder, "delivery").iterdir()):
        read = intake.read(path, path.name, load_all(), TODAY)
        if read.contract is not None:
            found.append(mentions_of(read.contract, read.rows, path.name))
    mentions = pl.concat(found)
    return mentions, identity.resolve(mentions)


@pytest.fixture(scope="module")
def model(resolved: tuple[pl.DataFrame, identity.Resolution]) -> crosscheck.Model:
    mentions, found = resolved
    return crosscheck.learned(crosscheck.described(mentions), crosscheck.people_of(found.people))


def test_a_planted_wrong_link_and_a_planted_missing_one_are_found(
    resolved: tuple[pl.DataFrame, identity.Resolution], model: crosscheck.Model
) -> None:
    mentions, found = resolved
    rows, people = crosscheck.described(mentions), crosscheck.people_of(found.people)
    before = crosscheck.compared(rows, found.links, people, model)
    assert before.placed > 1000
    assert before.agreeing / before.placed > 0.99
    outside = found.links.filter(pl.col("how") == "id").sort(crosscheck.PLACE)
    wrong, missing = outside.row(0, named=True), outside.row(-1, named=True)
    stranger = next(each for each in outside["person"] if each != wrong["person"])

    def here(row: dict[str, object]) -> pl.Expr:
        return pl.all_horizontal(pl.col(name) == row[name] for name in crosscheck.PLACE)

    person = (
        pl.when(here(wrong)).then(stranger).when(here(missing)).then(None).otherwise("person").alias("person")
    )
    after = crosscheck.compared(rows, found.links.with_columns(person), people, model)
    new = after.disagreements.join(before.disagreements, on=[*crosscheck.PLACE, "person"], how="anti")
    told = {each["kind"]: each for each in new.iter_rows(named=True)}
    assert new.height == 2
    assert (told["elsewhere"]["person"], told["elsewhere"]["other"]) == (wrong["person"], stranger)
    assert (told["missed"]["person"], told["missed"]["other"]) == (missing["person"], None)
    assert after.agreeing == before.agreeing - 2
    assert after.placed == before.placed - 1


def test_a_person_of_ours_who_is_split_in_two_is_joined(
    resolved: tuple[pl.DataFrame, identity.Resolution], model: crosscheck.Model
) -> None:
    mentions, found = resolved
    rows, people = crosscheck.described(mentions), crosscheck.people_of(found.people)
    one = found.links.filter(pl.col("how") == "id").sort(crosscheck.PLACE).row(0, named=True)
    double = int(people["person"].max()) + 1  # pyright: ignore[reportArgumentType]
    split = people.filter(pl.col("person") == one["person"]).with_columns(person=pl.lit(double, pl.Int64))
    moved = pl.all_horizontal(pl.col(name) == one[name] for name in crosscheck.PLACE)
    links = found.links.with_columns(person=pl.when(moved).then(double).otherwise("person"))
    told = crosscheck.compared(rows, links, pl.concat([people, split]), model).disagreements
    twice = told.filter(pl.col("kind") == "twice").to_dicts()
    assert [(each["person"], each["other"]) for each in twice] == [(one["person"], double)]
    assert (twice[0]["file"], twice[0]["line"]) == (one["file"], one["line"])


def test_a_model_is_text_that_fits_until_the_comparisons_change(model: crosscheck.Model) -> None:
    kept = json.loads(json.dumps(model))
    assert crosscheck.fits(kept)
    kept["comparisons"][0]["comparison_levels"][1]["sql_condition"] = "true"
    assert not crosscheck.fits(kept)


def test_too_few_rows_teach_nothing(resolved: tuple[pl.DataFrame, identity.Resolution]) -> None:
    mentions, found = resolved
    few = crosscheck.described(mentions).head(20)
    with pytest.raises(crosscheck.TooFewRows, match="here are 20 and") as problem:
        crosscheck.learned(few, crosscheck.people_of(found.people))
    assert problem.value.rows == 20
