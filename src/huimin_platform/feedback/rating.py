"""What residents say of providers becomes their rating, kept by supply, where whoever chooses a provider finds it."""

from datetime import date, datetime, timedelta

import polars as pl

from huimin.feedback import rating
from huimin_platform.base.bulk import rows_of
from huimin_platform.base.models import User
from huimin_platform.feedback.models import Answer
from huimin_platform.supply import actions as supply
from huimin_platform.supply import queries as known

TIME = pl.Datetime("us", "UTC")
COLUMNS = {
    "provider": "question__service_contract__provider", "person": "question__person", "score": "score",
    "answered_at": "answered_at", "on_behalf": "on_behalf",
}  # fmt: skip


def rate(*, today: date, at: datetime, by: User | str) -> int:
    """How many providers have another rating than before; a provider is rated once a day, and a rerun rates none."""
    said = Answer.objects.filter(
        question__service_order__isnull=False,
        answered_at__gt=at - timedelta(days=rating.DAYS),
        # What is said while the turn runs is of the next one, or it would be new to the provider twice.
        answered_at__lte=at,
    )
    answers = rows_of(said, COLUMNS)
    found = rating.ratings(answers.select("provider", "person", "score"), known.divisions_of_providers())
    if found.is_empty():
        return 0
    since = pl.DataFrame(
        list(known.released_since().items()), schema={"provider": pl.String, "since": TIME}, orient="row"
    )
    fresh = pl.col("since").is_null() | (pl.col("answered_at") > pl.col("since"))
    counted = (
        answers.join(since, on="provider", how="left")
        .group_by("provider")
        .agg(
            pl.col("on_behalf").sum().cast(pl.Int64),
            pl.col("person").filter(fresh).n_unique().cast(pl.Int64).alias("heard"),
        )
    )
    found = found.drop("division").join(counted, on="provider", how="left")
    found = found.with_columns(pl.col("on_behalf", "heard").fill_null(0))
    return supply.keep_ratings(found, on=today, at=at, by=by)
