"""What runs of the registry leave in the lake, so that a day's rows are linked without resolving everything anew."""

from collections.abc import Iterable

import polars as pl
from django.db import transaction

from huimin.registry.standing import Standing
from huimin_platform.base import lake
from huimin_platform.registry.models import Run

PARTS = ("people", "rows")


def keep(run: Run, standing: Standing) -> str:
    """The name under which it is kept; written before the run is recorded, under a name made from its inputs."""
    name = f"standing/{run.kind}-{run.inputs}"
    lake.put_frame(f"{name}/people.parquet", standing.people)
    lake.put_frame(f"{name}/rows.parquet", standing.rows)
    return name


def chain() -> list[Run]:
    """The last whole run and the runs of days after it, the earliest first; none where one of them left nothing."""
    whole = Run.objects.filter(kind=Run.Kind.WHOLE).order_by("-pk").first()
    runs = list(Run.objects.filter(pk__gte=whole.pk).order_by("pk")) if whole else []
    names = (f"{run.standing}/{part}.parquet" for run in runs for part in PARTS)
    return runs if all(run.standing for run in runs) and all(map(lake.exists, names)) else []


def recalled(runs: list[Run]) -> Standing:
    """The registry as those runs left it."""
    parts = [[lake.frame(f"{run.standing}/{part}.parquet") for run in runs] for part in PARTS]
    return Standing(*(pl.concat(frames) for frames in parts))


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
