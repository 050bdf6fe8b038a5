"""When a fact holds, as expressions over the columns of its data set: half-open, the end excluded."""

import polars as pl

from huimin.tables.definitions import Contract, FactRule


def bounds(contract: Contract, rule: FactRule) -> tuple[pl.Expr, pl.Expr]:
    """The first day of a rule's facts and the first day on which they no longer hold.

    Null where the rule has no period, or the row leaves that end open.
    """
    period = rule.period
    nothing = pl.lit(None, dtype=pl.Date)
    if period is None:
        return nothing, nothing
    if period.year is not None:
        return _first_of_year(pl.col(period.year)), _first_of_year(pl.col(period.year) + 1)
    started = pl.col(period.start) if period.start else nothing
    if period.until is not None:
        return started, pl.col(period.until)
    if period.through is None:
        return started, nothing
    step = "1mo" if contract.column(period.through).type == "month" else "1d"
    return started, pl.col(period.through).dt.offset_by(step)


def _first_of_year(year: pl.Expr) -> pl.Expr:
    return pl.date(year.cast(pl.Int32), 1, 1)
