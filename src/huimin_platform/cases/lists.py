"""The three lists 三单: tasks, responsibilities and deadlines of departments, live, for any place and level."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf, Substr

from huimin.cases.process import UNDECIDED, UNFINISHED_STEPS
from huimin.rules import PolicyError
from huimin_platform.base import access
from huimin_platform.base.places import division_names
from huimin_platform.cases import policies, superiors
from huimin_platform.cases.models import Step

# Days from the deadline, the lower end included: name -> from, to.
BUCKETS: Mapping[str, tuple[int | None, int | None]] = {
    "late_long": (None, -10),
    "late": (-10, 0),
    "today": (0, 1),
    "soon": (1, 4),
    "later": (4, None),
}
TOWNSHIP = 9
MOST_DIGITS = 12


@dataclass(frozen=True)
class Duty:
    """One thing an office does by the texts in force 权责清单: which step of which policy, in how many days."""

    department: str
    level: str
    step: Any
    policy: Any
    working_days: int


@dataclass(frozen=True)
class Load:
    """What one office has before it in one place, and how much of it is late."""

    division: str
    department: str
    steps: int
    late: int

    @property
    def heat(self) -> int:
        """0 where nothing is late, to 3 where half or more is."""
        share = self.late / self.steps if self.steps else 0
        return 3 if share >= 0.5 else 2 if share >= 0.2 else 1 if share > 0 else 0


def tasks(
    actor: Any, *, department: str = "", level: str = "", division: str = "", late_on: date | None = None
) -> QuerySet[Step]:
    """The unfinished steps of undecided cases, of a department, level or place, the one due first in front; `late_on`:
    only those that are late on that day.

    Without an actor all of them. What is no code of a place is left aside.
    """
    place = division.strip().rstrip("0")
    division = place if place.isdecimal() and len(place) <= MOST_DIGITS else ""
    found = Step.objects.filter(state__in=UNFINISHED_STEPS, case__state__in=UNDECIDED)
    wanted = {"department": department, "level": level, "case__division__startswith": division}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if late_on is not None:
        found = found.filter(state__in=["open", "returned"], due_on__lt=late_on)
    found = found if actor is None else access.scope(actor, found, "case__division")
    return found.select_related("case", "assigned_to").order_by("due_on", "pk")


def told(steps: QuerySet[Step], language: str) -> QuerySet[Step]:
    """The steps with what an export says of them: `said`, `officer` and `told_to`, in a language."""
    key = "zh" if language.startswith("zh") else "en"
    officer = Coalesce(NullIf("assigned_to__name", Value("")), "assigned_to__username")
    return superiors.with_names(steps).annotate(said=KT(f"name__{key}"), officer=officer)


def responsibilities(steps: QuerySet[Step], today: date) -> list[dict[str, Any]]:
    """For each department and level: steps under way, waiting, paused, late, and told upwards."""
    return list(
        steps.order_by("department", "level")
        .values("department", "level")
        .annotate(
            open=Count("pk", filter=Q(state__in=["open", "returned"])),
            waiting=Count("pk", filter=Q(state="waiting")),
            paused=Count("pk", filter=Q(state="paused")),
            late=Count("pk", filter=Q(state__in=["open", "returned"], due_on__lt=today)),
            told=Count("pk", filter=Q(escalated_on__isnull=False)),
        )
    )


def deadlines(steps: QuerySet[Step], today: date) -> list[dict[str, Any]]:
    """For each department: how many steps are late by ten days, late, due today, within three days, later.

    A step that waits or is paused has no deadline that runs.
    """
    counts = {name: Count("pk", filter=_within(today, *ends)) for name, ends in BUCKETS.items()}
    running = steps.filter(state__in=["open", "returned"])
    return list(running.order_by("department").values("department").annotate(**counts))


def heat(steps: QuerySet[Step], today: date) -> tuple[list[str], list[tuple[str, list[Load | None]]]]:
    """The departments, and for each township its load of each department; None where it has none."""
    found = (
        steps.filter(state__in=["open", "returned"])
        .annotate(place=Substr("case__division", 1, TOWNSHIP))
        .order_by("place", "department")
        .values_list("place", "department")
        .annotate(steps=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    )
    loads = {
        (place.ljust(12, "0"), department): Load(place.ljust(12, "0"), department, count, late)
        for place, department, count, late in found
    }
    departments = sorted({department for _, department in loads})
    places = sorted({place for place, _ in loads})
    names = division_names(places)
    return departments, [
        (names.get(place) or place, [loads.get((place, department)) for department in departments])
        for place in places
    ]


def duties(on: date, *, department: str = "", level: str = "") -> list[Duty]:
    """What each office has to do by the policies in force on a day, by department, level and policy."""
    found = []
    for name in policies.names():
        try:
            policy = policies.policy(name, on)
        except PolicyError:
            continue
        found += [
            Duty(step.department, step.level, step.name, policy.title, step.working_days)
            for step in policy.steps
        ]
    return sorted(
        (each for each in found if department in ("", each.department) and level in ("", each.level)),
        key=lambda each: (each.department, each.level),
    )


def _within(today: date, first: int | None, last: int | None) -> Q:
    found = Q()
    if first is not None:
        found &= Q(due_on__gte=today + timedelta(days=first))
    if last is not None:
        found &= Q(due_on__lt=today + timedelta(days=last))
    return found


def workbook(path: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Writes a sheet that Excel opens as it is: every text stays text, so none of it is ever a formula."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(line, column, value)
                else:
                    sheet.write_string(line, column, str(value))
