"""Who can help: departments, the officers of a department for a place, providers and their contracts."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import translation

from huimin.units import divisions
from huimin_platform.base import access
from huimin_platform.base.models import Role, User
from huimin_platform.supply.departments import Department, NoSuchDepartment, department, departments
from huimin_platform.supply.models import Provider, ServiceContract

__all__ = [
    "Department", "NoSuchDepartment", "contracts", "contracts_of", "department", "department_name", "departments",
    "officer_for", "officers", "providers", "signed",
]  # fmt: skip

# Officers of these two are told by their role, not by a department at the county.
BY_ROLE = {"village": Role.VILLAGE, "township": Role.TOWNSHIP}
LEVELS = (12, 9, 6, 4, 2)


def department_name(code: str, language: str = "") -> str:
    """The name of a department in the reader's language; the code where the catalogue does not know it."""
    try:
        return department(code).name.say(language or translation.get_language() or "zh-hans")
    except NoSuchDepartment:
        return code


def officers(code: str, division: str) -> QuerySet[User]:
    """The officers of a department whose division is this place or lies around it, the nearest first."""
    around = [division[:length].ljust(12, "0") for length in LEVELS]
    told = (
        Q(role=BY_ROLE[code])
        if code in BY_ROLE
        else Q(department=code) & ~Q(role__in=[Role.RESIDENT, Role.SYSTEM, Role.PROVIDER])
    )
    return User.objects.filter(told, is_active=True, division__in=around).order_by("-division", "id")


def superiors(role: str, division: str) -> list[int]:
    """The numbers of the officers of a level whose division is this place or lies around it, of the nearest division."""
    around = [division[:length].ljust(12, "0") for length in LEVELS]
    found = User.objects.filter(role=role, is_active=True, division__in=around).order_by("id")
    by_division: dict[str, list[int]] = {}
    for number, place in found.values_list("pk", "division"):
        by_division.setdefault(place, []).append(number)
    return by_division[max(by_division, key=lambda code: len(divisions.prefix(code)))] if by_division else []


def officer_for(code: str, division: str, number: int = 0) -> User | None:
    """The officer for one matter of a place: of the nearest division, taking turns by the matter's number."""
    found = list(officers(code, division))
    if not found:
        return None
    nearest = max(len(divisions.prefix(one.division)) for one in found)
    near = [one for one in found if len(divisions.prefix(one.division)) == nearest]
    return near[number % len(near)]


def providers(actor: Any) -> QuerySet[Provider]:
    """The providers of the actor's division with their contracts, the newest first."""
    found = access.scope(actor, Provider.objects.all()).select_related("added_by", "confirmed_by")
    return found.prefetch_related("contracts").order_by("-added_at", "pk")


def contracts(actor: Any) -> QuerySet[ServiceContract]:
    """The contracts that count in the actor's division, the newest first."""
    found = access.scope(actor, ServiceContract.objects.all())
    return found.select_related("provider", "proposed_by", "signed_by").order_by("-proposed_at", "pk")


def signed(policy: str, division: str, on: date) -> QuerySet[ServiceContract]:
    """The signed contracts of a policy that count in a place on a day; the nearest and oldest first."""
    around = [division[:length].ljust(12, "0") for length in LEVELS]
    found = ServiceContract.objects.filter(
        policy=policy, division__in=around, signed_by__isnull=False, started_on__lte=on, ended_on__gt=on
    )
    return found.select_related("provider").order_by("-division", "signed_at", "pk")


def contracts_of(provider: str) -> QuerySet[ServiceContract]:
    """The signed contracts of a provider."""
    return ServiceContract.objects.filter(provider=provider, signed_by__isnull=False).order_by("pk")
