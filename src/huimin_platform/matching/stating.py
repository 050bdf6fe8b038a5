"""What residents state of themselves: kept when they wish it, taken back when they wish it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from huimin_platform.base import audit, secrets
from huimin_platform.base.models import User
from huimin_platform.matching.models import Statement

WHERE = "matching.statement.value"
# The full name of a fact, and the person it is about; nobody where it is about the household.
Said = tuple[str, int | None]


def statements_of(person_id: int) -> QuerySet[Statement]:
    """What a person stated and wished to be kept, the latest last."""
    return Statement.objects.filter(person_id=person_id).order_by("said_at", "pk")


def value_of(statement: Statement) -> str:
    """What was stated, as worked cases write it."""
    return secrets.unseal(statement.value_sealed, WHERE, statement.pk)


@transaction.atomic
def keep(
    *, person_id: int, household_id: int, said: Mapping[Said, str], at: datetime, by: User
) -> list[Statement]:
    """The statements as they are kept; one that is kept already with the same value stays as it was."""
    known = {(each.fact, each.about_id): each for each in statements_of(person_id).select_for_update()}
    kept = []
    for (fact, about), value in said.items():
        before = known.get((fact, about))
        if before is not None and value_of(before) == value:
            kept.append(before)
            continue
        made = before or Statement.objects.create(
            person_id=person_id, about_id=about, household_id=household_id, fact=fact, value_sealed=b"", said_at=at
        )  # fmt: skip
        made.value_sealed, made.said_at = secrets.seal(value, WHERE, made.pk), at
        made.household_id = household_id
        made.save(update_fields=["value_sealed", "said_at", "household"])
        audit.write(by=by, action="states", kind="statement", object_id=made.pk, on_behalf=person_id, at=at)
        kept.append(made)
    return kept


@transaction.atomic
def take_back(*, person_id: int, at: datetime, by: User) -> int:
    """How many statements of a person are gone; what they said is not kept anywhere."""
    gone, _each = statements_of(person_id).delete()
    if gone:
        audit.write(
            by=by, action="takes_back", kind="statement", object_id=person_id, on_behalf=person_id, at=at
        )
    return gone
