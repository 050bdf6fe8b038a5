"""Settlements with providers: the list, and one as the statement that is signed and printed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.delivery import actions, service_queries
from huimin_platform.delivery.pages import say_outcome
from huimin_platform.design import tables

SETTLEMENTS = (
    tables.Column(gettext_lazy("Settlement")),
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Month"), sort="month"),
    tables.Column(gettext_lazy("Units"), sort="units", number=True),
    tables.Column(gettext_lazy("Public money, yuan"), sort="public_fen", number=True),
    tables.Column(gettext_lazy("State")),
)
LINES = (
    tables.Column(gettext_lazy("Service order")),
    tables.Column(gettext_lazy("Person")),
    tables.Column(gettext_lazy("Units"), number=True),
    tables.Column(gettext_lazy("Worth of the order, yuan"), number=True),
    tables.Column(gettext_lazy("Own share, yuan"), number=True),
    tables.Column(gettext_lazy("Public money, yuan"), number=True),
)


@access.page("lists", "settlement")
def settlements(request: HttpRequest) -> HttpResponse:
    """The settlements of the actor's division."""
    found = tables.ordered(
        request, service_queries.settlements_for(request.user), SETTLEMENTS, default="-month"
    )
    context = {
        "heads": tables.heads(request, SETTLEMENTS, default="-month"),
        "page": tables.page_of(request, found),
    }
    return render(request, "delivery/settlements.html", context)


@access.page("opens", "settlement")
def settlement(request: HttpRequest, number: str) -> HttpResponse:
    """One settlement with its orders: the statement from which finance pays."""
    found = service_queries.settlement_for(request.user, number)
    if found is None:
        raise Http404
    actor: Any = request.user
    lines = found.lines.select_related("order__recipient").order_by("pk")
    context = {
        "settlement": found,
        "heads": tables.heads(request, LINES),
        "page": tables.page_of(request, lines),
        "may_sign": found.signed_by is None and bool(access.allow(actor, "signs", "settlement")),
        "crumbs": [(_("Settlements"), reverse("delivery:settlements")), (number, "")],
    }
    return render(request, "delivery/settlement.html", context)


@access.page("signs", "settlement")
@require_POST
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Signs a settlement."""
    if service_queries.settlement_for(request.user, number) is None:
        raise Http404
    actor: Any = request.user
    say_outcome(
        request,
        lambda: actions.sign_settlement(number=number, at=clock.now(), by=actor),
        _("Signed. Finance can pay it."),
    )
    return redirect("delivery:settlement", number)
