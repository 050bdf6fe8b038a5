"""What policies say under doubt: entitled only when no doubtful row could change the answer."""

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

import polars as pl

from huimin.matching import partners
from huimin.matching.population import population
from huimin.matching.tables import Period, Tables, members
from huimin.rules import ParameterSet, PolicyBook, batch
from huimin.rules.explanation import Status

NOTHING: Status = "not_entitled"


def decide(
    book: PolicyBook,
    names: Iterable[str],
    tables: Tables,
    on: date,
    period: Period,
    parameters: Iterable[ParameterSet] = (),
    *,
    data_sets: Collection[str] | None = None,
    cache_folder: Path | None = None,
) -> pl.DataFrame:
    """What policies say of every household: policy, household, status, amount_fen, missing.

    Every household is asked without the doubtful rows. Where some could belong to its members it is asked again
    with them all, and with each kind of them alone; where one would make two households one, both are asked as one as
    well, and who may be one of the other household is given nothing a second time. The status stands where all agree, and
    is unknown where they do not; the amount is the least of them. `missing` then lists the doubtful rows as FILE:LINE.
    """
    names, parameters = tuple(names), tuple(parameters)

    def asked(of: Tables, homes: pl.Series | None = None, kinds: Collection[str] = ()) -> pl.DataFrame:
        people = population(
            book.facts, of, on, period, data_sets=data_sets, households=homes, with_doubtful=kinds
        )
        found = batch(book, names, people, on, parameters, cache_folder=cache_folder)
        return found.with_columns(pl.col("policy", "status").cast(pl.String))

    base = asked(tables)
    touched, pairs = _touched(tables, on), partners.in_doubt(tables, on)
    others = [asked(tables, homes, kinds) for kinds, homes in _scenarios(touched)]
    if pairs.height:
        joined = partners.as_one(tables, pairs, on)
        found = asked(joined.tables).rename({"household": "pair"}).join(joined.homes, on="pair")
        others.append(found.select(base.columns))
        # Who is one of the other household is given everything there, and nothing here a second time.
        twice = found.filter(~pl.col("left")).with_columns(
            status=pl.lit(NOTHING), amount_fen=pl.lit(0, pl.Int64)
        )
        others.append(twice.with_columns(missing=pl.lit([], pl.List(pl.String))).select(base.columns))
    if not others:
        return base
    sides = (
        pairs.select("row", household=pl.col(side)).select("household", "row")
        for side in ("household", "joining")
    )
    return _agreed(base, pl.concat(others), pl.concat([touched.select("household", "row"), *sides]))


def _touched(tables: Tables, on: date) -> pl.DataFrame:
    """The doubtful rows by household: household, kind, row."""
    if tables.doubtful.is_empty():
        return pl.DataFrame(schema={"household": pl.Int64, "kind": pl.String, "row": pl.String})
    homes = members(tables, on).rename({"household": "home"})
    rows = tables.doubtful.join(homes, on="person", how="left")
    rows = rows.select(
        household=pl.coalesce("household", "home"),
        kind="kind",
        row=pl.format("{}:{}", "file", "line"),
    )
    return rows.drop_nulls("household").unique().sort("household", "kind", "row")


def _scenarios(touched: pl.DataFrame) -> list[tuple[list[str], pl.Series]]:
    """The kinds of doubtful rows to give out, and the households to ask with them."""
    if touched.is_empty():
        return []
    everything = touched["kind"].unique().sort().to_list()
    scenarios = [(everything, touched["household"].unique().sort())]
    several = touched.filter(pl.col("kind").n_unique().over("household") > 1)
    scenarios += [
        ([kind], several.filter(pl.col("kind") == kind)["household"].unique().sort())
        for kind in several["kind"].unique().sort().to_list()
    ]
    return scenarios


def _agreed(base: pl.DataFrame, others: pl.DataFrame, touched: pl.DataFrame) -> pl.DataFrame:
    rows = touched.group_by("household").agg(rows=pl.col("row").unique().sort())
    key = ["policy", "household"]
    seen = others.group_by(key).agg(
        statuses=pl.col("status").unique(),
        least=pl.col("amount_fen").min(),
        lacking=pl.col("missing").explode().drop_nulls().unique().sort(),
    )
    found = base.join(seen, on=key, how="left", maintain_order="left").join(rows, on="household", how="left")
    touched_here = pl.col("statuses").is_not_null()
    agrees = ~touched_here | (
        (pl.col("statuses").list.len() == 1) & (pl.col("statuses").list.first() == pl.col("status"))
    )
    same_amount = pl.col("least").is_null() | (pl.col("least") >= pl.col("amount_fen"))
    lacking = pl.concat_list(
        "missing",
        pl.col("lacking").fill_null([]),
        pl.when(agrees & same_amount).then([]).otherwise("rows").fill_null([]),
    )
    return found.select(
        "policy",
        "household",
        status=pl.when(agrees).then("status").otherwise(pl.lit("unknown")),
        amount_fen=pl.when(agrees).then(pl.min_horizontal("amount_fen", "least")),
        missing=lacking.list.unique().list.sort(),
    )
