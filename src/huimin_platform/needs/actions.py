"""Writes of the needs stage: needs are raised once, and close when their reason is gone."""

from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.needs.models import Need, NeedSource, NeedState, Run

BATCH = 5000


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
    before = {need.key: need for need in Need.objects.filter(source=NeedSource.INDICATOR)}
    now = {row["key"]: row for row in found.iter_rows(named=True)}
    fresh = [
        Need(
            key=key, household_id=row["household"], person_id=row["person"], kind=row["kind"], level=row["level"],
            reason=_reason(row["reason"]), source=NeedSource.INDICATOR, raised_on=on,
        )
        for key, row in now.items()
        if key not in before
    ]  # fmt: skip
    Need.objects.bulk_create(fresh, batch_size=BATCH)
    ended = (NeedState.MET, NeedState.CLOSED)
    back = [need.pk for key, need in before.items() if key in now and need.state in ended]
    gone = [
        need.pk
        for key, need in before.items()
        if key not in now and need.state not in ended and need.household_id not in left_out
    ]
    Need.objects.filter(pk__in=back).update(state=NeedState.OPEN, closed_on=None, raised_on=on)
    Need.objects.filter(pk__in=gone).update(state=NeedState.CLOSED, closed_on=on)
    counts = {"raised": len(fresh), "reopened": len(back), "closed": len(gone)}
    Run.objects.create(at=at, on=on, inputs=inputs, counts=counts)
    if any(counts.values()):
        audit.write(by=by, action="keeps", kind="needs", object_id=on.isoformat(), at=at, details=counts)
    return counts


def _reason(text: Any) -> dict[str, Any]:
    import json

    return json.loads(text) if isinstance(text, str) else dict(text)
