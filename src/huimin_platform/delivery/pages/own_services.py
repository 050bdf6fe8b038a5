"""The resident's page of services: what comes, the code of the day, and what to say of each visit."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin.delivery import services
from huimin_platform.base import access, audit, clock
from huimin_platform.delivery import actions, choosing, confirming, service_queries
from huimin_platform.delivery.models import ServiceOrder, Visit

VISITS_SHOWN = 30


@never_cache
@access.page("opens_own", "own_page")
def mine(request: HttpRequest) -> HttpResponse:
    """Which services come to my household, today's code, and the visits to confirm."""
    household, today = confirming.served_by(_actor(request)), clock.today()
    if household is not None:
        audit.write(by=_actor(request), action="opens_own", kind="household", object_id=household)
    orders = list(service_queries.services_of(household)) if household is not None else []
    visits = service_queries.visits_to(household, most=VISITS_SHOWN) if household is not None else []
    context = {
        "orders": [
            (
                month,
                confirming.code_of(month.order.pk, today) if month.order.state in services.SERVING else "",
            )
            for month in service_queries.months(orders, today)
        ],
        "others_of": _others(orders, today),
        "asked": [each for each in visits if each.state == Visit.State.PROVEN],
        "others": [each for each in visits if each.state != Visit.State.PROVEN],
        "today": today,
        "reader": "resident",
        "crumbs": [(_("My page"), reverse("portal:mine")), (_("My services"), "")],
    }
    return render(request, "delivery/own_services.html", context)


@access.page("answers", "own_page")
@require_POST
def choose(request: HttpRequest, order_id: int) -> HttpResponse:
    """Takes the provider that the household chose."""
    try:
        actions.choose_provider(
            order=order_id, contract=request.POST.get("contract", ""), reason="", at=clock.now(), by=_actor(request)
        )  # fmt: skip
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The provider is asked whether it can come. You see the answer here."))
    return redirect("delivery:own_services")


@access.page("answers", "own_page")
@require_POST
def say(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Confirms a visit, or says what was wrong with it."""
    by, at, reason = _actor(request), clock.now(), request.POST.get("reason", "")
    try:
        if request.POST.get("act") == "confirm":
            kept = actions.confirm_visit(visit=visit_id, at=at, by=by)
        else:
            kept = actions.dispute_visit(visit=visit_id, reason=reason, at=at, by=by)
    except actions.CannotBe as problem:
        messages.error(request, str(problem))
    else:
        if kept.state == Visit.State.ACCEPTED:
            messages.success(request, _("Confirmed. Thank you."))
        else:
            messages.info(request, _("An officer looks at it. It is not paid meanwhile."))
    return redirect("delivery:own_services")


def _others(orders: list[ServiceOrder], today: date) -> dict[int, list[choosing.Ranked]]:
    """order -> who else could come: qualified, with room, and not the one there is."""
    choice = choosing.Choice(today)
    return {
        order.pk: [
            each
            for each in choice.ranked(order)
            if each.candidate.open and each.contract.pk != order.contract_id
        ]
        for order in orders
        if order.state != ServiceOrder.State.ENDED
    }


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
