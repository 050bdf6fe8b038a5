"""Figures about the answers of residents, on payments and on services, together and apart."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from huimin.feedback.scale import SATISFIED
from huimin_platform.evaluation.queries.measure import ONE, Measure, counted
from huimin_platform.feedback import queries as feedback


def satisfaction(today: date) -> Measure:
    """Answers about payments and services; counted from four of five on."""
    return _satisfied(feedback.answers())


def satisfaction_with_payments(today: date) -> Measure:
    """Answers about payments; counted from four of five on."""
    return _satisfied(feedback.answers().filter(question__payment__isnull=False))


def satisfaction_with_services(today: date) -> Measure:
    """Answers about services; counted from four of five on."""
    return _satisfied(feedback.answers().filter(question__service_order__isnull=False))


def answer_rate(today: date) -> Measure:
    """Questions asked, about payments and services; counted when answered."""
    rows = feedback.questions().annotate(top=counted(Q(state="answered")), bottom=ONE)
    return Measure(rows, "question")


def _satisfied(answers: QuerySet[Any]) -> Measure:
    rows = answers.select_related("question").annotate(top=counted(Q(score__gte=SATISFIED)), bottom=ONE)
    return Measure(rows, "answer")
