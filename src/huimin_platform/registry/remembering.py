"""What runs of the registry leave in the lake, so that a day's rows are linked without resolving everything anew."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.db import transaction

from huimin.registry.standing import Standing
from huimin_platform.base import lake
from huimin_platform.registry.models import Run

PARTS = ("people", "rows", "gone")
GONE: dict[str, Any] = {"file": pl.String, "line": pl.Int64}


def keep(run: Run, standing: Standing, gone: pl.DataFrame | None = None) -> str:
    """The name under which it is kept; written before the run is recorded, under a name made from its inputs.

    `gone` are rows of runs before that count no more, or that this run linked anew: file, line.
    """
    name = f"standing/{run.kind}-{run.inputs}"
    lake.put_frame(f"{name}/people.parquet", standing.people)
    lake.put_frame(f"{name}/rows.parquet", standing.rows)
    lake.put_frame(f"{name}/gone.parquet", pl.DataFrame(schema=GONE) if gone is None else gone)
    return name


def chain() -> list[Run]:
    """The last whole run and the runs of days after it, the earliest first; none where one of them left nothing."""
    whole = Run.objects.filter(kind=Run.Kind.WHOLE).order_by("-pk").first()
    runs = list(Run.objects.filter(pk__gte=whole.pk).order_by("pk")) if whole else []
    names = (f"{run.standing}/{part}.parquet" for run in runs for part in PARTS)
    return runs if all(run.standing for run in runs) and all(map(lake.exists, names)) else []


def recalled(runs: list[Run]) -> Standing:
    """The registry as those runs left it."""
    people, rows, gone = ([lake.frame(f"{run.standing}/{part}.parquet") for run in runs] for part in PARTS)
    found = Standing(people[0], rows[0])
    for later in zip(people[1:], rows[1:], gone[1:], strict=True):
        found = found.without(later[2]).with_later(Standing(later[0], later[1]))
    return found


def forget_before(run: Run) -> None:
    """Removes what runs before a whole one left, once that one is on record."""
    former = Run.objects.filter(pk__lt=run.pk).exclude(standing="").exclude(standing=run.standing)
    names = list(former.values_list("standing", flat=True))
    former.update(standing="")
    transaction.on_commit(lambda: _delete(names))


def _delete(names: Iterable[str]) -> None:
    for name in names:
        for part in PARTS:
            lake.delete(f"{name}/{part}.parquet")
