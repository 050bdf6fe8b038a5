"""The catalogue of data sets 数据目录: whose they are, how fresh, how good, and what share of them comes in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from huimin.intake.freshness import Freshness, Sharing, freshness, sharing
from huimin.tables.contract import Contract
from huimin_platform.intake import queries
from huimin_platform.intake.models import TAKEN, DeliveryFile, FileState, ProblemGroup

# Files that show that the department has sent its data; one that was not taken shows nothing.
DELIVERED = (*TAKEN, FileState.REPEATED)
# Whose quality is told: what was taken, and what was refused whole.
JUDGED = (*TAKEN, FileState.REFUSED)
# Deliveries whose quality is set side by side.
MOST_DELIVERIES = 8
MOST_KINDS = 12


@dataclass(frozen=True)
class Entry:
    """A data set in the catalogue: its contract, how fresh it is, and the files, rows and problems that count now."""

    contract: Contract
    freshness: Freshness
    files: int = 0
    rows_accepted: int = 0
    rows_refused: int = 0
    problems: int = 0

    @property
    def accepted_share(self) -> float | None:
        """The share of rows accepted, 0 to 1; nothing where no row has come."""
        rows = self.rows_accepted + self.rows_refused
        return self.rows_accepted / rows if rows else None


@dataclass(frozen=True)
class ProblemHistory:
    """One kind of problem in one column over the last deliveries: how many cells in each, the oldest delivery first."""

    code: str
    severity: str
    column: str
    counts: tuple[int, ...]


def entries(today: date) -> list[Entry]:
    """Every data set of the catalogue as it stands on a day, by department."""
    contracts = queries.contracts().values()
    known = {row["dataset"]: row for row in _figures()}
    found = [_entry(contract, known.get(contract.name), today) for contract in contracts]
    return sorted(found, key=lambda each: (each.contract.department, each.contract.name))


def entry(name: str, today: date) -> Entry | None:
    """One data set; nothing where the catalogue has none of that name."""
    contract = queries.contracts().get(name)
    if contract is None:
        return None
    return _entry(contract, next(iter(_figures(name)), None), today)


def shared(found: Iterable[Entry]) -> Sharing:
    """Which share of the data sets and of the departments comes in time."""
    return sharing((each.contract.department, each.freshness.state) for each in found)


def deliveries_of(name: str) -> list[DeliveryFile]:
    """The last files of a data set that were judged, the oldest first."""
    files = DeliveryFile.objects.filter(dataset=name, state__in=JUDGED).select_related("delivery")
    return list(files.order_by("-delivery__received_at", "-pk")[:MOST_DELIVERIES])[::-1]


def problems_over(files: list[DeliveryFile]) -> list[ProblemHistory]:
    """The kinds of problems of some files, each counted in every file, errors first, then the most frequent."""
    order = {file.pk: place for place, file in enumerate(files)}
    found: dict[tuple[str, str, str], list[int]] = {}
    for group in ProblemGroup.objects.filter(file__in=order):
        counts = found.setdefault((group.severity, group.code, group.column), [0] * len(files))
        counts[order[group.file_id]] += group.count
    kinds = sorted(found.items(), key=lambda each: (each[0][0], -sum(each[1]), each[0]))
    return [
        ProblemHistory(code, severity, column, tuple(counts))
        for (severity, code, column), counts in kinds[:MOST_KINDS]
    ]


def _entry(contract: Contract, row: dict | None, today: date) -> Entry:
    if row is None:
        return Entry(contract, freshness(None, contract.freshness_days, today))
    last_on = timezone.localdate(row["last_at"]) if row["last_at"] else None
    return Entry(
        contract=contract,
        freshness=freshness(last_on, contract.freshness_days, today),
        files=row["files"],
        rows_accepted=row["accepted"] or 0,
        rows_refused=row["refused"] or 0,
        problems=row["problems"] or 0,
    )


def _figures(name: str = "") -> Iterable[dict]:
    """By data set: when it came last, and what counts now."""
    files = (
        DeliveryFile.objects.exclude(dataset="") if not name else DeliveryFile.objects.filter(dataset=name)
    )
    # What only waits to be committed, or was withdrawn, is no delivery.
    taken_in = Q(state__in=DELIVERED, withdrawn_at=None, delivery__counts_at__isnull=False)
    counting = Q(current=True)
    return files.values("dataset").annotate(
        last_at=Max("delivery__received_at", filter=taken_in),
        files=Count("pk", filter=counting),
        accepted=Sum("rows_accepted", filter=counting),
        refused=Sum("rows_refused", filter=counting),
        problems=Sum("problem_count", filter=counting),
    )
