"""Reads of paths and notices: those of a case, those of a resident, those an officer has to move."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core import signing
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from huimin_platform.base import access
from huimin_platform.cases.models import Case, Notice, Path
from huimin_platform.registry import queries as registry

SALT = "cases.notice"


@dataclass(frozen=True)
class Recovery:
    """A decided recovery: what is owed back, on what, since when; `annulled` once an appeal has reversed it."""

    path: int
    case_number: str
    policy: str
    policy_version: str
    amount_fen: int
    on: date
    annulled: bool


def paths_of(case: Case) -> list[Path]:
    """The paths of a case with their moves, the newest first."""
    found = case.paths.select_related("begun_by", "contested").prefetch_related("moves__by").order_by("-pk")
    paths = list(found)
    for path in paths:
        path.case = case
    return paths


def own_cases(person: int) -> QuerySet[Case]:
    """The cases of the household a person belongs to today, or belonged to last, the newest first."""
    membership = registry.membership_of(person)
    household = membership.household_id if membership else None
    return (
        Case.objects.filter(Q(household_id=household) | Q(applicant_id=person))
        .select_related("household", "applicant")
        .prefetch_related("items")
        .order_by("-opened_on", "-pk")
    )


def own_notices(person: int) -> QuerySet[Notice]:
    """The notices on a person's own cases, the newest first."""
    return Notice.objects.filter(case__in=own_cases(person).values("pk")).select_related("case")


def notices_for(actor: Any) -> QuerySet[Notice]:
    """The notices on cases of the actor's division, the newest first."""
    return access.scope(actor, Notice.objects.select_related("case__applicant"), "case__division")


def paths_for(actor: Any) -> QuerySet[Path]:
    """The paths that run on cases of the actor's division, the one due first in front."""
    found = Path.objects.filter(end="").select_related("case__applicant").prefetch_related("case__items")
    return access.scope(actor, found, "case__division").order_by("due_on", "pk")


def decided_recoveries() -> list[Recovery]:
    """The recoveries that were decided, for the ledger to take up, each with whether an appeal has reversed it."""
    reversing = Path.objects.filter(name="appeal", end="reversed", contested=OuterRef("pk"))
    found = (
        Path.objects.filter(name="recovery", end="owed")
        .select_related("case")
        .prefetch_related("case__items")
        .annotate(annulled=Exists(reversing))
        .order_by("pk")
    )
    return [_recovery(path) for path in found]


def _recovery(path: Path) -> Recovery:
    # What is paid each month leads a case; a recovery belongs to what leads it.
    item = path.case.items.all()[0]
    assert path.ended_at is not None
    assert path.amount_fen is not None
    return Recovery(
        path=path.pk,
        case_number=path.case.number,
        policy=item.policy,
        policy_version=item.policy_version,
        amount_fen=path.amount_fen,
        on=timezone.localdate(path.ended_at),
        annulled=path.annulled,  # pyright: ignore[reportAttributeAccessIssue]
    )


def token(notice: Notice) -> str:
    """What the code on a notice says: its number, signed; nothing about anybody."""
    return signing.Signer(salt=SALT).sign(str(notice.pk))


def by_token(signed: str) -> Notice | None:
    """The notice of a code; None where we have not signed it."""
    try:
        number = int(signing.Signer(salt=SALT).unsign(signed))
    except (signing.BadSignature, ValueError):
        return None
    return Notice.objects.select_related("case").filter(pk=number).first()


def check_code(notice: Notice) -> str:
    """Twelve signs drawn from every word of a notice: a word that was changed on paper does not fit them."""
    said = [notice.pk, notice.title, notice.text, notice.issued_at.isoformat()]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest().upper()
    return "-".join(digest[start : start + 4] for start in (0, 4, 8))
