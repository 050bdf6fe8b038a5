"""Facts of the registry as columns of persons and households, as the rules declare them."""

from collections.abc import Callable, Collection
from datetime import date, timedelta

import polars as pl

from huimin.matching.tables import Period, Tables, live_on, members
from huimin.rules import PolicyError, Population
from huimin.rules.casework import code
from huimin.rules.checking import MOST_MEMBERS
from huimin.rules.facts import FactDeclaration, Facts, Level


def population(
    declared: Facts,
    tables: Tables,
    on: date,
    period: Period,
    *,
    data_sets: Collection[str] | None = None,
    households: pl.Series | None = None,
    with_doubtful: Collection[str] = (),
) -> Population:
    """The households of the registry on a day, with the facts that rules use.

    `data_sets` names what has been delivered: a fact of a data set that never came is not known, which is not
    zero; then what an officer has verified of it counts. `households` limits the work to some. `with_doubtful` names
    kinds of facts whose doubtful rows are given to their candidates. A value outside its declared range is taken as not
    known. Collective booklets are left out.
    """
    homes = tables.households if households is None else _only(tables.households, households)
    belonging = members(tables, on).join(homes.select("household"), on="household", how="semi")
    belonging = belonging.filter(pl.len().over("household") <= MOST_MEMBERS)
    homes = homes.join(belonging.select("household").unique(), on="household", how="semi")
    build = _Builder(declared, tables, belonging, on, period, data_sets, with_doubtful)
    persons = build.columns("person", belonging.join(tables.persons, on="person", how="left"))
    return Population.of(build.columns("household", homes), persons, declared)


class _Builder:
    """Fills the declared facts of persons and of households."""

    def __init__(
        self,
        declared: Facts,
        tables: Tables,
        belonging: pl.DataFrame,
        on: date,
        period: Period,
        data_sets: Collection[str] | None,
        with_doubtful: Collection[str],
    ) -> None:
        self.declared, self.on, self.period, self.data_sets = declared, on, period, data_sets
        found = tables.facts
        if with_doubtful:
            doubtful = tables.doubtful.filter(pl.col("kind").is_in(list(with_doubtful)))
            found = pl.concat([found, doubtful.select(found.columns)])
        self.facts, self.earlier = (_at_home(each, belonging) for each in (found, tables.earlier))
        self.verified = {kind for kind in found["kind"].unique() if kind in declared}

    def columns(self, level: Level, frame: pl.DataFrame) -> pl.DataFrame:
        """The table with a column for every declared fact of the level; what no register holds is not known."""
        keys = ["household"] + (["person"] if level == "person" else ["division"])
        wanted = [fact for fact in self.declared.values() if fact.level == level]
        own = {fact.name: frame[fact.source["column"]] for fact in wanted if "column" in fact.source}
        nowhere = [pl.lit(None).alias(fact.name) for fact in wanted if not fact.source]
        out = frame.select(keys).with_columns(*nowhere, **own)
        for fact in wanted:
            if "kind" in fact.source:
                out = self._filled(out, fact, level)
        for fact in wanted:
            if fact.key in self.verified:
                out = self._verified(out, fact, level)
        return out

    def _verified(self, out: pl.DataFrame, fact: FactDeclaration, level: Level) -> pl.DataFrame:
        """What officers verified of a fact stands where no register says anything."""
        said = self.facts.filter(
            (pl.col("kind") == fact.key) & pl.col(level).is_not_null() & live_on(self.on)
        )
        told = said.select(level, told="words").unique(level, keep="last")
        codes = {value: coded(fact, value) for value in told["told"].unique().drop_nulls()}
        own = pl.col("told").replace_strict(codes, default=None, return_dtype=pl.Int64)
        joined = out.join(told, on=level, how="left", maintain_order="left")
        return joined.with_columns(pl.coalesce(fact.name, _as_column(fact, own, out.schema[fact.name]))).drop(
            "told"
        )

    def _filled(self, out: pl.DataFrame, fact: FactDeclaration, level: Level) -> pl.DataFrame:
        if self.data_sets is not None and fact.data_sets and not set(fact.data_sets) & set(self.data_sets):
            return out.with_columns(pl.lit(None, pl.Int64).alias(fact.name))
        told = self.earlier if fact.source["over"] == EARLIER else self.facts
        rows = told.filter((pl.col("kind") == fact.source["kind"]) & pl.col(level).is_not_null())
        rows = rows.filter(OVER[fact.source["over"]](self.on, self.period))
        take = fact.source["take"]
        value = TAKE[take](self.period).alias(fact.name)
        found = rows.group_by(level).agg(value)
        filled = out.join(found, on=level, how="left").with_columns(pl.col(fact.name).fill_null(EMPTY[take]))
        return filled.with_columns(_in_range(fact)) if fact.type.shape == "number" else filled


