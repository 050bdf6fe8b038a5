"""Small counts left out of published figures, with those from which they could be worked out again."""

from collections.abc import Sequence

import polars as pl

# No published figure stands for fewer people than this.
FEWEST = 10


def shown(count: int | None, fewest: int = FEWEST) -> int | None:
    """The count if it may be published, else nothing. Zero may: it is about nobody.

    >>> shown(12), shown(9), shown(0)
    (12, None, 0)
    """
    return count if count is None or count == 0 or count >= fewest else None


def suppressed(
    table: pl.DataFrame, count: str, within: Sequence[str] = (), fewest: int = FEWEST
) -> pl.DataFrame:
    """The table with small counts null, and with a second one null wherever one alone could be told.

    Rows of one group (the values of `within`) add up to a total that is known. Where a single row of the
    group is left out, or those left out together are fewer than `fewest`, the smallest one still shown is
    left out as well: the difference from the total then tells nothing.
    """
    place = "__place"
    keys = [pl.col(name) for name in within] or [pl.lit(0)]
    marked = table.with_row_index(place).with_columns(
        __small=((pl.col(count) > 0) & (pl.col(count) < fewest)).fill_null(False)
    )
    marked = _with_partners(marked, count, keys, fewest)
    # Taking one more can leave the sum of the hidden still small; then the next smallest follows.
    while True:
        again = _with_partners(marked, count, keys, fewest)
        if again["__small"].equals(marked["__small"]):
            break
        marked = again
    hidden = pl.when(~pl.col("__small")).then(pl.col(count))
    return marked.with_columns(hidden.alias(count)).drop(place, "__small")


def _with_partners(marked: pl.DataFrame, count: str, keys: list[pl.Expr], fewest: int) -> pl.DataFrame:
    """One more row hidden in each group whose hidden rows could be told from the total."""
    hidden = pl.col("__small")
    alone = hidden.sum().over(keys) == 1
    few = pl.col(count).filter(hidden).sum().over(keys) < fewest
    exposed = hidden.any().over(keys) & (alone | few)
    open_count = pl.when(~hidden & (pl.col(count) > 0)).then(pl.col(count))
    partner = exposed & (open_count.rank("ordinal").over(keys) == 1)
    return marked.with_columns(__small=hidden | partner.fill_null(False))
