"""The bank's word that it did not pay: brought in by one person, above the threshold agreed by another."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.funds import actions, queries
from huimin_platform.funds.pages import payments
from huimin_platform.funds.pages.forms import NotPaidForm


@access.page("decides", "payment")
@require_POST
def bring_in(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Records that the bank has confirmed not to have paid; the money goes back to the budget."""
    if queries.payment_for(request.user, payment_id) is None:
        raise Http404
    form = NotPaidForm(request.POST)
    if not form.is_valid():
        return payments.shown(request, payment_id, not_paid=form, status=422)
    given = form.cleaned_data
    try:
        made = actions.say_not_paid(
            payment=payment_id,
            document=given["document"],
            reason=given["reason"],
            at=clock.now(),
            by=_actor(request),
        )
    except actions.NotNow as problem:
        form.add_error(None, str(problem))
        return payments.shown(request, payment_id, not_paid=form, status=409)
    if made.state == "confirmed":
        messages.success(request, _("The money is in the budget again."))
    else:
        messages.success(request, _("It is recorded. Another person has to agree."))
    return redirect("funds:payment", payment_id)


@access.page("signs", "payment")
@require_POST
def decide(request: HttpRequest, payment_id: str) -> HttpResponse:
    """A second person agrees, or refuses with a reason."""
    found = queries.payment_for(request.user, payment_id)
    waiting = found.not_paid.filter(state="proposed").first() if found is not None else None
    if waiting is None:
        raise Http404
    try:
        if request.POST.get("act") == "refuse":
            reason = request.POST.get("reason", "")[:500]
            actions.refuse_not_paid(number=waiting.pk, reason=reason, at=clock.now(), by=_actor(request))
            messages.success(request, _("It is refused; the outcome stays unknown."))
        else:
            actions.agree_not_paid(number=waiting.pk, at=clock.now(), by=_actor(request))
            messages.success(request, _("The money is in the budget again."))
    except actions.NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:payment", payment_id)


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
