"""Figures about time: from the data to the case, from the case to the decision, from the data to money."""

from datetime import date
from typing import Any

from django.db.models import DurationField, Expression, ExpressionWrapper, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Extract, TruncDate

from huimin_platform.cases import queries as cases
from huimin_platform.evaluation.queries.measure import NUMBER, ONE, Measure
from huimin_platform.funds import queries as funds
from huimin_platform.registry import queries as registry

HOUR, DAY = 3600, 86400


def decision_days(today: date) -> Measure:
    """Cases decided: the days from opening to decision."""
    rows = cases.cases().exclude(decided_at=None).annotate(place=F("division"))
    taken = _lapse(TruncDate("decided_at"), F("opened_on"), DAY)
    return Measure(rows.annotate(top=taken, bottom=ONE), "case")


def match_hours(today: date) -> Measure:
    """Cases that the data opened: the hours from the last data on the household to the match."""
    rows = _opened_by_data().exclude(changed_at=None)
    return Measure(rows.annotate(top=_lapse(F("matched_at"), F("changed_at"), HOUR), bottom=ONE), "case")


def help_hours(today: date) -> Measure:
    """Cases that the data opened and that were paid: the hours from the data to the first money."""
    first = funds.payments().filter(case_number=OuterRef("number"), state="settled")
    paid_at = Subquery(first.order_by("answered_at").values("answered_at")[:1])
    rows = _opened_by_data().annotate(paid_at=paid_at).exclude(changed_at=None).exclude(paid_at=None)
    return Measure(rows.annotate(top=_lapse(F("paid_at"), F("changed_at"), HOUR), bottom=ONE), "case")


def _opened_by_data() -> QuerySet:
    """Cases no officer opened, with when they were matched and when the data before that had come."""
    matched = cases.items().filter(case=OuterRef("pk")).order_by("entitlement__run__at")
    changed = registry.facts().filter(
        person__memberships__household=OuterRef("household"), received_at__lte=OuterRef("matched_at")
    )
    return (
        cases.cases()
        .filter(opened_by=None)
        .annotate(place=F("division"), matched_at=Subquery(matched.values("entitlement__run__at")[:1]))
        .annotate(changed_at=Subquery(changed.order_by("-received_at").values("received_at")[:1]))
    )


def _lapse(later: Any, earlier: Any, seconds: int) -> Expression:
    """The time between two moments, in units of so many seconds."""
    between = ExpressionWrapper(later - earlier, output_field=DurationField())
    return ExpressionWrapper(Extract(between, "epoch") / seconds, output_field=NUMBER)
