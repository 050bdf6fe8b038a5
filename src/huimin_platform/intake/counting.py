"""Which files count: worked out anew from all that came and was not withdrawn, so that undoing undoes exactly."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from huimin.intake.standing import Sent, counting
from huimin_platform.intake.models import TAKEN, DeliveryFile, DeliveryState, FileState, Way

LOCK = 4_813_016_623
COUNTS = (DeliveryState.RECEIVED, DeliveryState.RECEIVING)


def one_at_a_time() -> None:
    """Lets one transaction at a time say what counts; the next one waits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def recount(dataset: str) -> tuple[list[int], list[int]]:
    """The files of a data set that begin and that cease to count now; the others stay as they are."""
    wanted = would_count(dataset)
    before = dict(DeliveryFile.objects.filter(dataset=dataset, current=True).values_list("pk", "rank"))
    ceased = [file for file in before if file not in wanted]
    begun = [file for file in wanted if file not in before]
    DeliveryFile.objects.filter(pk__in=ceased).update(current=False, rank=0)
    DeliveryFile.objects.filter(pk__in=begun).update(current=True)
    moved = [
        DeliveryFile(pk=file, rank=rank) for rank, file in enumerate(wanted, 1) if before.get(file) != rank
    ]
    DeliveryFile.objects.bulk_update(moved, ["rank"], batch_size=500)
    return begun, ceased


def would_count(dataset: str) -> list[int]:
    """The files of a data set whose rows count, the earlier first."""
    return counting(_said(_sent([dataset]), None))


def would_change(datasets: Collection[str], staged: int) -> dict[str, tuple[list[int], list[int]]]:
    """By data set the files whose rows count, and those whose rows would if a staged delivery were committed."""
    rows = _sent(datasets)
    found = {}
    for dataset in datasets:
        mine = [row for row in rows if row["dataset"] == dataset]
        found[dataset] = counting(_said(mine, None)), counting(_said(mine, staged))
    return found


def would_leave(datasets: Collection[str], without: Iterable[Collection[int]]) -> list[dict[str, list[int]]]:
    """By data set the files whose rows would count without some, for each set of files that might be withdrawn."""
    rows = _sent(datasets)
    return [
        {
            dataset: counting(
                _said([row for row in rows if row["dataset"] == dataset and row["pk"] not in gone], None)
            )
            for dataset in datasets
        }
        for gone in map(frozenset, without)
    ]


def withdrawn(content: DeliveryFile) -> DeliveryFile | None:
    """The last withdrawal of some content that nobody has sent again since; nothing where it stands or was only staged."""
    brought = [content, *content.brought_again_by.select_related("delivery")]
    if any(each.withdrawn_at is None and each.delivery.state != DeliveryState.DISCARDED for each in brought):
        return None
    gone = [each for each in brought if each.withdrawn_at is not None]
    return max(gone, key=lambda each: (each.withdrawn_at, each.pk)) if gone else None


def _sent(datasets: Collection[str]) -> list[dict[str, Any]]:
    """All files of some data sets, in the order in which they came."""
    fields = (
        "pk", "dataset", "content", "state", "part", "way", "as_of_on", "delivery", "delivery__state", "delivery__counts_at",
        "delivery__received_at", "withdrawn_at", "message_code",
    )  # fmt: skip
    return list(DeliveryFile.objects.filter(dataset__in=datasets).order_by("pk").values(*fields))


def _said(rows: list[dict[str, Any]], also: int | None) -> list[Sent]:
    """What the files of one data set say; `also` supposes that a staged delivery is committed."""
    # A snapshot of which a file is missing would end what stands in that file.
    broken = {
        row["delivery"] for row in rows if row["state"] == FileState.REFUSED and row["withdrawn_at"] is None
    }
    return [
        Sent(row["content"] or row["pk"], row["delivery"], row["part"], row["way"], _order(row))
        for row in rows
        if _says(row, also) and not (row["way"] == Way.SNAPSHOT and _is_part(row, broken, also))
    ]


def _says(row: dict[str, Any], also: int | None) -> bool:
    """Whether a file says anything: taken, or brought again, of a delivery that counts, and not withdrawn."""
    has_rows = row["state"] in TAKEN or row["content"] is not None
    counts = row["delivery__state"] in COUNTS or row["delivery"] == also
    return has_rows and counts and row["withdrawn_at"] is None


def _is_part(row: dict[str, Any], broken: set[int], also: int | None) -> bool:
    """Whether the delivery of a file is not whole: still coming, or with a file that was refused."""
    coming = row["delivery__state"] == DeliveryState.RECEIVING and row["delivery"] != also
    return coming or row["delivery"] in broken


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    counted: datetime = row["delivery__counts_at"] or row["delivery__received_at"]
    return (row["as_of_on"] or timezone.localdate(counted), counted, row["pk"])
