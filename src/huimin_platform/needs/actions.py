"""Writes of the needs stage: needs are raised once, and close when their reason is gone."""

from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from huimin_platform.base import audit, bulk
from huimin_platform.base.models import User
from huimin_platform.needs.models import Need, NeedSource, NeedState, Run


@transaction.atomic
def raise_need(
    *,
    key: str,
    kind: str,
    level: str,
    household_id: int | None,
    person_id: int | None,
    reason: dict[str, Any],
    source: str,
    at: datetime,
    by: User | str,
) -> Need:
    """The need under this key, raised now if it was not there; a repeat changes nothing."""
    need, fresh = Need.objects.get_or_create(
        key=key,
        defaults={
            "household_id": household_id, "person_id": person_id, "kind": kind, "level": level, "reason": reason,
            "source": source, "raised_on": timezone.localdate(at),
        },
    )  # fmt: skip
    if fresh:
        audit.write(
            by=by,
            action="raises",
            kind="need",
            object_id=need.pk,
            on_behalf=person_id,
            at=at,
            details={"key": key},
        )
    return need


@transaction.atomic
def keep_found(
    *, found: pl.DataFrame, left_out: set[int], inputs: str, on: date, at: datetime, by: User | str
) -> dict[str, int]:
    """Raises the needs found in the data, reopens those that came back, closes those whose reason is gone.

    Needs of households that were left out stay as they are.
    """
    kept = bulk.copy_out(
        "select id, key, state, household_id from needs_need where source = 'indicator'",
        schema={"state": pl.String},
    )
    ended = pl.col("state").is_in([NeedState.MET, NeedState.CLOSED])
    fresh = found.unique("key", keep="last", maintain_order=True).join(kept, on="key", how="anti")
    back = kept.filter(ended).join(found, on="key", how="semi")
    gone = kept.filter(~ended, ~pl.col("household_id").is_in(list(left_out)).fill_null(False))
    gone = gone.join(found, on="key", how="anti")
    bulk.copy_in(
        Need,
        fresh.select(
            "key", "kind", "level", "reason", household_id="household", person_id="person",
            source=pl.lit(NeedSource.INDICATOR.value), state=pl.lit(NeedState.OPEN.value), raised_on=pl.lit(on),
        ),
    )  # fmt: skip
    _change(back, NeedState.OPEN, raised_on=on, closed_on=None)
    _change(gone, NeedState.CLOSED, closed_on=on)
    counts = {"raised": fresh.height, "reopened": back.height, "closed": gone.height}
    Run.objects.create(at=at, on=on, inputs=inputs, counts=counts)
    if any(counts.values()):
        audit.write(by=by, action="keeps", kind="needs", object_id=on.isoformat(), at=at, details=counts)
    return counts


def _change(needs: pl.DataFrame, state: NeedState, **days: date | None) -> None:
    """Brings needs to a state, with its days."""
    said = {name: pl.lit(day, dtype=pl.Date) for name, day in days.items()}
    bulk.change(Need, needs.select("id", state=pl.lit(state.value), **said))
