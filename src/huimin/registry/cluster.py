"""Pairs weighed on a cluster: Spark carries the records, each executor weighs the pairs of its share.

Needs PySpark and Java, which only a cluster wants: `pip install huimin[cluster]`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from huimin.registry import weighing
from huimin.registry.comparisons import Model

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession  # pyright: ignore[reportMissingImports] - who has no cluster has no Spark

SHARE = "huimin_share"


class Cluster:
    """Weighs pairs on the executors of `spark`, for `identity.resolve`: the same pairs and weights as on one machine.

    Records that agree in `together`, for the registry the sound of the name, go to the same of so many `shares`.
    """

    def __init__(self, spark: "SparkSession", shares: int, together: str = "sound") -> None:
        self.spark, self.shares, self.together = spark, shares, together

    def __call__(
        self,
        records: pl.DataFrame,
        others: pl.DataFrame,
        model: Model,
        rarity: Mapping[str, pl.DataFrame],
    ) -> pl.DataFrame:
        """What `weighing.weighed` says. ValueError for a model that compares records which do not agree in `together`."""
        agree = f"l.{self.together} = r.{self.together}"
        if apart := [block for block in model.blocks if not block.startswith(agree)]:
            raise ValueError(
                f"Records that do not agree in {self.together} would meet on no executor: {apart[0]}"
            )
        if records.is_empty() or others.is_empty():
            return pl.DataFrame(schema=weighing.schema(model))
        left = weighing.with_rarity(records, model, rarity)

        def weigh(ours: pa.Table, theirs: pa.Table) -> pa.Table:
            mine, known = (pl.DataFrame(each).drop(SHARE) for each in (ours, theirs))
            if mine.is_empty() or known.is_empty():
                found = pl.DataFrame(schema=weighing.schema(model))
            else:
                found = weighing.of_tables(mine, known, model)
            return found.to_arrow(compat_level=pl.CompatLevel.oldest())

        sides = [self._shared(each).groupBy(SHARE) for each in (left, others)]
        found = sides[0].cogroup(sides[1]).applyInArrow(weigh, _columns(model))
        return pl.DataFrame(found.toArrow()).cast(weighing.schema(model))  # pyright: ignore[reportArgumentType]

    def _shared(self, records: pl.DataFrame) -> "DataFrame":
        """The records as Spark holds them, each with its share."""
        from pyspark.sql import functions  # pyright: ignore[reportMissingImports]

        table = self.spark.createDataFrame(records.to_arrow(compat_level=pl.CompatLevel.oldest()))
        return table.withColumn(SHARE, functions.expr(f"pmod(hash({self.together}), {self.shares})"))


def _columns(model: Model) -> str:
    """The columns of the answer, in Spark's words."""
    parts = ", ".join(f"`{each.name}`: float" for each in model.comparisons)
    return f"`left` bigint, `right` bigint, `weight` double, `evidence` struct<{parts}>"
