"""What was paid after a benefit had ended becomes a proposal that a person looks at; nobody owes it before a decision."""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from huimin.cases import paths as book
from huimin.units.workdays import add_working_days
from huimin_platform.base import audit
from huimin_platform.cases import notices
from huimin_platform.cases.models import Case, Path

NAME = "overpayment"
CAUSE = "以下月份在停发后仍已发放：{months}。"


@transaction.atomic
def propose(*, case_number: str, months: list[str], amount_fen: int, at: datetime) -> bool:
    """Whether a recovery was proposed of what these months came to, less what was proposed before on the case."""
    case = Case.objects.select_for_update().get(number=case_number)
    if case.paths.filter(name=NAME, end="").exists():
        return False
    before = case.paths.filter(name=NAME).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    if amount_fen <= before:
        return False
    today = timezone.localdate(at)
    definition = book.in_force(today)[NAME]
    path = Path.objects.create(
        case=case, name=NAME, version=definition.version, task=definition.first,
        cause=CAUSE.format(months="、".join(months)), amount_fen=amount_fen - before, begun_at=at,
        due_on=add_working_days(today, definition.tasks[definition.first].working_days),
    )  # fmt: skip
    notices.tell_begun([path], definition)
    details = {"path": NAME}
    audit.write(
        by=audit.SYSTEM, action="begins_path", kind="case", object_id=case.number, details=details, at=at
    )
    return True
