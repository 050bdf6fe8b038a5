"""Who can help: departments, the officers of a department for a place, providers, their contracts and ratings."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db.models import Max, Q, QuerySet
from django.utils import translation

from huimin.units import divisions
from huimin_platform.base import access
from huimin_platform.base.models import Role, User
from huimin_platform.supply.departments import Department, NoSuchDepartment, department, departments
from huimin_platform.supply.models import Provider, Qualification, Rating, ServiceContract

__all__ = [
    "Department", "NoSuchDepartment", "contracts", "department", "department_name", "departments",
    "divisions_of_providers", "keeper_of", "latest_ratings", "officer_for", "officers", "provider_for", "providers", "qualifications_of", "ratings_of",
    "released_rating",
    "released_since", "signed", "skills_held",
]  # fmt: skip

# Officers of these two are told by their role, not by a department at the county.
BY_ROLE = {"village": Role.VILLAGE, "township": Role.TOWNSHIP}
LEVELS = (12, 9, 6, 4, 2)
COUNTY = 6


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
    """The signed contracts of a policy that count in a place on a day."""
    around = [division[:length].ljust(12, "0") for length in LEVELS]
    found = ServiceContract.objects.filter(
        policy=policy, division__in=around, signed_by__isnull=False, started_on__lte=on, ended_on__gt=on
    )
    return found.select_related("provider").order_by("pk")


def provider_for(actor: Any, code: str) -> Provider | None:
    """One provider of the actor's division."""
    return providers(actor).filter(pk=code).first()


def skills_held(providers: Collection[str], on: date) -> dict[str, set[str]]:
    """provider -> the skills that somebody has confirmed of it and that count on a day; who has none is left out."""
    found = Qualification.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=on), provider__in=providers, confirmed_by__isnull=False
    )
    held: dict[str, set[str]] = {}
    for provider, skill in found.values_list("provider", "skill"):
        held.setdefault(provider, set()).add(skill)
    return held


def qualifications_of(provider: str) -> QuerySet[Qualification]:
    """The qualifications of a provider, by skill, the newest first."""
    found = Qualification.objects.filter(provider=provider).select_related("added_by", "confirmed_by")
    return found.order_by("skill", "-pk")


def keeper_of(contract: ServiceContract) -> User | None:
    """The officer who looks after a contract: who took it in, or where they have left, another of that department and place."""
    first = contract.proposed_by
    if first.is_active:
        return first
    beside = User.objects.filter(
        role=first.role, department=first.department, division=first.division, is_active=True
    )
    return beside.order_by("id").first()


def divisions_of_providers() -> pl.DataFrame:
    """provider, division: the county in which each provider with a signed contract is registered."""
    found = Provider.objects.filter(contracts__signed_by__isnull=False).order_by("pk").distinct()
    rows = [(code, division[:COUNTY]) for code, division in found.values_list("pk", "division")]
    return pl.DataFrame(rows, schema={"provider": pl.String, "division": pl.String}, orient="row")


def latest_ratings(providers: Collection[str] | None = None) -> dict[str, Rating]:
    """provider -> its latest rating, of all or of some; who has none is left out."""
    found = Rating.objects.all() if providers is None else Rating.objects.filter(provider__in=providers)
    return {each.provider_id: each for each in found.order_by("provider", "-on").distinct("provider")}


def released_rating(provider: str) -> Rating | None:
    """The latest rating that a provider may be shown; None while too few have answered."""
    return Rating.objects.filter(provider=provider, released=True).order_by("-on").first()


def released_since() -> dict[str, datetime]:
    """provider -> when the latest rating that it may be shown was worked out; who has none is left out."""
    found = Rating.objects.filter(released=True).values_list("provider")
    return dict(found.annotate(last=Max("rated_at")).order_by())


def ratings_of(provider: str, *, most: int) -> list[Rating]:
    """The latest ratings of a provider, the newest first."""
    return list(Rating.objects.filter(provider=provider).order_by("-on")[:most])
