"""The list of questions and the form of an answer."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.design.preferences import safe_return
from huimin_platform.feedback import actions, queries
from huimin_platform.feedback.pages.forms import AnswerForm
from huimin_platform.supply import queries as supply

COLUMNS = (
    tables.Column(gettext_lazy("Person")),
    tables.Column(gettext_lazy("About")),
    tables.Column(gettext_lazy("Asked"), sort="asked_at"),
    tables.Column(gettext_lazy("Answer"), sort="answer__score"),
    tables.Column(gettext_lazy("Words")),
)


@access.page("lists", "question")
def questions(request: HttpRequest) -> HttpResponse:
    """The questions in the officer's division, about payments and services; `?state=low` shows low scores only."""
    asked = request.GET
    state = asked.get("state", "") if asked.get("state", "") in ("open", "answered") else ""
    found = queries.questions_for(
        request.user, state=state, low=asked.get("state") == "low", about=asked.get("about", ""),
        provider=asked.get("provider", ""),
    )  # fmt: skip
    rows = tables.ordered(request, found, COLUMNS, default="-asked_at")
    words = {"": _("Satisfied"), "payment": _("With payments"), "service": _("With services")}
    context = {
        "heads": tables.heads(request, COLUMNS, default="-asked_at"),
        "page": tables.page_of(request, rows),
        "satisfaction": [
            (words[name], found, name) for name, found in queries.satisfaction_by(request.user).items()
        ],
        "states": [
            ("open", _("Not answered yet")),
            ("answered", _("Answered")),
            ("low", _("Low scores")),
        ],
        "subjects": [("payment", _("Payments")), ("service", _("Services"))],
        "providers": [(each.pk, each.name) for each in supply.providers(request.user)],
        "may_answer": bool(access.allow(request.user, "answers", "question")),
    }
    return render(request, "feedback/questions.html", context)


@access.page("answers", "question")
def answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """The form of an answer: a resident's own, or put by an officer whose name is kept with it."""
    question = queries.question_for(request.user, question_id)
    if question is None:
        raise Http404
    own = request.user.role == "resident"
    if question.state == question.State.ANSWERED:
        messages.info(request, _("This question has its answer already. Answers are not changed."))
        return redirect("/" if own else "feedback:questions")
    form = AnswerForm(request.POST or None, of_service=question.service_order is not None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer(question_id=question.pk, **form.cleaned_data, at=clock.now(), by=request.user)
            messages.success(request, _("The answer is kept."))
        except actions.AlreadyAnswered:
            messages.info(request, _("This question has its answer already. Answers are not changed."))
        except access.NotAllowed as refused:
            messages.error(request, str(refused))
        return redirect(safe_return(request.POST.get("next", "/")))
    context = {
        "form": form,
        "question": question,
        "own": own,
        "next": safe_return(request.GET.get("next", "/" if own else "/questions/")),
        "reader": "resident" if own else "staff",
    }
    return render(request, "feedback/answer.html", context, status=422 if form.errors else 200)
