"""Reads of the intake stage: deliveries, files, their rows and problems."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from huimin.intake.cells import schema
from huimin.intake.checking import PROBLEMS
from huimin.intake.profile import Profile, from_json
from huimin.intake.standing import without_replaced
from huimin.tables.contract import Contract
from huimin.tables.fact_kinds import FactKind
from huimin.units.words import Words
from huimin_platform.base import lake
from huimin_platform.intake import contracts as own
from huimin_platform.intake.models import TAKEN, Delivery, DeliveryFile, ProblemGroup, Way


def contracts() -> Mapping[str, Contract]:
    """The contracts of this installation by data set."""
    return own.contracts()


def look_again() -> None:
    """Lets the next question read anew which contracts this place has."""
    own.look_again()


def contracts_digest() -> str:
    """A digest of the contracts that this place has written."""
    return own.digest()


def fact_kinds() -> dict[str, FactKind]:
    """The kinds of facts by name, with those that contracts of this place add."""
    return own.kinds()


def value_words() -> dict[str, Words]:
    """The words for values of lists, by value."""
    return own.words_of_values()


def department_words(code: str) -> Words:
    """The name of a department that sends data; its code where none is known."""
    return own.department_words(code)


def deliveries() -> QuerySet[Delivery]:
    """Deliveries, the latest first."""
    return Delivery.objects.order_by("-received_at", "-pk")


def files(*, delivery: int | None = None) -> QuerySet[DeliveryFile]:
    """Files with their delivery, the latest first; those of one delivery if it is named."""
    found = DeliveryFile.objects.select_related("delivery").order_by("-delivery__received_at", "-pk")
    return found if delivery is None else found.filter(delivery=delivery).order_by("name", "pk")


def file_for(delivery: int, file: int) -> DeliveryFile | None:
    """One file of a delivery."""
    return (
        DeliveryFile.objects.select_related("delivery", "supersedes")
        .filter(delivery=delivery, pk=file)
        .first()
    )


def day_of(file: DeliveryFile) -> date:
    """The day that a file's rows are of; where nobody said one, the day on which it came. Files of one name differ by it."""
    return file.as_of_on or timezone.localdate(file.delivery.received_at)


def current_files() -> list[DeliveryFile]:
    """The files whose rows count, in the order of their names; without those whose contract was taken away."""
    return list(
        DeliveryFile.objects.filter(current=True, dataset__in=contracts())
        .select_related("delivery")
        .order_by("dataset", "name")
    )


def withdrawn() -> list[int]:
    """The files with rows that were withdrawn: a replaced one counts for nothing before it either."""
    found = DeliveryFile.objects.filter(state__in=TAKEN, withdrawn_at__isnull=False, current=False)
    return list(found.order_by("pk").values_list("pk", flat=True))


def delivered() -> set[str]:
    """The data sets of which rows have come."""
    return set(
        DeliveryFile.objects.filter(current=True, rows_accepted__gt=0).values_list("dataset", flat=True)
    )


def rows_of(file: DeliveryFile) -> pl.DataFrame:
    """The accepted rows of a file, in the columns of its contract as it is now."""
    return _shaped(lake.frame(file.rows_path), file.dataset)


def rows_that_count(files: Iterable[DeliveryFile]) -> dict[int, pl.DataFrame]:
    """By file its accepted rows, without those that a later increment of the data set has again."""
    return _that_count(files, rows_of, rows_of)


def unsure_that_count(files: Iterable[DeliveryFile]) -> dict[int, pl.DataFrame]:
    """By file its refused rows, without those that came again in an increment and were accepted."""
    return _that_count(files, rows_of, unsure_of)


def _that_count(
    files: Iterable[DeliveryFile],
    of: Callable[[DeliveryFile], pl.DataFrame],
    wanted: Callable[[DeliveryFile], pl.DataFrame],
) -> dict[int, pl.DataFrame]:
    by_dataset: dict[str, list[DeliveryFile]] = {}
    for file in files:
        by_dataset.setdefault(file.dataset, []).append(file)
    found: dict[int, pl.DataFrame] = {}
    for dataset, mine in by_dataset.items():
        mine.sort(key=lambda file: file.rank)
        frames = [wanted(file) for file in mine]
        if any(file.way == Way.INCREMENT for file in mine):
            frames = without_replaced(
                [(of(file), file.way == Way.INCREMENT) for file in mine], contracts()[dataset].record, frames
            )
        found |= {file.pk: frame for file, frame in zip(mine, frames, strict=True)}
    return found


def unsure_of(file: DeliveryFile) -> pl.DataFrame:
    """The refused rows of a file in its contract's types, null where a cell could not be read."""
    return (
        _shaped(lake.frame(file.refused_path), file.dataset) if file.refused_path else rows_of(file).clear()
    )


def _shaped(rows: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """Rows kept under an earlier version of a contract with the columns that it has since; those are empty."""
    wanted = schema(contracts()[dataset])
    fresh = [pl.lit(None, kind).alias(name) for name, kind in wanted.items() if name not in rows.columns]
    return rows.with_columns(fresh) if fresh else rows


def groups_of(file: DeliveryFile) -> QuerySet[ProblemGroup]:
    """The problems of a file by kind, errors first, the most frequent first."""
    return ProblemGroup.objects.filter(file=file).order_by("severity", "-count", "code", "column")


def problems_of(file: DeliveryFile, code: str = "", column: str = "") -> pl.DataFrame:
    """The problems of a file: line, column, code, value, params, severity."""
    if not file.problems_path:
        return pl.DataFrame(schema=PROBLEMS)
    found = lake.frame(file.problems_path)
    if code:
        found = found.filter((pl.col("code") == code) & (pl.col("column").fill_null("") == column))
    return found


def totals() -> dict[str, int]:
    """Files that count, rows accepted and refused, problems."""
    found = DeliveryFile.objects.filter(current=True).aggregate(
        files=Count("pk"),
        accepted=Sum("rows_accepted"),
        refused=Sum("rows_refused"),
        problems=Sum("problem_count"),
    )
    return {name: value or 0 for name, value in found.items()}


def names_of(files_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """File id -> name and data set."""
    found = DeliveryFile.objects.filter(pk__in=list(files_ids)).values_list("pk", "name", "dataset")
    return {pk: (name, dataset) for pk, name, dataset in found}


def work(actor: Any) -> int:
    """How many current files have refused rows."""
    return DeliveryFile.objects.filter(current=True, rows_refused__gt=0).count()


def profile_before(delivery: Delivery, dataset: str, name: str) -> Profile | None:
    """The figures of the last file of a name, or else of its data set, that an earlier delivery brought."""
    found = DeliveryFile.objects.filter(dataset=dataset, state__in=TAKEN, delivery__lt=delivery).exclude(
        profile={}
    )
    last = found.filter(name=name).order_by("-pk").first() or found.order_by("-pk").first()
    return from_json(last.profile) if last else None
