"""Who is told by name of a late step: an officer of the level above, of its department; else a leader of the place."""

from collections.abc import Sequence

from django.db.models import QuerySet

from huimin.cases.process import LEVELS, level_above
from huimin.units.divisions import prefix
from huimin_platform.base.models import Role, User
from huimin_platform.cases.models import Step

# A department, a place, and the key of the superior.
Office = tuple[str, str, int | None]


def named(late: QuerySet[Step]) -> dict[str, list[Office]]:
    """level -> each department and place that has late steps of the level, with the key of the superior above; None
    where the place has nobody.
    """
    offices = list(late.order_by().values_list("level", "department", "case__division").distinct())
    people = list(User.objects.filter(is_active=True, role__in=[*LEVELS, Role.LEADER]).order_by("pk"))
    found: dict[str, list[Office]] = {}
    for level, department, division in sorted(offices):
        superior = _superior(people, level_above(level), department, division)
        found.setdefault(level, []).append((department, division, superior.pk if superior else None))
    return found


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
