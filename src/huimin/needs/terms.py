"""Until when somebody answers for a need: within 72 hours, and where many are found at once, the most pressing first."""

from datetime import datetime, timedelta

import polars as pl

from huimin.needs.book import NEED_LEVELS

# Somebody answers within three days 七十二小时响应, whatever the calendar says.
RESPONSE = timedelta(hours=72)


def terms(found: pl.DataFrame, *, at: datetime, a_day: int) -> pl.DataFrame:
    """The needs found at one time, each with the time to answer by, the latest place in the queue, and how many its place has.

    `found` has a key, level and place for each. A place answers `a_day` of them a day. Those that it can answer within 72
    hours have the 72 hours that the plan promises; a whole county seen for the first time has more, and the rest
    follow in the order of their level, day by day. Adds `respond_by` and `found_with`, which is zero where 72 hours hold.

    >>> found = pl.DataFrame({"key": ["a", "b"], "level": ["esteem", "subsistence"], "place": ["p", "p"]})
    >>> terms(found, at=datetime(2026, 7, 1), a_day=10)["found_with"].to_list()
    [0, 0]
    """
    assert a_day > 0, "a place that answers nothing has no terms"
    level = pl.col("level").replace_strict(
        {name: n for n, name in enumerate(NEED_LEVELS)}, return_dtype=pl.Int8
    )
    turn = pl.struct(level.alias("level"), "key").rank("ordinal").over("place")
    ranked = found.with_columns(turn=turn.cast(pl.Int64), many=pl.len().over("place").cast(pl.Int64))
    days = pl.max_horizontal((pl.col("turn") + a_day - 1) // a_day, RESPONSE.days)
    return ranked.with_columns(
        respond_by=pl.lit(at) + pl.duration(days=days),
        found_with=pl.when(days > RESPONSE.days).then("many").otherwise(0).cast(pl.Int32),
    ).drop("turn", "many")
