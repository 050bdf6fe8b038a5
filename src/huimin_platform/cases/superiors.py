"""Who is told by name of a late step: an officer of the level above, of its department; else a leader of the place."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from huimin.cases.process import LEVELS, level_above
from huimin.units.divisions import prefix
from huimin_platform.base.models import Role, User
from huimin_platform.cases.models import Case, Step, Telling


def name_them(offices: Iterable[tuple[str, str, str]], today: date) -> None:
    """Keeps for offices - level, department, division - who is told today that they are late. A place that has nobody
    above keeps nobody.
    """
    people = list(User.objects.filter(is_active=True, role__in=[*LEVELS, Role.LEADER]).order_by("pk"))
    tellings = [
        Telling(
            on=today, level=level, department=department, division=division,
            superior=_superior(people, level_above(level), department, division),
        )
        for level, department, division in offices
    ]  # fmt: skip
    Telling.objects.bulk_create(tellings, batch_size=1000, ignore_conflicts=True)


def told_of(case: Case, steps: Iterable[Step]) -> Mapping[int, str]:
    """step -> the name of the superior who was told that it is late, in one query."""
    days = {step.escalated_on for step in steps if step.escalated_on}
    found = Telling.objects.filter(division=case.division, on__in=days).select_related("superior")
    names = {(each.on, each.level, each.department): str(each.superior or "") for each in found}
    return {
        step.pk: names.get((step.escalated_on, step.level, step.department), "")
        for step in steps
        if step.escalated_on
    }


def with_names(steps: QuerySet[Step]) -> QuerySet[Step]:
    """The steps with `told_to`: the name of the superior who was told that it is late, or None."""
    told = Telling.objects.filter(
        on=OuterRef("escalated_on"),
        level=OuterRef("level"),
        department=OuterRef("department"),
        division=OuterRef("case__division"),
    )
    name = Coalesce(NullIf("superior__name", Value("")), "superior__username")
    return steps.annotate(told_to=Subquery(told.values_list(name)[:1]))


def _superior(people: Sequence[User], level: str, department: str, division: str) -> User | None:
    """The nearest of the level and department around the place; a leader where there is none."""
    around = [one for one in people if one.division and division.startswith(prefix(one.division))]
    of_level = [
        one
        for one in around
        if one.role == level and (level != "county" or one.department in ("", department))
    ]
    leaders = [one for one in around if one.role == Role.LEADER]
    return max(of_level or leaders, key=lambda one: len(prefix(one.division)), default=None)