def _at_home(facts: pl.DataFrame, belonging: pl.DataFrame) -> pl.DataFrame:
    """The facts with the household of whom they are about."""
    joined = facts.join(belonging.rename({"household": "home"}), on="person", how="left")
    return joined.with_columns(household=pl.coalesce("household", "home")).drop("home")


def coded(fact: FactDeclaration, value: str) -> int | None:
    """A value as worked cases write it, as rules compute with it; None where this release cannot hold it."""
    try:
        found = code(fact.type, value, fact.name)
    except PolicyError:
        return None
    if found is not None and fact.type.shape in ("number", "date"):
        return found if fact.type.low <= found <= fact.type.high else None
    return found


def _as_column(fact: FactDeclaration, own: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Coded values in the form of the column that they stand in for."""
    if dtype == pl.Boolean:
        return own.cast(pl.Boolean)
    if dtype == pl.Date:
        return own.cast(pl.Int32).cast(pl.Date)
    if dtype == pl.String:
        return own.replace_strict(dict(enumerate(fact.type.values)), default=None, return_dtype=pl.String)
    return own


def _in_range(fact: FactDeclaration) -> pl.Expr:
    value = pl.col(fact.name)
    return pl.when(value.is_between(int(fact.type.low), int(fact.type.high))).then(value)


def _only(frame: pl.DataFrame, households: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col("household").is_in(households.unique().implode()))


def _in_period(on: date, period: Period) -> pl.Expr:
    occurred = pl.col("occurred_on").is_between(period.started_on, period.ended_on, closed="left")
    from_before_end = pl.col("started_on").is_null() | (pl.col("started_on") < period.ended_on)
    to_after_start = pl.col("ended_on").is_null() | (pl.col("ended_on") > period.started_on)
    return (
        pl.when(pl.col("occurred_on").is_not_null())
        .then(occurred)
        .otherwise(from_before_end & to_after_start)
    )


def _in_tax_year(on: date, period: Period) -> pl.Expr:
    year = pl.coalesce("started_on", "occurred_on").dt.year()
    return year.is_null() | (year == period.tax_year)


def _in_tax_year_before(on: date, period: Period) -> pl.Expr:
    return pl.coalesce("started_on", "occurred_on").dt.year() == period.tax_year - 1


def _so_far(on: date, period: Period) -> pl.Expr:
    return pl.col("occurred_on").is_null() | (pl.col("occurred_on") <= on)


# What an earlier delivery said is asked for whole: it holds no longer on any day.
EARLIER = "earlier"
OVER: dict[str, Callable[[date, Period], pl.Expr]] = {
    "period": _in_period,
    "tax_year": _in_tax_year,
    "tax_year_before": _in_tax_year_before,
    "now": lambda on, period: live_on(on) & _so_far(on, period),
    # A file of what was paid up to last month says nothing of today.
    "period_end": lambda on, period: live_on(period.ended_on - timedelta(days=1)),
    "ever": _so_far,
    EARLIER: lambda on, period: pl.lit(True),
}


def month_number(day: pl.Expr) -> pl.Expr:
    """Months counted through, so that a difference is a number of months."""
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)


def _months_each(period: Period) -> pl.Expr:
    """For how many months of the period each amount was paid."""
    first = month_number(
        pl.max_horizontal(pl.col("started_on").fill_null(period.started_on), period.started_on)
    )
    last = month_number(pl.min_horizontal(pl.col("ended_on").fill_null(period.ended_on), period.ended_on))
    return (last - first).clip(0)


def _paid_months(period: Period) -> pl.Expr:
    """An amount a month, for each month of the period that it was paid."""
    return (pl.col("value") * _months_each(period)).sum()


def _months_count(period: Period) -> pl.Expr:
    """The months of the period that anything was paid for, counted by the longest run."""
    return _months_each(period).max()


TAKE: dict[str, Callable[[Period], pl.Expr]] = {
    "sum": lambda period: pl.col("value").sum(),
    "count": lambda period: pl.col("value").fill_null(1).sum(),
    "any": lambda period: pl.lit(True),
    "none": lambda period: pl.lit(False),
    "least": lambda period: pl.col("value").min(),
    "months": _paid_months,
    "months_count": _months_count,
}
# What a person has in whom no such fact is found, once the data set has come.
EMPTY = {"sum": 0, "count": 0, "any": False, "none": True, "least": 0, "months": 0, "months_count": 0}
