"""How the rows of each file found their persons, and whether that is unusual for their data set."""

import polars as pl

from huimin_platform.intake.models import DeliveryFile
from huimin_platform.registry.models import MatchRate, Run

REPAIRED = ("relative", "id_completed", "id_repaired")
WEIGHED = ("weighed", "clerk")
# The share of rows that no number links is held against that of the last deliveries of the data set.
LAST = 5
# So many standard errors away is drift, if it also is so large a change.
ERRORS_AWAY = 4.0
LEAST_CHANGE = 0.02


def keep(run: Run, links: pl.DataFrame, files: list[DeliveryFile]) -> list[MatchRate]:
    """The rates of the files of a run, with `drift` where one differs from what its data set is used to."""
    counted = _counted(links)
    found = [_rate(run, file, counted.get(file.pk, {})) for file in files]
    kept = [rate for rate in found if rate.rows]
    for rate in kept:
        rate.drift = _drift(rate)
    return MatchRate.objects.bulk_create(kept)


def latest() -> list[MatchRate]:
    """The last rate of every file that counts, those that are unusual first."""
    found = (
        MatchRate.objects.filter(file__current=True)
        .select_related("file")
        .order_by("file", "-pk")
        .distinct("file")
    )
    return sorted(found, key=lambda rate: (rate.drift is None, rate.dataset, rate.file.name))


def without_number(rate: MatchRate) -> float:
    """The share of the rows that the number as it stands does not link."""
    return 1 - rate.by_number / rate.rows


def _counted(links: pl.DataFrame) -> dict[int, dict[str, int]]:
    counted: dict[int, dict[str, int]] = {}
    for file, how, number in links.group_by("file", "how").len().iter_rows():
        counted.setdefault(int(file), {})[how] = number
    return counted


def _rate(run: Run, file: DeliveryFile, counted: dict[str, int]) -> MatchRate:
    rows, waiting = sum(counted.values()), counted.get("waits", 0)
    repaired, weighed = (sum(counted.get(how, 0) for how in group) for group in (REPAIRED, WEIGHED))
    return MatchRate(
        run=run, file=file, dataset=file.dataset, rows=rows, repaired=repaired, weighed=weighed, waiting=waiting,
        by_number=rows - repaired - weighed - waiting,
    )  # fmt: skip


def _drift(rate: MatchRate) -> float | None:
    """How far the share that no number links has moved from the last files of the data set; None where it is usual."""
    former = MatchRate.objects.filter(dataset=rate.dataset).exclude(file=rate.file_id).order_by("-pk")
    last = list({each.file_id: each for each in former[: LAST * 4]}.values())[:LAST]
    if not last:
        return None
    rows = sum(each.rows for each in last)
    usual = sum(each.rows - each.by_number for each in last) / rows
    change = without_number(rate) - usual
    error = (max(usual * (1 - usual), 1e-4) * (1 / rows + 1 / rate.rows)) ** 0.5
    return change if abs(change) > max(LEAST_CHANGE, ERRORS_AWAY * error) else None
