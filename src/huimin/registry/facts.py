"""What the rows of a data set say of the persons they are about, as dated facts."""

import polars as pl

from huimin.tables.contract import Contract, FactRule
from huimin.tables.periods import bounds

SCHEMA: dict[str, pl.DataType] = {
    "person": pl.Int64(), "household": pl.Int64(), "kind": pl.String(), "value": pl.Int64(), "words": pl.String(),
    "started_on": pl.Date(), "ended_on": pl.Date(), "occurred_on": pl.Date(), "key": pl.String(),
    "file": pl.String(), "line": pl.Int64(),
}  # fmt: skip
# Two rows that agree in these say the same thing once.
SAME = ["person", "household", "kind", "value", "words", "started_on", "ended_on", "occurred_on", "key"]


def facts_of(
    contract: Contract, rows: pl.DataFrame, links: pl.DataFrame, homes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The facts of linked rows: person or household, kind, value, words, dates, key, file, line; each once.

    `links` are those of one file: file, line, role, person. `homes` says in which household a person lives
    (person, household); a fact about a household goes to that of the person in the rule's role, and is left
    out where the person has none. Rows that waited for a clerk yield nothing.
    """
    linked = links.filter(pl.col("person").is_not_null())
    found = [_by_rule(contract, rule, rows, linked, homes) for rule in contract.facts]
    return once(pl.concat(found)) if found else pl.DataFrame(schema=SCHEMA)


def once(facts: pl.DataFrame) -> pl.DataFrame:
    """The facts without repeats: of rows that say the same, the first stays the source."""
    return facts.unique(SAME, keep="first", maintain_order=True)


def _by_rule(
    contract: Contract, rule: FactRule, rows: pl.DataFrame, linked: pl.DataFrame, homes: pl.DataFrame | None
) -> pl.DataFrame:
    kept = rows.filter(_kept(rule, rows.columns))
    started, ended = bounds(contract, rule)
    nothing = pl.lit(None)
    value = pl.col(rule.value) if rule.value else nothing if rule.count is None else pl.lit(rule.count)
    words = pl.col(rule.words) if rule.words else nothing if rule.word is None else pl.lit(rule.word)
    keys = [pl.col(name).cast(pl.String).fill_null("") for name in rule.key]
    said = kept.with_columns(
        pl.lit(rule.of).alias("role"),
        pl.lit(rule.kind).alias("kind"),
        value.cast(pl.Int64, strict=False).alias("value"),
        words.cast(pl.String).alias("words"),
        started.cast(pl.Date).alias("started_on"),
        ended.cast(pl.Date).alias("ended_on"),
        (pl.col(rule.occurred) if rule.occurred else nothing).cast(pl.Date).alias("occurred_on"),
        (pl.concat_str(keys, separator="|") if keys else nothing).cast(pl.String).alias("key"),
    ).select("line", "role", "kind", "value", "words", "started_on", "ended_on", "occurred_on", "key")
    if rule.value:
        said = said.filter(pl.col("value").is_not_null())
    facts = said.join(
        linked.select("file", "line", "role", "person"), on=["line", "role"], maintain_order="left"
    )
    if contract.kinds[rule.kind].of == "household":
        known = (
            homes if homes is not None else pl.DataFrame(schema={"person": pl.Int64, "household": pl.Int64})
        )
        facts = facts.join(known.select("person", "household"), on="person").with_columns(
            pl.lit(None, pl.Int64).alias("person")
        )
    else:
        facts = facts.with_columns(pl.lit(None, pl.Int64).alias("household"))
    return facts.select(list(SCHEMA)).cast(SCHEMA)  # pyright: ignore[reportArgumentType]


def _kept(rule: FactRule, columns: list[str]) -> pl.Expr:
    kept = pl.lit(True)
    for name, values in rule.where.items():
        kept = kept & (
            pl.col(name).is_in(list(values)).fill_null(False) if name in columns else pl.lit(False)
        )
    for name, values in rule.unless.items():
        if name in columns:
            kept = kept & ~pl.col(name).is_in(list(values)).fill_null(False)
    return kept
