"""A resident's own payment: where the money came from, in plain words."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from huimin_platform.base import access, audit
from huimin_platform.funds import origins, queries


@never_cache
@access.page("opens_own", "own_page")
def money(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The way of one payment's money to the resident."""
    number = request.user.person_id
    found = queries.payments_of(person_id=number).filter(pk=payment_id).first() if number else None
    if found is None:
        raise Http404
    audit.write(by=request.user, action="opens_own", kind="payment", object_id=found.pk)
    return render(
        request,
        "funds/own_money.html",
        {"payment": found, "hops": origins.told(found.pk), "reader": "resident"},
    )
