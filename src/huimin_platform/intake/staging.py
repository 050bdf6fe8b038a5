"""Deliveries in two steps: looked at with a report of what they would change, then committed or left."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from huimin.intake.cells import schema
from huimin.intake.standing import Difference, difference
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.intake import actions, counting, queries
from huimin_platform.intake.models import Delivery, DeliveryFile, DeliveryState, FileState


class NotStaged(Exception):
    """The delivery does not wait to be committed."""


@dataclass(frozen=True)
class Change:
    """What committing a delivery would change in a data set: files that begin and cease to count, and the rows."""

    dataset: str
    begin: tuple[str, ...]
    cease: tuple[str, ...]
    rows: Difference


# A page that is opened again does not read all rows again.
MOST_COMPARED = 64
_compared: dict[tuple[Any, ...], Difference] = {}


def report(delivery: Delivery) -> list[Change]:
    """What committing a staged delivery would change, by data set."""
    datasets = delivery.files.exclude(dataset="").values_list("dataset", flat=True).distinct()
    known = sorted(dataset for dataset in datasets if dataset in queries.contracts())
    counted = counting.would_change(known, delivery.pk)
    files = queries.files().in_bulk({pk for both in counted.values() for each in both for pk in each})
    return [change(dataset, *counted[dataset], files) for dataset in known]


def commit(*, delivery: int, at: datetime, by: User | str, although_changed: bool = False) -> Delivery:
    """The delivery, which counts from now on; with its files that were held back, if that is wanted. Twice is once."""
    if although_changed:
        for file in Delivery.objects.get(pk=delivery).files.filter(state=FileState.REFUSED):
            actions.release(file=file.pk, at=at, by=by)
    return _settled(delivery, DeliveryState.RECEIVED, "commits", at, by)


def discard(*, delivery: int, at: datetime, by: User | str) -> Delivery:
    """The delivery, of which nothing is taken in; what it held stays on record."""
    return _settled(delivery, DeliveryState.DISCARDED, "discards", at, by)


@transaction.atomic
def _settled(delivery: int, state: DeliveryState, action: str, at: datetime, by: User | str) -> Delivery:
    counting.one_at_a_time()
    kept = Delivery.objects.select_for_update().get(pk=delivery)
    if kept.state == state:
        return kept
    if kept.state != DeliveryState.STAGED:
        raise NotStaged(kept.pk)
    kept.state, kept.counts_at = state, at if state == DeliveryState.RECEIVED else None
    kept.save(update_fields=["state", "counts_at"])
    for dataset in kept.files.exclude(dataset="").values_list("dataset", flat=True).distinct():
        counting.recount(dataset)
    audit.write(by=by, action=action, kind="delivery", object_id=kept.pk, at=at)
    return kept


def change(dataset: str, now: list[int], then: list[int], files: dict[int, DeliveryFile]) -> Change:
    """What changes in a data set if other files count than now."""
    begin, cease = ([files[pk] for pk in one if pk not in other] for one, other in ((then, now), (now, then)))
    twice = {file.name for file in begin} & {file.name for file in cease}
    return Change(
        dataset,
        tuple(_named(file, twice) for file in begin),
        tuple(_named(file, twice) for file in cease),
        _difference(dataset, [files[pk] for pk in now], [files[pk] for pk in then]),
    )


def _named(file: DeliveryFile, twice: Collection[str]) -> str:
    """A file by its name, with the delivery that brought it where another one has the same."""
    return f"{file.name} ({file.delivery.name}, {queries.day_of(file)})" if file.name in twice else file.name


def _difference(dataset: str, now: list[DeliveryFile], then: list[DeliveryFile]) -> Difference:
    """How the rows would change. Contents never change, so that what was compared once is known."""
    contract = queries.contracts()[dataset]
    key = (
        dataset,
        contract.version,
        contract.record,
        *((file.sha256, file.way) for file in now),
        "",
        *((file.sha256, file.way) for file in then),
    )
    if key not in _compared:
        nothing = pl.DataFrame(schema=schema(contract))
        before, after = (pl.concat([nothing, *_rows(each)]) for each in (now, then))
        while len(_compared) >= MOST_COMPARED:
            _compared.pop(next(iter(_compared)), None)
        _compared[key] = difference(before, after, contract.record)
    return _compared[key]


def _rows(files: list[DeliveryFile]) -> list[pl.DataFrame]:
    kept = queries.rows_that_count(files)
    names = schema(queries.contracts()[files[0].dataset]) if files else {}
    return [kept[file.pk].select(list(names)) for file in files]
