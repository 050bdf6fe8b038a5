"""Cells merged downwards: what the first one says, it says of all the rows that the cell reaches over."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from huimin.intake.grid import Chunk
from huimin.intake.layout import Layout

# An amount over several rows is one amount; repeated, it would count several times.
COUNTED = ("money", "integer", "decimal")


def unmerged(
    chunks: Iterator[Chunk], layout: Layout, merged: Sequence[tuple[int, int, int, str]]
) -> Iterator[Chunk]:
    """The chunks with every merged cell filled down, those of amounts and counts left as they are."""
    places = {
        place for name, place in layout.places.items() if layout.contract.column(name).type not in COUNTED
    }
    reaching = [each for each in merged if each[0] in places and each[1] > layout.line]
    if not reaching:
        return chunks
    schema = {"place": pl.Int64, "first": pl.Int64, "last": pl.Int64, "said": pl.String}
    table = pl.DataFrame(reaching, schema=schema, orient="row").sort("first")
    return (replace(chunk, frame=_filled(chunk.frame, table)) for chunk in chunks)


def _filled(frame: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """The rows, which stand in the order of their lines, with empty cells filled by the merged one that reaches them."""
    filled = []
    for (place,), mine in merged.group_by("place"):
        above = frame.select("line", cell=f"c{place}").join_asof(
            mine.select("first", "last", "said"), left_on="line", right_on="first", strategy="backward"
        )
        empty = pl.col("cell").fill_null("").str.strip_chars() == ""
        said = pl.when(empty & (pl.col("line") <= pl.col("last"))).then("said").otherwise("cell")
        filled.append(above.select(said.alias(f"c{place}")).to_series())
    return frame.with_columns(filled)
