"""Reads of the feedback stage: what was asked, what was answered."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin.feedback import scale
from huimin_platform.base import access
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.feedback.models import Answer, Question


def questions() -> QuerySet[Question]:
    """All questions; narrow them with `access.scope(actor, …, "payment__division")`."""
    return Question.objects.all()


def answers() -> QuerySet[Answer]:
    """All answers."""
    return Answer.objects.all()


def questions_for(actor: Any, *, state: str = "", low: bool = False) -> QuerySet[Question]:
    """The questions about payments in the actor's division with their answers; `low`: low scores only."""
    found = access.scope(actor, questions(), "payment__division").select_related(
        "person", "payment", "answer"
    )
    if state:
        found = found.filter(state=state)
    return found.filter(answer__score__lte=scale.LOW) if low else found


def question_for(actor: Any, question_id: int) -> Question | None:
    """One question: the resident's own, or one about a payment in the officer's division."""
    found = Question.objects.select_related("person", "payment", "answer").filter(pk=question_id)
    if actor.role == "resident":
        return found.filter(person_id=actor.person_id).first() if actor.person_id else None
    return access.scope(actor, found, "payment__division").first()


def open_for_person(person_id: int) -> QuerySet[Question]:
    """What the person has been asked and has not answered, the newest first."""
    found = Question.objects.filter(person_id=person_id, state=Question.State.OPEN)
    return found.select_related("payment").order_by("-asked_at", "-pk")


def satisfaction(actor: Any) -> scale.Satisfaction:
    """The satisfaction in the actor's division."""
    counted: Mapping[int, int] = dict(
        access.scope(actor, answers(), "question__payment__division")
        .order_by()
        .values_list("score")
        .annotate(count=Count("pk"))
    )
    return scale.satisfaction(counted)


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    of = Q(household_id=household_id) if household_id is not None else Q(person_id=person_id)
    asked = Question.objects.filter(of)
    return {
        "questions": asked.order_by("asked_at", "pk"),
        "question_answers": Answer.objects.filter(question__in=asked.values("pk")),
    }


def timeline(kept: Kept) -> list[Event]:
    """What was asked and answered about payments."""
    answers = {each.question_id: each for each in kept["question_answers"]}
    return [event for question in kept["questions"] for event in _events(question, answers.get(question.pk))]


def _events(question: Question, answer: Answer | None) -> list[Event]:
    asked = Event(
        timezone.localdate(question.asked_at), _("Asked how satisfied the person is"), stage="feedback"
    )
    if answer is None:
        return [asked]
    step = scale.step(answer.score)
    said = Event(
        timezone.localdate(answer.answered_at),
        _("Answered %(score)s of 5: %(words)s")
        % {"score": answer.score, "words": step.words.say(get_language() or "zh-hans")},
        detail=answer.words,
        source=_("Written down by an officer for the resident") if answer.on_behalf else "",
        tone=step.tone,
        stage="feedback",
    )
    return [asked, said]
