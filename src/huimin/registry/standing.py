"""The rows of a day linked to the registry as it stands, without resolving everything anew.

A whole run leaves its people and its rows behind. A day's rows go the same way as in a whole run, with what is known of
all rows as it was then. What only a whole run finds waits for the next one: that two persons are one, and that a row
which waited is now sure.
"""

from dataclasses import dataclass, replace

import polars as pl

from huimin.registry import booklet, completing, identity, placing, residue
from huimin.registry.identity import Resolution
from huimin.registry.numbering import TOLD, described, in_order
from huimin.registry.thresholds import Thresholds

PLACE = ["file", "line", "role"]
HOUSEHOLD = ["relation", "division", "residence"]
KEPT = [*PLACE, *(name for name in residue.ROWS if name != "mention"), *HOUSEHOLD]
# Steps whose links teach how often people have rows, places agree and the like; what was weighed was to be found.
SURE_STEPS = ("booklet", "new", "id", "id_completed", "relative", "id_repaired")


@dataclass(frozen=True)
class Standing:
    """`people`: the people of the booklets and the newcomers (one row for each number), with `person`.

    `rows`: all rows, with what is asked of rows linked before, `person` (null where the row waits) and `sure`.
    """

    people: pl.DataFrame
    rows: pl.DataFrame

    def without(self, rows: pl.DataFrame) -> "Standing":
        """The same without some rows (file, line), which count no more or are to be linked anew."""
        return Standing(
            self.people, self.rows.join(rows, on=["file", "line"], how="anti", maintain_order="left")
        )

    def with_later(self, later: "Standing") -> "Standing":
        """The same with the people and rows that a later day brought."""
        return Standing(pl.concat([self.people, later.people]), pl.concat([self.rows, later.rows]))


def of(resolution: Resolution, mentions: pl.DataFrame) -> Standing:
    """What a run leaves of the rows that it resolved."""
    told = (
        identity.in_order(mentions)
        .select(KEPT)
        .join(resolution.links, on=PLACE, how="left", maintain_order="left")
    )
    sure = pl.col("how").is_in(SURE_STEPS)
    people = resolution.people
    return Standing(people, told.with_columns(sure=sure).select(*KEPT, "person", "sure"))


def attach(
    mentions: pl.DataFrame,
    standing: Standing,
    highest: int,
    decided: pl.DataFrame | None = None,
    limits: Thresholds = identity.AS_MEASURED,
    left: pl.Series | None = None,
) -> Resolution:
    """The mentions of a day with their persons. `highest` is the greatest number that a person ever had.

    `persons` of the answer are those the rows are about and those whom rows have `left` that count no more, `people` those
    whom the day brought.
    """
    before = standing.rows.with_row_index("mention").with_columns(pl.col("mention").cast(pl.Int64))
    rows = identity.prepared(mentions).with_columns(pl.col("mention") + before.height)
    known = standing.people.with_columns(seed="person")
    fresh, entries = _entered(rows, known.drop("person"), highest + 1)
    people = pl.concat([known.drop("person"), fresh])
    outside = completing.unborne(rows, people)
    relatives = completing.by_hidden_relative(outside, people)
    people, newcomers = identity.with_newcomers(rows, outside, people, highest + 1 + fresh.height, relatives)
    found = [
        identity.how(entries, "booklet"),
        identity.how(relatives, "relative"),
        identity.how(newcomers, "new"),
    ]
    links, unlinked = identity.attached(rows, people, found)
    earlier = before.select(*residue.ROWS, "sure", seed="person")
    links, weights = identity.linked(unlinked, rows, people, links, limits, earlier)
    # Whoever is in no booklet is known by such rows alone, those of an earlier day and those of today.
    outside = people.filter(pl.col("household_no").is_null())["seed"].implode()
    of_newcomer = (pl.col("how") == "id") & pl.col("seed").is_in(outside)
    links = pl.concat([links.filter(~of_newcomer), identity.how(links.filter(of_newcomer), "new")])
    brought = people[known.height :]
    numbers = _numbers(brought, highest)
    told_of = links["seed"] if left is None else pl.concat([links["seed"], left.alias("seed")])
    touched = people.join(told_of.unique().to_frame(), on="seed", how="semi")
    persons = _persons(touched, before, rows, links, numbers)
    numbers = pl.concat([known.select("seed", "person").unique(), numbers])
    told = identity.told(rows, links, weights, persons, numbers, decided, limits)
    return replace(told, people=brought.join(numbers, on="seed"))


def _entered(rows: pl.DataFrame, people: pl.DataFrame, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People whom no booklet listed before, and all booklet rows with their seed (mention, seed)."""
    spine = booklet.of(rows)
    if spine.links.is_empty():
        return people.clear(), spine.links
    key = ["seed"]
    by_number = ["number", "canonical"]
    by_booklet = ["household_no", "canonical", "born_on"]
    mine = spine.people.select(*by_number, "household_no", "born_on", "form", mine="seed")
    same = pl.concat(
        [
            mine.filter(pl.col("form") == "valid").drop_nulls(by_number).join(people.select(*key, *by_number), on=by_number),
            mine.drop_nulls(by_booklet).join(people.select(*key, *by_booklet), on=by_booklet),
        ],
        how="diagonal",
    )  # fmt: skip
    same = same.select("mine", standing="seed").unique().filter(pl.len().over("mine") == 1)
    seeds = spine.links.rename({"seed": "mine"}).join(same, on="mine", how="left")
    seeds = seeds.with_columns(seed=pl.coalesce("standing", pl.col("mine") + first))
    fresh = spine.people.join(same, left_on="seed", right_on="mine", how="anti")
    fresh = fresh.with_columns(seed=pl.col("seed") + first).select(
        pl.col(name).cast(kind) for name, kind in people.schema.items()
    )
    # Seeds of newcomers come after these.
    return _closed_up(fresh, seeds, first)


def _closed_up(fresh: pl.DataFrame, seeds: pl.DataFrame, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fresh seeds numbered on without gaps."""
    order = fresh.select("seed").unique().sort("seed")
    order = order.with_columns(closed=pl.int_range(first, first + order.height, dtype=pl.Int64))
    fresh = fresh.join(order, on="seed", maintain_order="left").with_columns(seed="closed").drop("closed")
    seeds = seeds.select("mention", "seed").join(order, on="seed", how="left", maintain_order="left")
    return fresh, seeds.select("mention", seed=pl.coalesce("closed", "seed"))


def _numbers(brought: pl.DataFrame, highest: int) -> pl.DataFrame:
    """Persons' numbers for new seeds, in the order of what the rows say: seed, person."""
    order = brought[in_order(brought)].select("seed")
    order = order.filter(pl.col("seed").is_first_distinct())
    return order.with_columns(person=pl.int_range(highest + 1, highest + 1 + order.height, dtype=pl.Int64))


def _persons(
    people: pl.DataFrame, before: pl.DataFrame, rows: pl.DataFrame, links: pl.DataFrame, numbers: pl.DataFrame
) -> pl.DataFrame:
    """The persons whom the rows are about, as all their rows tell: seed, person and what `described` says."""
    earlier = before.join(people.select("seed").unique(), left_on="person", right_on="seed", how="semi")
    today = rows.select("card", "phone").with_columns(placing.seeds(rows, links))
    told = pl.concat([earlier.select("card", "phone", seed="person"), today])
    frame = described(people, told).join(numbers, on="seed", how="left")
    return frame.with_columns(person=pl.coalesce("person", "seed")).select("seed", "person", *TOLD)
