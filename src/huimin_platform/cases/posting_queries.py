"""Reads of postings: what anybody may read of a village, and what an officer sees of a case."""

import hmac
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from huimin.cases.plan import ON_ROLL
from huimin.cases.posting import beside, name_may_stand
from huimin.privacy.masking import mask_name
from huimin_platform.cases import policies
from huimin_platform.cases.models import Case, CaseItem, Objection, Posting
from huimin_platform.registry import queries as registry

SALT = "cases.objection"
CODE_SIGNS = 12


@dataclass(frozen=True)
class Receiving:
    """A household on the lasting list of its village: its masked name, empty where it is kept back, and what it gets."""

    name: str
    policies: list[dict[str, Any]]


def running(division: str, today: date) -> QuerySet[Posting]:
    """What hangs in a village today, the newest first."""
    return Posting.objects.filter(division=division, taken_down_on=None, until__gte=today).order_by(
        "-posted_on", "pk"
    )


def posting_for(number: int, today: date) -> Posting | None:
    """A posting that hangs today; None where there is none."""
    return Posting.objects.filter(pk=number, taken_down_on=None, until__gte=today).first()


def places(today: date) -> dict[str, tuple[int, int]]:
    """division -> how many cases are posted there today, and how many households stand on its lasting list."""
    found: dict[str, list[int]] = {}
    hanging = Posting.objects.filter(taken_down_on=None, until__gte=today).order_by()
    for division, count in hanging.values_list("division").annotate(count=Count("pk")):
        found.setdefault(division, [0, 0])[0] = count
    receiving = _receiving(today).order_by().values_list("case__division")
    for division, count in receiving.annotate(count=Count("case", distinct=True)):
        found.setdefault(division, [0, 0])[1] = count
    return {division: (counts[0], counts[1]) for division, counts in sorted(found.items()) if division}


def lasting(division: str, today: date) -> list[Receiving]:
    """Who receives in a village what the law has published; who ends to receive is on it no more."""
    items = list(
        _receiving(today)
        .filter(case__division=division)
        .select_related("case__applicant", "case__withholding")
        .order_by("case__decided_at", "case", "pk")
    )
    persons = members([item.household_id for item in items], today)
    rules = _lasting_rules(today)
    found: dict[int, Receiving] = {}
    for item in items:
        row = found.setdefault(item.case_id, Receiving(public_name(item.case, today), []))
        told = beside(
            rules[item.policy], members=persons.get(item.household_id, 0), amount_fen=item.amount_fen
        )
        row.policies.append({"policy": item.policy} | told)
    return list(found.values())


def postings_of(case: Case) -> list[Posting]:
    """The postings of a case with the objections against them, the newest first."""
    return list(case.postings.prefetch_related("objections__answered_by", "objections__step"))


def code(objection: Objection) -> str:
    """What whoever objected keeps: its number and twelve signs that only we can make."""
    digest = hmac.digest(salted_hmac(SALT, str(objection.pk), algorithm="sha256").digest(), b"code", "sha256")
    signs = b32encode(digest).decode()[:CODE_SIGNS]
    return f"{objection.pk}-" + "-".join(signs[start : start + 4] for start in range(0, CODE_SIGNS, 4))


def by_code(text: str) -> Objection | None:
    """The objection of a code, however it was typed; None where we have made none like it."""
    typed = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    number, signs = typed[:-CODE_SIGNS], typed[-CODE_SIGNS:]
    if not number.isdigit() or len(number) > CODE_SIGNS:
        return None
    found = Objection.objects.select_related("posting", "step").filter(pk=int(number)).first()
    expected = code(found).replace("-", "")[-CODE_SIGNS:] if found else ""
    return found if found and constant_time_compare(expected, signs) else None


def members(households: Sequence[int], today: date) -> Mapping[int, int]:
    """household -> how many living persons it has."""
    here = Q(ended_on=None) | Q(ended_on__gt=today)
    found = registry.memberships().filter(here, household__in=households, person__died_on=None)
    return dict(found.order_by().values_list("household").annotate(count=Count("pk")))


def receiving(households: Sequence[int], today: date) -> Mapping[int, set[str]]:
    """household -> the policies that it receives: as a roll says, and what was approved here and goes on."""
    found: dict[int, set[str]] = {}
    rolls = registry.facts().filter(household__in=households, kind__in=ON_ROLL)
    live = rolls.filter(
        Q(started_on=None) | Q(started_on__lte=today), Q(ended_on=None) | Q(ended_on__gt=today)
    )
    for household, kind in live.values_list("household", "kind"):
        found.setdefault(household, set()).add(ON_ROLL[kind])
    granted = CaseItem.objects.filter(
        household__in=households, live=True, refused="", case__state="approved", case__stopped_on=None
    )
    for household, policy in granted.values_list("household", "policy"):
        found.setdefault(household, set()).add(policy)
    return found


def public_name(case: Case, today: date) -> str:
    """The masked name of the applicant; none of a child, of who is in danger, and where nobody is named."""
    applicant: Any = case.applicant
    if hasattr(case, "withholding") or applicant is None or not name_may_stand(applicant.born_on, today):
        return ""
    return mask_name(applicant.name)


def _receiving(today: date) -> QuerySet[CaseItem]:
    return CaseItem.objects.filter(
        live=True, policy__in=_lasting_rules(today), case__state="approved", case__stopped_on=None,
        case__suspended_on=None,
    )  # fmt: skip


def _lasting_rules(today: date) -> dict[str, tuple[str, ...]]:
    """policy -> what stands on the lasting list of it, for those whose law asks for one."""
    return {
        each.name: each.posting.lasting
        for each in policies.in_force(today)
        if each.posting is not None and each.posting.lasting is not None
    }
