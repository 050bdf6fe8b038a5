"""Reads of the feedback stage: what was asked, what was answered."""

from collections import Counter
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.feedback import scale
from huimin_platform.base import access
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.delivery import service_queries as delivery
from huimin_platform.delivery.templatetags.delivery import service_title
from huimin_platform.feedback.models import Answer, Question
from huimin_platform.registry import queries as registry

# What a question can be about -> the field that is set then.
ABOUT = {"payment": "payment", "service": "service_order"}
WITH = ("person", "payment", "service_order", "service_contract__provider", "answer")


def questions() -> QuerySet[Question]:
    """All questions, each with its `place`; narrow them with `access.scope(actor, …, "place")`."""
    return Question.objects.annotate(place=_place())


def answers() -> QuerySet[Answer]:
    """All answers, each with its `place`."""
    return Answer.objects.annotate(place=_place("question__"))


def questions_for(
    actor: Any, *, state: str = "", low: bool = False, about: str = "", provider: str = ""
) -> QuerySet[Question]:
    """The questions of the actor's division with their answers. `low`: low scores only; `about`: payment or service;
    `provider`: about its services only.
    """
    found = access.scope(actor, questions(), "place").select_related(*WITH)
    if state:
        found = found.filter(state=state)
    if about in ABOUT:
        found = found.filter(**{f"{ABOUT[about]}__isnull": False})
    if provider:
        found = found.filter(service_contract__provider=provider)
    return found.filter(answer__score__lte=scale.LOW) if low else found


def question_for(actor: Any, question_id: int) -> Question | None:
    """One question: the resident's own or of the household's services, or one of the officer's division."""
    found = questions().select_related(*WITH).filter(pk=question_id)
    if actor.role == "resident":
        return found.filter(_put_to(actor.person_id)).first() if actor.person_id else None
    return access.scope(actor, found, "place").first()


def open_for_person(person_id: int) -> QuerySet[Question]:
    """What the person has been asked, or the household about its services, and has not answered, the newest first."""
    found = Question.objects.filter(_put_to(person_id), state=Question.State.OPEN)
    return found.select_related(*WITH).order_by("-asked_at", "-pk")


def _put_to(person_id: int) -> Q:
    """Whoever is cared for may not be able to answer; another of the household does, as with confirming visits."""
    membership = registry.membership_of(person_id)
    household = membership.household_id if membership and membership.ended_on is None else None
    return Q(person_id=person_id) | Q(
        service_order__isnull=False, household=household, household__isnull=False
    )


def _place(path: str = "") -> Coalesce:
    """The division of what a question is about."""
    return Coalesce(f"{path}payment__division", f"{path}service_order__division")


def satisfaction(actor: Any) -> scale.Satisfaction:
    """The satisfaction in the actor's division, with payments and services together."""
    return satisfaction_by(actor)[""]


def satisfaction_by(actor: Any) -> dict[str, scale.Satisfaction]:
    """The satisfaction in the actor's division: of all answers (under ""), with payments, with services."""
    rows = (
        access.scope(actor, answers(), "place")
        .order_by()
        .annotate(of_service=Q(question__payment=None))
        .values_list("score", "of_service")
        .annotate(count=Count("pk"))
    )
    counted: dict[str, Counter[int]] = {name: Counter() for name in ("", *ABOUT)}
    for score, of_service, count in rows:
        counted[""][score] += count
        counted["service" if of_service else "payment"][score] += count
    return {name: scale.satisfaction(counts) for name, counts in counted.items()}


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    of = Q(household_id=household_id) if household_id is not None else Q(person_id=person_id)
    asked = Question.objects.filter(of)
    services = delivery.service_orders().filter(pk__in=asked.values("service_order"))
    return {
        "questions": asked.order_by("asked_at", "pk"),
        "question_answers": Answer.objects.filter(question__in=asked.values("pk")),
        "question_services": services,
    }


def timeline(kept: Kept) -> list[Event]:
    """What was asked and answered about payments and services."""
    answers = {each.question_id: each for each in kept["question_answers"]}
    services = {each.pk: each for each in kept["question_services"]}
    return [
        event
        for question in kept["questions"]
        for event in _events(question, answers.get(question.pk), services.get(question.service_order_id))
    ]


def _events(question: Question, answer: Answer | None, order: Any | None) -> list[Event]:
    title = _("Asked how satisfied the person is")
    detail, url = "", ""
    if order is not None and question.month is not None:
        detail = _("%(service)s since %(month)s") % {
            "service": service_title(order), "month": f"{question.month:%Y-%m}"
        }  # fmt: skip
        url = reverse("delivery:service", args=[order.pk])
    asked = Event(timezone.localdate(question.asked_at), title, detail=detail, url=url, stage="feedback")
    if answer is None:
        return [asked]
    step = scale.step(answer.score)
    said = Event(
        timezone.localdate(answer.answered_at),
        _("Answered %(score)s of 5: %(words)s")
        % {"score": answer.score, "words": step.words.say(get_language() or "zh-hans")},
        detail=answer.words,
        source=_("Given by somebody who helped") if answer.on_behalf else "",
        tone=step.tone,
        stage="feedback",
    )
    return [asked, said]
