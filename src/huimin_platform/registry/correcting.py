"""Requests of people to have the own file put right, and their answers (个人信息保护法第四十六条)."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from huimin.units.workdays import add_working_days
from huimin_platform.base import access, audit, secrets
from huimin_platform.base.models import User
from huimin_platform.intake import queries as intake
from huimin_platform.registry import queries
from huimin_platform.registry.models import Correction

# The law says in good time 及时; this is our promise.
WORKING_DAYS = 15
# Who answers for what is missing and has no row: the register of residents.
OF_PERSONS = "police"


class NotYours(Exception):
    """The fact is not one of the person's own file."""


class AnsweredAlready(Exception):
    """Somebody has answered the request in the meantime."""


@transaction.atomic
def ask(*, person_id: int, fact_id: int | None, text: str, at: datetime, by: User) -> Correction:
    """The request to put a fact right, or to add what is missing; the same words again change nothing."""
    fact = queries.facts().filter(pk=fact_id).select_related("source_file").first() if fact_id else None
    home = queries.membership_of(person_id)
    owner = home.household_id if home else None
    if fact_id and (
        fact is None or (fact.person_id != person_id and (not owner or fact.household_id != owner))
    ):
        raise NotYours
    key = hashlib.sha256(f"{person_id}/{fact_id}/{text.strip()}".encode()).hexdigest()
    known = Correction.objects.filter(key=key).first()
    if known is not None:
        return known
    department = intake.contracts()[fact.source_file.dataset].department if fact else OF_PERSONS
    kept = Correction.objects.create(
        key=key, person_id=person_id, fact=fact, department=department, text_sealed=b"", asked_at=at,
        answer_by=add_working_days(timezone.localdate(at), WORKING_DAYS),
    )  # fmt: skip
    kept.text_sealed = secrets.seal(text.strip(), "registry.correction.text", kept.pk)
    kept.save(update_fields=["text_sealed"])
    audit.write(by=by, action="asks", kind="correction", object_id=kept.pk, on_behalf=person_id, at=at)
    return kept


@transaction.atomic
def answer(*, correction: int, corrected: bool, words: str, at: datetime, by: User) -> Correction:
    """The request with its answer, which the person reads on the own page; never changed afterwards."""
    kept = Correction.objects.select_for_update(of=("self",)).select_related("person").get(pk=correction)
    decision = access.allow(by, "answers", "correction", division=kept.person.division or None)
    if not decision:
        raise access.NotAllowed(decision.reasons)
    if kept.state != Correction.State.ASKED:
        raise AnsweredAlready
    kept.state = Correction.State.CORRECTED if corrected else Correction.State.REFUSED
    kept.answer, kept.answered_at, kept.answered_by = words, at, by.username
    kept.save(update_fields=["state", "answer", "answered_at", "answered_by"])
    audit.write(
        by=by, action="answers", kind="correction", object_id=correction, on_behalf=kept.person_id, at=at,
        details={"outcome": kept.state},
    )  # fmt: skip
    return kept
