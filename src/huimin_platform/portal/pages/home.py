"""The first page, by role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from huimin_platform.base import access, clock
from huimin_platform.base.places import division_name
from huimin_platform.cases import queries as cases
from huimin_platform.portal import board, picture

STEPS_SHOWN = 8


def home(request: HttpRequest) -> HttpResponse:
    """Residents go to their own page; everybody else sees the work of the day or the loop in one picture."""
    if request.user.is_authenticated and request.user.role == "resident":
        return redirect("portal:mine")
    return _staff(request)


@access.page("lists", "work")
def _staff(request: HttpRequest) -> HttpResponse:
    actor, today = request.user, clock.today()
    context = {
        "cards": board.cards(actor, today),
        "place": division_name(actor.division),
        "today": today,
        "steps": list(cases.steps_for(actor).order_by("due_on", "pk")[:STEPS_SHOWN]),
    }
    if actor.role in ("leader", "operator", "auditor"):
        context |= {"stages": picture.stages(actor, today), "missed": picture.missed(actor, today)}
    return render(request, "portal/home.html", context)


home.access = _staff.access  # type: ignore[attr-defined]
