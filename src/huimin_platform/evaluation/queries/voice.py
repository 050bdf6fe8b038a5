"""Figures about the answers of residents."""

from datetime import date

from django.db.models import F, Q

from huimin.feedback.scale import SATISFIED
from huimin_platform.evaluation.queries.measure import ONE, Measure, counted
from huimin_platform.feedback import queries as feedback


def satisfaction(today: date) -> Measure:
    """Answers; counted from four of five on."""
    rows = feedback.answers().annotate(place=F("question__payment__division"))
    return Measure(rows.annotate(top=counted(Q(score__gte=SATISFIED)), bottom=ONE), "answer")


def answer_rate(today: date) -> Measure:
    """Questions asked; counted when answered."""
    rows = feedback.questions().annotate(place=F("payment__division"))
    return Measure(rows.annotate(top=counted(Q(state="answered")), bottom=ONE), "question")
