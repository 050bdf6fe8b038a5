"""The first page, by role."""

import functools

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from huimin_platform.base import access, clock
from huimin_platform.base.places import division_name
from huimin_platform.design.templatetags.design import day
from huimin_platform.portal import board, picture, policybook
from huimin_platform.registry import drafting, numbering


def home(request: HttpRequest) -> HttpResponse:
    """Residents go to their own page; everybody else sees the work of the day or the loop in one picture."""
    if request.user.is_authenticated and request.user.role == "resident":
        return redirect("portal:mine")
    if request.user.is_authenticated and request.user.role == "appraiser":
        return redirect("funds:appraisals")
    if request.user.is_authenticated and request.user.role == "provider":
        return redirect("delivery:provider_orders")
    return _staff(request)


@access.page("lists", "work")
def _staff(request: HttpRequest) -> HttpResponse:
    actor, today = request.user, clock.today()
    context = {
        "cards": board.cards(actor, today),
        "place": division_name(actor.division),
        "tasks": board.steps(actor, today),
        "title": _("Your work on %(day)s") % {"day": day(today)},
    }
    if actor.role in ("county", "leader"):
        context["aside"] = [
            each.proposal
            for each in drafting.set_aside()
            if actor.pk in (each.proposal.by_id, each.proposal.signature.by_id)  # pyright: ignore[reportAttributeAccessIssue]
        ]
        context["numbers_aside"] = [
            (each.proposal, [problem.say(policybook.language()) for problem in each.problems])
            for each in numbering.set_aside()
            if actor.pk in (each.proposal.by_id, each.proposal.signature.by_id)  # pyright: ignore[reportAttributeAccessIssue]
        ]
    if actor.role in ("leader", "operator", "auditor"):
        context |= {
            "title": _("The loop on %(day)s") % {"day": day(today)},
            "stages": picture.stages(actor, today),
            "missed": picture.missed(actor, today),
        }
    return render(request, "portal/home.html", context)


# Who may see it, and that it takes no form, it has from the page of staff.
functools.update_wrapper(home, _staff, assigned=())
