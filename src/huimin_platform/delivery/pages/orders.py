"""The list of orders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from huimin_platform.base import access
from huimin_platform.cases import policies
from huimin_platform.delivery import queries
from huimin_platform.delivery.models import Order
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say

COLUMNS = (
    tables.Column(gettext_lazy("Order"), sort="key"),
    tables.Column(gettext_lazy("Policy"), sort="grant__policy"),
    tables.Column(gettext_lazy("Period"), sort="period"),
    tables.Column(gettext_lazy("Payee")),
    tables.Column(gettext_lazy("Due"), sort="due_on"),
    tables.Column(gettext_lazy("Amount, yuan"), sort="amount_fen", number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)


@access.page("lists", "order")
def orders(request: HttpRequest) -> HttpResponse:
    """The orders of the officer's division, filtered by what the address says."""
    asked = request.GET
    state = asked.get("state", "") if asked.get("state", "") in Order.State.values else ""
    found = queries.orders_for(
        request.user, state=state, policy=asked.get("policy", ""), period=asked.get("period", "").strip()
    )
    rows = tables.ordered(request, found, COLUMNS, default="-due_on")
    titles, totals = policies.titles(), queries.totals(request.user)
    context = {
        "heads": tables.heads(request, COLUMNS, default="-due_on"),
        "page": tables.page_of(request, rows),
        "states": Order.State.choices,
        "policies": [(name, say(title)) for name, title in titles.items()],
        "totals": [(label, totals.get(key, 0), key) for key, label in Order.State.choices],
    }
    return render(request, "delivery/orders.html", context)
