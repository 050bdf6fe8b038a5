"""The posting of one case, for officers: what hangs, what was said against it, the answer, and names kept off."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.cases import actions, guards, posting_queries, postings, queries
from huimin_platform.cases.models import Case, Objection
from huimin_platform.cases.pages.posting_forms import AnswerForm, WithholdForm


@access.page("opens", "case")
def posting(request: HttpRequest, number: str) -> HttpResponse:
    """What is or was posted of a case, and every objection."""
    return _shown(request, _found(request, number))


@access.page("decides", "case")
@require_POST
def answer(request: HttpRequest, number: str, objection: int) -> HttpResponse:
    """Takes the answer to an objection."""
    found = _found(request, number)
    if not Objection.objects.filter(pk=objection, posting__case=found).exists():
        raise Http404
    form = AnswerForm(request.POST, auto_id=f"objection-{objection}-%s")
    if not form.is_valid():
        return _shown(request, found, answer_form=(objection, form), status=422)
    given = form.cleaned_data
    try:
        actions.answer_objection(
            objection=objection, outcome=given["outcome"], found=given["found"], said=given["said"],
            at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except actions.CannotBe as problem:
        form.add_error(None, str(problem))
        return _shown(request, found, answer_form=(objection, form), status=409)
    messages.success(request, _("It is answered; whoever objected can read it."))
    return redirect("cases:posting", number)


@access.page("decides", "case")
@require_POST
def withhold(request: HttpRequest, number: str) -> HttpResponse:
    """Keeps the name of a case off the public lists."""
    found = _found(request, number)
    form = WithholdForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, withhold_form=form, status=422)
    actions.withhold(case=found, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request))
    messages.success(request, _("The name stands on no public list any more."))
    return redirect("cases:posting", number)


def _shown(
    request: HttpRequest,
    found: Case,
    *,
    answer_form: tuple[int, AnswerForm] | None = None,
    withhold_form: WithholdForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = _actor(request)
    rows = [
        {
            "posting": each,
            "objections": [_objection(actor, found, one, answer_form) for one in each.objections.all()],
        }
        for each in posting_queries.postings_of(found)
    ]
    decides = bool(access.allow(actor, "decides", "case", division=found.division))
    withheld = getattr(found, "withholding", None)
    context = {
        "case": found,
        "rows": rows,
        "withheld": withheld,
        "withhold_form": (withhold_form or WithholdForm()) if decides and withheld is None else None,
        "wrong_form": withhold_form or (answer_form[1] if answer_form else None),
        "today": clock.today(),
        "crumbs": [
            (_("Cases"), reverse("cases:cases")),
            (found.number, reverse("cases:case", args=[found.number])),
            (_("Posting"), ""),
        ],
    }
    return render(request, "cases/posting.html", context, status=status)


def _objection(
    actor: Any, found: Case, one: Objection, wrong: tuple[int, AnswerForm] | None
) -> dict[str, Any]:
    one.step.case = found
    casework = bool(access.allow(actor, "decides", "case", division=found.division))
    mine = not one.outcome and casework and guards.may_do(actor, one.step)
    given = wrong[1] if wrong and wrong[0] == one.pk else None
    return {
        "objection": one,
        # What a neighbour said is for those who work on the case.
        "text": postings.text_of(one) if casework else "",
        "form": (given or AnswerForm(auto_id=f"objection-{one.pk}-%s")) if mine else None,
    }


def _found(request: HttpRequest, number: str) -> Case:
    found = queries.cases_for(request.user).select_related("withholding").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
