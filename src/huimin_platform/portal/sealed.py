"""Sealed values of a person: shown in part in the file, in full by a separate act that is logged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from huimin.privacy import masking
from huimin_platform.base import secrets


@dataclass(frozen=True)
class Sealed:
    """One sealed value as the file shows it."""

    field: str
    label: str
    masked: str


MASKS: dict[str, Callable[[str | None], str]] = {
    "national_id": masking.mask_id,
    "phone": masking.mask_phone,
    "card": masking.mask_card,
    "address": masking.mask_address,
}


def labels() -> dict[str, str]:
    """The labels of the fields."""
    return {
        "national_id": _("Id number"),
        "phone": _("Telephone"),
        "card": _("Bank card"),
        "address": _("Address"),
    }


def of(person: Any) -> list[Sealed]:
    """What is sealed about a person, each in part."""
    return [
        Sealed(field, label, MASKS[field](value))
        for field, label in labels().items()
        if (value := reveal(person, field))
    ]


def reveal(person: Any, field: str) -> str:
    """A sealed value in full, empty where none is kept; the caller has asked access and logs it."""
    blob = getattr(person, f"{field}_sealed")
    return secrets.unseal(blob, f"registry.person.{field}", person.pk) if blob is not None else ""
