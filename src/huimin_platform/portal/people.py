"""Finding people in one's division: by name, or by id number through its blind index."""

import re
import unicodedata
from typing import Any

from django.db.models import Q, QuerySet

from huimin.units import national_id
from huimin_platform.base import access, secrets
from huimin_platform.registry import queries as registry

LONGEST_NAME = 40


def looks_like_id(text: str) -> bool:
    """Whether what was typed is meant as an id number: fifteen digits or more, an X at the end allowed."""
    return re.fullmatch(r"\d{14,17}[\dX]", national_id.clean(text)) is not None


def number_token(text: str) -> str:
    """What stands in the address instead of the id number: its blind index, which tells nothing else."""
    number = national_id.clean(text)
    if len(number) == 15:
        number = national_id.upgrade15(number)
    return secrets.blind_index(number, "national_id").hex()


def clean_name(text: str) -> str:
    """A name as it is kept: one width, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip()[:LONGEST_NAME]


def find(actor: Any, *, name: str = "", number: str = "") -> QuerySet:
    """The people in the actor's division by how the name begins or the token of an id number."""
    people = access.scope(actor, registry.persons()).filter(merged_into=None)
    if number:
        try:
            index = bytes.fromhex(number)
        except ValueError:
            return people.none()
        mine = Q(national_id_index=index) | Q(other_national_ids__national_id_index=index)
        return people.filter(mine).distinct()
    if name:
        return people.filter(name__startswith=clean_name(name)).order_by("name", "born_on", "pk")
    return people.none()
