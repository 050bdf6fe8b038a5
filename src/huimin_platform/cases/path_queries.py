"""Reads of paths and notices: those of a case, those of a resident, those an officer has to move."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from huimin.cases.reviews import CLASSES, UNCLASSED_MONTHS
from huimin_platform.base import access
from huimin_platform.cases.models import Case, Notice, Path
from huimin_platform.registry import queries as registry

SALT = "cases.notice"
RECOVERIES = ("recovery", "overpayment")
RATINGS = {"increase": "raised", "decrease": "lowered"}

# The day on which the case `decided` is to be looked at again: after its last review, or else the decision, by its class.
_MONTHS = " ".join(f"when '{name}' then {each.months}" for name, each in CLASSES.items())
REVIEW_DUE_ON = f"""(coalesce((
    select max(reviewed.ended_at) from cases_path reviewed
    where reviewed.case_id = decided.id and reviewed.name = 'recertification' and reviewed."end" = 'renewed'
  ), decided.decided_at) at time zone %(zone)s
  + make_interval(months => case decided.review_class {_MONTHS} else {UNCLASSED_MONTHS} end))::date"""  # noqa: S608 - names and numbers of CLASSES, which is data of the library
MOST_REVIEWS = 1_000
REVIEWS = f"""
select id, due_on from (
    select decided.id, {REVIEW_DUE_ON} as due_on from cases_case decided
    where decided.state = 'approved' and decided.stopped_on is null and decided.division like %(place)s
      and exists (select from cases_caseitem item where item.case_id = decided.id and item.live and item.per = 'month')
) listed where due_on <= %(until)s order by due_on, id limit %(most)s
"""  # noqa: S608 - REVIEW_DUE_ON is the text above; values are parameters


@dataclass(frozen=True)
class Recovery:
    """A decided recovery: what is owed back, where, on what, since when; `annulled` once an appeal has reversed it."""

    path: int
    case_number: str
    division: str
    policy: str
    policy_version: str
    amount_fen: int
    on: date
    annulled: bool


@dataclass(frozen=True)
class Rating:
    """A decided other amount each month: for which item, from which month; `annulled` once an appeal has reversed it."""

    path: int
    item: int
    case_number: str
    before_fen: int
    amount_fen: int
    counts_from_on: date
    annulled: bool


@dataclass(frozen=True)
class Review:
    """A case to be looked at again, and when."""

    case: Case
    due_on: date


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
    return Notice.objects.filter(case__in=own_cases(person).values("pk")).select_related("case", "reminder")


def notices_for(actor: Any) -> QuerySet[Notice]:
    """The notices on cases of the actor's division, the newest first."""
    return access.scope(actor, Notice.objects.select_related("case__applicant", "reminder"), "case__division")


def paths_for(actor: Any) -> QuerySet[Path]:
    """The paths that run on cases of the actor's division, the one due first in front."""
    found = Path.objects.filter(end="").select_related("case__applicant").prefetch_related("case__items")
    return access.scope(actor, found, "case__division").order_by("due_on", "pk")


def decided_recoveries() -> list[Recovery]:
    """The recoveries that were decided, for the ledger to take up, each with whether an appeal has reversed it."""
    reversing = Path.objects.filter(name="appeal", end="reversed", contested=OuterRef("pk"))
    found = (
        Path.objects.filter(name__in=RECOVERIES, end="owed")
        .select_related("case")
        .prefetch_related("case__items")
        .annotate(annulled=Exists(reversing))
        .order_by("pk")
    )
    return [_recovery(path) for path in found]


def decided_ratings() -> list[Rating]:
    """The other monthly amounts that were decided, in that order, for delivery to take up."""
    reversing = Path.objects.filter(name="appeal", end="reversed", contested=OuterRef("pk"))
    found = (
        Path.objects.filter(name__in=RATINGS, end__in=RATINGS.values(), item__isnull=False)
        .select_related("case")
        .annotate(annulled=Exists(reversing))
        .order_by("ended_at", "pk")
    )
    return [
        Rating(
            path=path.pk, item=path.item_id, case_number=path.case.number, before_fen=path.before_fen,
            amount_fen=path.amount_fen, counts_from_on=path.counts_from_on, annulled=path.annulled,
        )
        for path in found
    ]  # fmt: skip


def reviews_for(actor: Any, until: date) -> list[Review]:
    """The cases of the actor's division that are to be looked at again by a day, the most pressing first."""
    leading = access.prefix_of(actor)
    if leading is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            REVIEWS,
            {"place": f"{leading}%", "until": until, "most": MOST_REVIEWS, "zone": settings.TIME_ZONE},
        )
        due = dict(cursor.fetchall())
    cases = Case.objects.filter(pk__in=due).select_related("applicant").prefetch_related("items", "paths")
    return sorted(
        (Review(case, due[case.pk]) for case in cases), key=lambda each: (each.due_on, each.case.pk)
    )


def _recovery(path: Path) -> Recovery:
    # What is paid each month leads a case; a recovery belongs to what leads it.
    item = path.case.items.all()[0]
    assert path.ended_at is not None
    assert path.amount_fen is not None
    return Recovery(
        path=path.pk,
        case_number=path.case.number,
        division=path.case.division,
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
