"""Reads of the needs stage."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from huimin_platform.base import access
from huimin_platform.base.timeline import Event
from huimin_platform.needs.models import Need, NeedState, Run


def last_run() -> Run | None:
    """The latest time that the registry was looked through."""
    return Run.objects.order_by("-pk").first()


def needs() -> QuerySet[Need]:
    """Every need there ever was."""
    return Need.objects.all()


def needs_for(actor: Any, *, state: str = "open", level: str = "", kind: str = "") -> QuerySet[Need]:
    """Needs in the actor's division, the latest first."""
    found = Need.objects.select_related("household", "person")
    leading = access.prefix_of(actor)
    if leading is None:
        return found.none()
    if leading:
        found = found.filter(
            Q(household__division__startswith=leading)
            | Q(household=None, person__division__startswith=leading)
        )
    for name, value in (("state", state), ("level", level), ("kind", kind)):
        found = found.filter(**{name: value}) if value else found
    return found.order_by("-raised_on", "kind", "pk")


def needs_of(*, household_id: int | None = None, person_id: int | None = None) -> QuerySet[Need]:
    """Open needs of a household or a person."""
    mine = Q(household=household_id) if household_id is not None else Q(person=person_id)
    return Need.objects.filter(mine, state__in=[NeedState.OPEN, NeedState.MATCHED]).order_by("kind")


def kinds() -> list[str]:
    """The kinds of needs there are."""
    return list(Need.objects.order_by("kind").values_list("kind", flat=True).distinct())


def timeline(person_id: int | None, household_id: int | None) -> list[Event]:
    """Needs as events."""
    mine = Q(pk=None)
    if person_id is not None:
        mine |= Q(person=person_id)
    if household_id is not None:
        mine |= Q(household=household_id, person=None)
    key = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return [
        Event(
            on=need.raised_on,
            title=need.reason.get(key, need.kind),
            detail=need.get_state_display(),
            tone="warning",
            stage="needs",
        )
        for need in Need.objects.filter(mine).order_by("-raised_on")[:200]
    ]
