"""A second opinion on who is who: Splink, trained on the same rows without knowing our links, and where it disagrees.

The registry weighs by hand-set rates and knows booklets, relatives and households. Splink knows none of that and learns
its rates by expectation maximisation (Fellegi & Sunter 1969; Winkler 1988), so that its mistakes are others than ours.
Nothing is merged by what it says: a disagreement is a question for a clerk.

Settings after Splink's guide (https://moj-analytical-services.github.io/splink/): each comparison from strict to loose,
blocks that each hold few pairs, u from random pairs, m from pairs that agree in something the comparison does not use.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from huimin.engines import duckdb
from huimin.registry import identity, likeness

if TYPE_CHECKING:
    from splink import Linker

# With fewer there is too little to learn how numbers and names err.
LEAST_ROWS, LEAST_PEOPLE = 500, 200
# From this probability on Splink's answer is held against ours, if it leaves its next person this far behind.
LIKELY = 0.95
MARGIN_BITS = 3.0
# Below this a pair cannot be the best of its row, nor tell how Splink sees our own link.
SEEN = 0.01
SEED, MOST_PAIRS = 1, 1e6
# Of so many people one is in the registry twice; of all pairs of people that is next to nothing.
TWICE = 0.002
# Taken where too few rows tell it to learn how often they agree, as `likeness` assumes.
BORN_ASSUMED, SEX_ASSUMED, VILLAGE_ASSUMED = [0.96, 0.01, 0.01, 0.02], [0.99, 0.01], [0.93, 0.07]
NUMBERS_ASSUMED, NUMBERS_BY_CHANCE = [0.95, 0.02, 0.01, 0.02], [5e-5, 1e-6, 1e-5, 0.99994]
PLACE = ["file", "line", "role"]
COMPARED = ["canonical", "sound", "number", "born", "sex", "village"]
ROWS, PEOPLE = "a_rows", "b_people"
BLOCKS = (
    "l.number = r.number",
    "l.canonical = r.canonical AND l.born = r.born",
    "l.sound = r.sound AND l.born = r.born",
    "l.sound = r.sound AND l.village = r.village",
    "substr(l.number, 7, 12) = substr(r.number, 7, 12)",
)
ALIKE = BLOCKS[:2]
DISAGREEMENT: dict[str, Any] = {
    "file": pl.String, "line": pl.Int64, "role": pl.String, "person": pl.Int64, "other": pl.Int64,
    "probability": pl.Float64, "weight": pl.Float64, "own": pl.Float64, "kind": pl.String,
}  # fmt: skip
Model = dict[str, Any]


class TooFewRows(ValueError):
    """Nothing can be learned: how many rows and people there are."""

    def __init__(self, rows: int, people: int) -> None:
        super().__init__(
            f"Splink learns from {LEAST_ROWS} rows with a name outside the booklets and {LEAST_PEOPLE} people at least; "
            f"here are {rows} and {people}."
        )
        self.rows, self.people = rows, people


@dataclass(frozen=True)
class Comparison:
    """What Splink says of our links.

    `disagreements` (file, line, role, person, other, probability, weight, own, kind), the likeliest first: `person` is
    Splink's, `other` ours, null where the row waits; `weight` is to base 2, `own` the weight that Splink gives to our
    link, null where it sees nothing in it. Kinds: `elsewhere`, a row that it puts with somebody else; `missed`, a row
    that we left waiting; `twice`, two persons of ours that it joins, on a row of the one with fewer rows.
    `pairs` were weighed by Splink, `placed` rows had somebody by both, `agreeing` of them the same.
    """

    disagreements: pl.DataFrame
    pairs: int
    placed: int
    agreeing: int


def described(mentions: pl.DataFrame) -> pl.DataFrame:
    """What is compared of the rows outside the booklets: file, line, role and `COMPARED`; rows without a name are left out.

    A birth date counts only where the row states it: read from the number it would make the number count twice.
    """
    outside = mentions.filter(pl.col("household_no").is_null() & pl.col("name").is_not_null())
    rows = identity.prepared(outside)
    village = pl.coalesce("village", likeness.hamlet(pl.col("address")))
    return _said(rows, village, PLACE).filter(pl.col("sound").is_not_null())


def people_of(people: pl.DataFrame) -> pl.DataFrame:
    """What is compared of the people that rows were linked to, one row for each number: person and `COMPARED`."""
    village = pl.coalesce(likeness.hamlet(pl.col("address")), "village")
    return _said(people, village, ["person"]).unique(maintain_order=True)


def learned(rows: pl.DataFrame, people: pl.DataFrame) -> Model:
    """Splink's model in its own JSON form, which holds rates and no data of anybody. Raises `TooFewRows`.

    `rows` as `described` tells them, `people` as `people_of` does. No link of ours is looked at.
    """
    from splink.internals.blocking_rule_library import CustomRule

    if rows.height < LEAST_ROWS or people.height < LEAST_PEOPLE:
        raise TooFewRows(rows.height, people.height)
    with duckdb.connection() as opened:
        linker = _linker(opened, _settings(), rows, people)
        training = linker.training
        rules: list[Any] = [CustomRule(condition) for condition in ALIKE]
        training.estimate_probability_two_random_records_match(rules, recall=0.8)
        training.estimate_u_using_random_sampling(max_pairs=MOST_PAIRS, seed=SEED)
        for rule in rules:
            training.estimate_parameters_using_expectation_maximisation(rule)
        return linker.misc.save_model_to_json()


def fits(model: Mapping[str, Any]) -> bool:
    """Whether a saved model compares and blocks as this release does."""
    ours = _settings()
    return _shape(model) == _shape(ours)


def compared(rows: pl.DataFrame, links: pl.DataFrame, people: pl.DataFrame, model: Model) -> Comparison:
    """Where Splink, by a model that `learned` gave, disagrees with our links (file, line, role, person).

    `rows` as `described` tells them, `people` as `people_of` does; rows without a link wait.
    """
    with duckdb.connection() as opened:
        weighed = _weighed(_linker(opened, model, rows, people), opened)
    alike = _people_alike(people, model)
    best = _best(weighed, people)
    placed = rows.select(PLACE).with_row_index("left").with_columns(pl.col("left").cast(pl.Int64))
    placed = placed.join(links.select(*PLACE, other="person"), on=PLACE, how="left")
    judged = placed.join(best, on="left", how="inner").filter(pl.col("probability") >= LIKELY)
    own = weighed.join(
        people.with_row_index("right").select(pl.col("right").cast(pl.Int64), other="person"), on="right"
    )
    own = own.group_by("left", "other").agg(own=pl.col("weight").max())
    judged = judged.join(own, on=["left", "other"], how="left")
    same = pl.col("person") == pl.col("other")
    both = judged.filter(pl.col("other").is_not_null())
    differ = judged.filter(~same.fill_null(False) & (pl.col("margin") >= MARGIN_BITS))
    kind = pl.when(pl.col("other").is_null()).then(pl.lit("missed")).otherwise(pl.lit("elsewhere"))
    told = differ.with_columns(kind=kind).select(
        pl.col(name).cast(dtype) for name, dtype in DISAGREEMENT.items()
    )
    found = pl.concat([told, _joined(alike, links)])
    order = ["probability", "weight", *PLACE, "person"]
    return Comparison(
        found.sort(order, descending=[True, True, False, False, False, False]),
        pairs=weighed.height + alike.height, placed=both.height, agreeing=both.filter(same).height,
    )  # fmt: skip


def _said(frame: pl.DataFrame, village: pl.Expr, key: list[str]) -> pl.DataFrame:
    return frame.select(
        *key, "canonical", "sound", "number", "sex", born=pl.col("born_on").dt.to_string("%Y-%m-%d"),
        village=likeness.plain_place(village),
    ).select(*key, *COMPARED)  # fmt: skip


def _best(weighed: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Each row's likeliest person and how far the next is behind: left, person, probability, weight, margin."""
    numbered = people.with_row_index("right").select(pl.col("right").cast(pl.Int64), "person")
    each = weighed.join(numbered, on="right").group_by("left", "person").agg(
        pl.col("weight").max(), pl.col("probability").max()
    )  # fmt: skip
    order = each.sort("left", "weight", "person", descending=[False, True, False])
    following = pl.col("weight").shift(-1).over("left")
    order = order.with_columns(margin=pl.col("weight") - following)
    return order.unique("left", keep="first", maintain_order=True).with_columns(
        pl.col("margin").fill_null(float("inf"))
    )


