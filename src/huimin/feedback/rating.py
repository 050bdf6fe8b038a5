"""What a provider is worth to those it serves 服务评价, said so that few answers do not say much.

Each person counts once, with the mean of all answers given within a year. The mean of a provider's persons is drawn toward
that of its division, and that toward the middle of the scale, as if ten more persons had answered with it: the credibility
estimate n/(n+k) of Bühlmann (ASTIN Bulletin 4, 1967, 199-207), an empirical-Bayes shrinkage as in Efron and Morris (Journal
of the American Statistical Association 70, 1975, 311-319). k is fixed, because a county has too few providers to learn it:
ten is right where one part in eleven of all that scores differ is the providers' doing.
"""

import polars as pl

from huimin.feedback.scale import SCALE

DAYS = 365
# As many persons as the mean that is drawn to counts for.
WEIGHT = 10
LOWEST, HIGHEST = float(SCALE[0].score), float(SCALE[-1].score)
NEUTRAL = (LOWEST + HIGHEST) / 2
# The variance of persons about their provider while few have answered: that of one who could have said anything.
VAGUE = (len(SCALE) ** 2 - 1) / 12
# The half width of an interval that holds nine of ten, in standard deviations.
NINE_OF_TEN = 1.645


def ratings(answers: pl.DataFrame, providers: pl.DataFrame) -> pl.DataFrame:
    """One row a provider: how many persons and answers, their mean, the estimate with its likely range, and what it is
    drawn to; a provider that nobody has rated has the division's estimate.

    `answers` has provider, person, score and answered_at, `providers` provider and division. Scores are 1 to 5. Where
    nobody of a division has answered, its providers are left out.

    >>> answers = pl.DataFrame({"provider": ["A"] * 3, "person": [1, 1, 2], "score": [5, 3, 5]})
    >>> ratings(answers, pl.DataFrame({"provider": ["A"], "division": ["330127"]})).select("persons", "answers", "mean").rows()
    [(2, 3, 4.5)]
    """
    persons = answers.group_by("provider", "person").agg(pl.col("score").mean(), pl.len().alias("answers"))
    persons = persons.join(providers, on="provider")
    counted = persons.group_by("provider").agg(
        pl.len().cast(pl.Int64).alias("persons"), pl.col("answers").sum().cast(pl.Int64), pl.col("score").mean().alias("mean")
    )  # fmt: skip
    spread = persons.with_columns(off=(pl.col("score") - pl.col("score").mean().over("provider")) ** 2)
    divisions = spread.group_by("division").agg(
        pl.len().cast(pl.Int64).alias("division_persons"),
        _drawn(pl.col("score").sum(), pl.len(), pl.lit(NEUTRAL)).alias("division_estimate"),
        # A provider's own mean takes one of its persons.
        _drawn(pl.col("off").sum(), pl.len() - pl.col("provider").n_unique(), pl.lit(VAGUE)).alias(
            "variance"
        ),
    )
    found = providers.join(divisions, on="division").join(counted, on="provider", how="left")
    found = found.with_columns(pl.col("persons", "answers").fill_null(0))
    total = (pl.col("mean") * pl.col("persons")).fill_null(0.0)
    found = found.with_columns(
        estimate=_drawn(total, pl.col("persons"), pl.col("division_estimate")),
        half=NINE_OF_TEN * (pl.col("variance") / (pl.col("persons") + WEIGHT)).sqrt(),
    )
    return found.select(
        "provider", "division", "persons", "answers", "mean", "estimate",
        (pl.col("estimate") - pl.col("half")).clip(lower_bound=LOWEST).alias("low"),
        (pl.col("estimate") + pl.col("half")).clip(upper_bound=HIGHEST).alias("high"),
        "division_estimate", "division_persons",
    ).sort("provider")  # fmt: skip


def _drawn(total: pl.Expr, count: pl.Expr, toward: pl.Expr) -> pl.Expr:
    """The mean of so many values, drawn to another as if `WEIGHT` more had that one."""
    return (total + WEIGHT * toward) / (count + WEIGHT)
