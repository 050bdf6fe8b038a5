"""Who is told by name of a late step: an officer of the level above, of its department; else a leader of the place."""

from collections.abc import Sequence

from django.db.models import QuerySet

from huimin.units.divisions import prefix
from huimin_platform.base.models import Role, User
from huimin_platform.cases.models import Step


def named(late: QuerySet[Step], level: str) -> tuple[list[str], list[str], list[int | None]]:
    """For each department and place that has late steps: the department, the place, and the key of the superior;
    None where the place has nobody.
    """
    offices = list(late.order_by().values_list("department", "case__division").distinct())
    people = list(User.objects.filter(is_active=True, role__in=[level, Role.LEADER]).order_by("pk"))
    superiors = [_superior(people, level, department, division) for department, division in offices]
    return (
        [department for department, _ in offices],
        [division for _, division in offices],
        [superior.pk if superior else None for superior in superiors],
    )


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
