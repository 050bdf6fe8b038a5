"""When a resident is asked about a service 满意度回访: by the platform alone, and seldom enough to be answered.

A question is about one order, one provider and one month. The first is asked as soon as a visit counts, so that a bad start
is heard of at once; each later one when its month is over. While one waits for its answer no other is asked about that order
and provider, and what is longer ago than three months is not asked about at all.
"""

from datetime import date

import polars as pl

from huimin.delivery.schedule import add_months

REMEMBERED_MONTHS = 3
OF_ORDER = ("order", "contract")


def due(served: pl.DataFrame, asked: pl.DataFrame, *, today: date) -> pl.DataFrame:
    """What to ask now: order, contract and month, the latest month of each order and contract.

    `served` has a row for each order, contract and month in which a visit counts, `asked` one for each question there ever
    was, with whether it is still `open`. A month is its first day. What is asked is never asked again.

    >>> served = pl.DataFrame({"order": [1], "contract": ["C1"], "month": [date(2026, 7, 1)]})
    >>> never = pl.DataFrame(schema=served.schema | {"open": pl.Boolean})
    >>> due(served, never, today=date(2026, 7, 3)).rows()
    [(1, 'C1', datetime.date(2026, 7, 1))]
    """
    this_month = today.replace(day=1)
    before = asked.group_by(OF_ORDER).agg(pl.col("month").max().alias("last"), pl.col("open").any())
    fresh = served.join(before, on=OF_ORDER, how="left").filter(
        pl.col("month") > add_months(this_month, -1 - REMEMBERED_MONTHS),
        pl.col("month") <= this_month,
        ~pl.col("open").fill_null(False),
        pl.col("last").is_null() | (pl.col("month") > pl.col("last")) & (pl.col("month") < this_month),
    )
    return fresh.group_by(OF_ORDER).agg(pl.col("month").max()).sort(OF_ORDER)
