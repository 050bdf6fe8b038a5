"""A resident's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from huimin_platform.base import access, audit, clock
from huimin_platform.portal import own


@never_cache
@access.page("opens_own", "own_page")
def mine(request: HttpRequest) -> HttpResponse:
    """What I get, what is under way, what may be open to me, who looked at my file."""
    number = request.user.person_id
    found = own.own_page(number, clock.today()) if number else None
    if found is not None:
        audit.write(by=request.user, action="opens_own", kind="person", object_id=number)
    return render(request, "portal/mine.html", {"own": found, "reader": "resident"})
