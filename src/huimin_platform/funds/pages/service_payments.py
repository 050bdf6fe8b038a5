"""Signed settlements as finance pays them: one officer takes in the treasury's voucher, another approves."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin_platform.base import access, audit, clock
from huimin_platform.delivery import queries as delivery
from huimin_platform.delivery.models import Settlement
from huimin_platform.design import tables
from huimin_platform.funds import serving
from huimin_platform.funds.refusals import NotNow
from huimin_platform.funds.service_payment_models import ServicePayment
from huimin_platform.supply import actions as supply

COLUMNS = (
    tables.Column(gettext_lazy("Settlement")),
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Programme")),
    tables.Column(gettext_lazy("Month"), sort="month"),
    tables.Column(gettext_lazy("Amount, yuan"), sort="public_fen", number=True),
    tables.Column(gettext_lazy("State")),
)


@access.page("lists", "settlement")
def payments(request: HttpRequest) -> HttpResponse:
    """The signed settlements of the actor's division, each with how far its payment is."""
    return _listed(request)


@never_cache
@access.page("approves", "settlement")
@require_POST
def account(request: HttpRequest, number: str) -> HttpResponse:
    """The account of a provider in full, for who pays it; on record."""
    provider = _found(request, number).contract.provider
    audit.write(by=_actor(request), action="reveals", kind="provider", object_id=provider.pk, purpose=number)
    return _listed(request, account=(number, supply.account_of(provider)))


@access.page("approves", "settlement")
@require_POST
def prepare(request: HttpRequest, number: str) -> HttpResponse:
    """Takes in the treasury's voucher, for a second person to approve."""
    _found(request, number)
    document = request.POST.get("document", "")[:64]
    try:
        serving.prepare(settlement=number, document=document, at=clock.now(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:service_payments")


@access.page("approves", "settlement")
@require_POST
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """Approves the payment, which takes the money from the programme's fund."""
    _found(request, number)
    try:
        serving.approve(settlement=number, at=clock.now(), by=_actor(request))
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:service_payments")


def _listed(request: HttpRequest, *, account: tuple[str, str] = ("", "")) -> HttpResponse:
    found = delivery.settlements_for(request.user).filter(signed_by__isnull=False)
    page = tables.page_of(request, tables.ordered(request, found, COLUMNS, default="-month"))
    made = {
        each.settlement_id: each
        for each in ServicePayment.objects.filter(
            settlement__in=[row.pk for row in page.object_list]
        ).select_related("prepared_by", "approved_by")
    }
    context = {
        "heads": tables.heads(request, COLUMNS, default="-month"),
        "page": page,
        "rows": [(each, made.get(each.pk)) for each in page.object_list],
        "approves": bool(access.allow(_actor(request), "approves", "settlement")),
        "shown": account[0],
        "account": account[1],
    }
    return render(request, "funds/service_payments.html", context)


def _found(request: HttpRequest, number: str) -> Settlement:
    found = delivery.settlement_for(request.user, number)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
