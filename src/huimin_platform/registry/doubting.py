"""What rows would say that nobody could link, or whose cells could not be read, if they said it of somebody."""

import polars as pl

from huimin import matching
from huimin.registry.facts import facts_of
from huimin.tables.contract import Contract
from huimin_platform.intake import queries as intake
from huimin_platform.registry import queries
from huimin_platform.registry.changes import Within

# An amount that cannot be read is supposed to be a million yuan: more than any limit, less than any range.
SUPPOSED_FEN = 100_000_000


def doubtful(within: Within | None = None) -> pl.DataFrame:
    """The facts that doubtful rows would yield for each person they could belong to, of all or of some persons."""
    homes = queries.household_frame(within).select("person", "household")
    files = {file.pk: file for file in intake.current_files()}
    frames = [pl.DataFrame(schema=matching.tables.FACT)]
    for (number,), mine in queries.doubts_frame(within).group_by("file", maintain_order=True):
        file = files[int(str(number))]
        contract = intake.contracts()[file.dataset]
        rows = intake.rows_of(file)
        if file.refused_path:
            rows = pl.concat([rows, supposed(contract, intake.unsure_of(file).select(rows.columns))])
        role = pl.when(pl.col("role") == "").then(pl.lit(contract.mentions[0].role)).otherwise("role")
        links = mine.select(pl.col("file").cast(pl.String), "line", role.alias("role"), "person")
        rows = rows.join(links.select("line").unique(), on="line", how="semi")
        frames.append(facts_of(contract, rows, links, homes).select(list(matching.tables.FACT)))
    return pl.concat(frames)


def supposed(contract: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    """Refused rows with what could not be read put at its worst, so that an answer it could change is not given."""
    worst: dict[str, pl.Expr] = {}
    for rule in contract.facts:
        if rule.value and contract.column(rule.value).type == "money":
            worst[rule.value] = pl.col(rule.value).fill_null(SUPPOSED_FEN)
        for name, values in rule.where.items():
            worst[name] = pl.col(name).fill_null(pl.lit(next(iter(values))))
    return rows.with_columns(expression.alias(name) for name, expression in worst.items())
