"""The list of needs by how far they are, which later stages tell; for its page and its export."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import QuerySet

from huimin_platform.evaluation.queries import answers
from huimin_platform.needs import queries
from huimin_platform.needs.models import Need


def so_far(actor: Any, *, state: str, today: date, **asked: str) -> QuerySet[Need]:
    """Needs in the actor's division, with a state that is kept or worked out (`answers.SO_FAR`); all without one."""
    worked_out = state in answers.SO_FAR
    found = queries.needs_for(actor, state="" if worked_out else state, **asked)
    return answers.so_far(found, state, today) if worked_out else found


def progress_of(needs: Collection[Need], today: date) -> dict[int, str]:
    """How far each of some needs is, by its number."""
    mine = queries.needs().filter(pk__in=[each.pk for each in needs])
    return {each.pk: answers.progress(each) for each in answers.met(answers.matched(mine), today)}
