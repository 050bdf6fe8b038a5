"""Figures about time: from the data to the case, from the case to the decision, from the data to money."""

from datetime import date
from typing import Any

from django.db.models import (
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Extract, Greatest, TruncDate

from huimin_platform.base import clock
from huimin_platform.cases import queries as cases
from huimin_platform.evaluation.queries import answers
from huimin_platform.evaluation.queries.measure import NUMBER, ONE, Measure, counted
from huimin_platform.funds import queries as funds
from huimin_platform.needs import queries as needs
from huimin_platform.registry import queries as registry

HOUR, DAY = 3600, 86400
PLACE = Coalesce("household__division", "person__division", Value(""))


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


def response_hours(today: date) -> Measure:
    """Needs that somebody responded to: the hours from the change, or the message, to the response."""
    rows = _responded().annotate(place=PLACE)
    return Measure(rows.annotate(top=_lapse(F("responded_at"), F("raised_at"), HOUR), bottom=ONE), "need")


def response_in_time(today: date) -> Measure:
    """Needs that were responded to or whose term is over; counted when that was in time."""
    over = Q(responded_at=None, state__in=["draft", "open"], respond_by__lt=clock.start_of(today))
    rows = needs.needs().filter(Q(responded_at__isnull=False) | over).annotate(place=PLACE)
    return Measure(rows.annotate(top=counted(Q(responded_at__lte=F("respond_by"))), bottom=ONE), "need")


def response_match_hours(today: date) -> Measure:
    """Needs responded to that a policy answers: the hours from the response to the match; none where it was there already."""
    rows = answers.matched(_responded()).annotate(place=PLACE).exclude(matched_at=None)
    later = Greatest(F("matched_at"), F("responded_at"))
    return Measure(rows.annotate(top=_lapse(later, F("responded_at"), HOUR), bottom=ONE), "need")


def _responded() -> QuerySet[Any]:
    return needs.needs().exclude(responded_at=None).exclude(raised_at=None)


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
