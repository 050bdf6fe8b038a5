"""Records of strangers' registers linked or grouped by whatever columns they have: which two are one person.

The registry's own rows go through `identity`, which knows booklets, numbers and households. A register of another shape
(a neighbouring county's, a charity's, one written in Latin letters) is told as a mapping of its columns to kinds of
content; which pairs to compare and what agreement means is learned from the records themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from huimin.registry import comparisons, training, weighing
from huimin.registry.comparisons import Model

# Pairs to compare for each record, at most, for the sake of one block.
PAIRS_A_RECORD = 60
BLOCKS_TO_LEARN_FROM = 3
LIKELY = 0.5
SURE = 0.95


@dataclass(frozen=True)
class Field:
    """What a column holds (text, code or category), and the column that its content is found in by mistake."""

    kind: str
    changed_places_with: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in comparisons.KINDS:
            raise ValueError(f"A column holds one of {', '.join(comparisons.KINDS)}, not {self.kind!r}.")


def learn(records: pl.DataFrame, others: pl.DataFrame | None, fields: Mapping[str, Field]) -> Model:
    """The model for records with these columns, learned from them without knowing any answer.

    `records` and `others` have `record`, a whole number, and the columns of `fields` as text, null where there is
    nothing. Without others two of `records` can be one person.
    """
    columns = ["record", *fields]
    compared = tuple(_compared(name, field) for name, field in fields.items())
    chosen = _blocks(records, records if others is None else others, fields)
    if not chosen:
        raise ValueError("No column tells people apart well enough to begin with.")
    swapped = [
        f"l.{name} = r.{field.changed_places_with}"
        for name, field in fields.items()
        if name in chosen and field.changed_places_with
    ]
    plain = [f"l.{name} = r.{name}" for name in chosen]
    model = Model(compared, (*plain, *swapped))
    mine, theirs = records.select(columns), None if others is None else others.select(columns)
    return training.trained(mine, theirs, model, plain[:BLOCKS_TO_LEARN_FROM])


def link(records: pl.DataFrame, others: pl.DataFrame, model: Model, *, sure: float = LIKELY) -> pl.DataFrame:
    """Each record with the one of the others that is the same person: left, right, probability.

    Nobody stands in either register twice, so a pair is told only if each is the other's likeliest.
    """
    pairs = _likely(weighing.weighed(_for(model, records), _for(model, others), model), others.height, sure)
    best = pairs.sort("probability", "left", "right", descending=[True, False, False])
    for side in ("left", "right"):
        best = best.filter(pl.col("probability") == pl.col("probability").max().over(side))
        best = best.unique(side, keep="first", maintain_order=True)
    return best.sort("left", "right")


def group(records: pl.DataFrame, model: Model, *, sure: float = SURE) -> pl.DataFrame:
    """Each record with the least record of the same person: record, person.

    Who is like one of two is like both, so one wrong pair joins all records of two people: it must be surer than a link.
    """
    pairs = _likely(weighing.weighed(_for(model, records), None, model), records.height, sure)
    return joined(records["record"], pairs)


def joined(records: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """The least record that each can be reached from over the pairs (left, right): record, person."""
    found = pl.DataFrame({"record": records, "person": records})
    both = pl.concat([pairs.select("left", "right"), pairs.select(left="right", right="left")])
    while True:
        reached = (
            both.join(found, left_on="right", right_on="record").group_by("left").agg(pl.col("person").min())
        )
        nearer = found.join(
            reached, left_on="record", right_on="left", how="left", suffix="_reached", maintain_order="left"
        )
        least = nearer.select("record", person=pl.min_horizontal("person", "person_reached"))
        if least.equals(found):
            return found
        found = least


def _compared(name: str, field: Field) -> comparisons.Comparison:
    if field.kind == "text":
        return comparisons.text(name, field.changed_places_with)
    return comparisons.KINDS[field.kind](name)


def _blocks(records: pl.DataFrame, others: pl.DataFrame, fields: Mapping[str, Field]) -> list[str]:
    """The columns that few enough pairs agree in, the fewest first."""
    counts = {}
    for name in fields:
        mine = records.group_by(name).len().drop_nulls()
        theirs = others.group_by(name).len("other").drop_nulls()
        counts[name] = mine.join(theirs, on=name).select((pl.col("len") * pl.col("other")).sum()).item()
    most = PAIRS_A_RECORD * max(records.height, others.height)
    return sorted((name for name in fields if counts[name] <= most), key=lambda name: (counts[name], name))


def _likely(pairs: pl.DataFrame, people: int, sure: float) -> pl.DataFrame:
    odds = 2.0 ** pl.col("weight").clip(-60, 60) / max(people, 1)
    return pairs.select("left", "right", probability=odds / (1 + odds)).filter(pl.col("probability") >= sure)


def _for(model: Model, records: pl.DataFrame) -> pl.DataFrame:
    return records.select("record", *(each.name for each in model.comparisons))
