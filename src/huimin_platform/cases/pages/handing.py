"""Handing a step to another officer of the place."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from huimin_platform.base import access, clock
from huimin_platform.cases import actions, queries
from huimin_platform.cases.pages.forms import HandForm


@access.page("decides", "case")
def hand(request: HttpRequest, number: str, step: int) -> HttpResponse:
    """Shows who may do the step in place of its office, and takes the choice with its reason."""
    found = queries.case_for(request.user, number)
    asked = next((each for each in found.steps.all() if each.pk == step), None) if found else None
    if found is None or asked is None:
        raise Http404
    officers, actor, status = list(queries.officers_around(found)), _actor(request), 200
    form = HandForm(request.POST or None, officers=officers)
    if request.method == "POST" and form.is_valid():
        to = next(one for one in officers if str(one.pk) == form.cleaned_data["to"])
        try:
            actions.hand_step(step=step, to=to, reason=form.cleaned_data["reason"], at=clock.now(), by=actor)
        except actions.CannotBe as problem:
            form.add_error(None, str(problem))
            status = 409
        else:
            messages.success(request, _("The step is handed to %(name)s.") % {"name": str(to)})
            return redirect("cases:case", number)
    elif request.method == "POST":
        status = 422
    context = {
        "case": found, "step": asked, "form": form, "officers": officers,
        "crumbs": [(_("Cases"), reverse("cases:cases")), (number, reverse("cases:case", args=[number])),
                   (_("Hand over"), "")],
    }  # fmt: skip
    return render(request, "cases/hand.html", context, status=status)


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