def _people_alike(people: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Two different persons of ours that Splink takes for one: person, other, probability, weight."""
    share = min(2 * TWICE / max(people.height, 1), 0.5)
    settings = {**model, "link_type": "dedupe_only", "probability_two_random_records_match": share}
    with duckdb.connection() as opened:
        weighed = _weighed(_linker(opened, settings, people, None), opened)
    numbered = people.with_row_index("number_of").select(pl.col("number_of").cast(pl.Int64), "person")
    pairs = weighed.join(numbered, left_on="left", right_on="number_of").join(
        numbered.rename({"person": "other"}), left_on="right", right_on="number_of"
    )
    pairs = pairs.filter((pl.col("probability") >= LIKELY) & (pl.col("person") != pl.col("other")))
    pairs = pairs.with_columns(
        person=pl.min_horizontal("person", "other"), other=pl.max_horizontal("person", "other")
    )
    return pairs.group_by("person", "other").agg(pl.col("probability").max(), pl.col("weight").max())


def _joined(alike: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """The question whether two persons are one, put of the first row of the one with fewer rows."""
    linked = links.filter(pl.col("person").is_not_null())
    rows = linked.sort(PLACE).group_by("person", maintain_order=True).agg(
        pl.len().alias("rows"), *(pl.col(name).first() for name in PLACE)
    )  # fmt: skip
    both = alike.join(rows.select("person", first="rows"), on="person", how="left").join(
        rows.select(other="person", second="rows"), on="other", how="left"
    )
    both = both.with_columns(pl.col("first", "second").fill_null(0))
    smaller = pl.when(pl.col("first") < pl.col("second")).then("person").otherwise("other")
    larger = pl.when(pl.col("first") < pl.col("second")).then("other").otherwise("person")
    asked = both.with_columns(person=larger, other=smaller).join(
        rows.rename({"person": "other"}).drop("rows"), on="other"
    )
    asked = asked.with_columns(own=pl.lit(None), kind=pl.lit("twice"))
    return asked.select(pl.col(name).cast(dtype) for name, dtype in DISAGREEMENT.items())


def _weighed(linker: "Linker", opened: Any) -> pl.DataFrame:
    """The pairs that Splink weighed: left, right, weight, probability."""
    predicted = linker.inference.predict(threshold_match_probability=SEEN)
    answer = pl.from_arrow(opened.table(predicted.physical_name).to_arrow_table())
    assert isinstance(answer, pl.DataFrame)
    return answer.select(
        left=pl.col("record_l").cast(pl.Int64), right=pl.col("record_r").cast(pl.Int64),
        weight=pl.col("match_weight").cast(pl.Float64), probability=pl.col("match_probability").cast(pl.Float64),
    )  # fmt: skip


def _linker(
    opened: Any, settings: Mapping[str, Any], rows: pl.DataFrame, people: pl.DataFrame | None
) -> "Linker":
    from splink import DuckDBAPI, Linker

    # It warns of every level that no pair taught; those have the rates assumed above.
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=opened)
    tables = [(ROWS, rows)] if people is None else [(ROWS, rows), (PEOPLE, people)]
    registered = [
        api.register(table.with_row_index("record").select("record", *COMPARED).to_arrow(), table_name=name)
        for name, table in tables
    ]
    return Linker(registered, dict(settings), log_level=None)


def _settings() -> dict[str, Any]:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons
    from splink import SettingsCreator
    from splink.internals.blocking_rule_library import CustomRule

    name = comparisons.CustomComparison(
        output_column_name="canonical",
        comparison_levels=[
            levels.NullLevel("canonical"),
            levels.ExactMatchLevel("canonical", term_frequency_adjustments=True),
            levels.ExactMatchLevel("sound", term_frequency_adjustments=True),
            levels.JaroWinklerLevel("canonical", 0.8),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only", unique_id_column_name="record",
        comparisons=[
            name, comparisons.DamerauLevenshteinAtThresholds("number", [1, 2]).configure(m_probabilities=NUMBERS_ASSUMED, u_probabilities=NUMBERS_BY_CHANCE),
            comparisons.DamerauLevenshteinAtThresholds("born", [1, 2]).configure(m_probabilities=BORN_ASSUMED),
            comparisons.ExactMatch("sex").configure(m_probabilities=SEX_ASSUMED),
            comparisons.ExactMatch("village").configure(m_probabilities=VILLAGE_ASSUMED),
        ],
        blocking_rules_to_generate_predictions=[CustomRule(condition) for condition in BLOCKS],
    ).create_settings_dict("duckdb")  # fmt: skip


def _shape(settings: Mapping[str, Any]) -> list[Any]:
    """Blocks and conditions of settings, without what was learned."""
    blocks = [
        rule if isinstance(rule, str) else rule["blocking_rule"]
        for rule in settings["blocking_rules_to_generate_predictions"]
    ]
    conditions = [
        [level["sql_condition"] for level in each["comparison_levels"]] for each in settings["comparisons"]
    ]
    return [blocks, conditions]
