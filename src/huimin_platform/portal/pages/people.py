"""Finding a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from huimin_platform.base import access, audit
from huimin_platform.base.places import division_names
from huimin_platform.design import tables
from huimin_platform.portal import people


@require_POST
@access.page("lists", "person", sends=("lists", "person"))
def find(request: HttpRequest) -> HttpResponse:
    """Takes a name or an id number and leads to the list; an id number never stands in an address."""
    text = request.POST.get("text", "").strip()
    asked = (
        {"number": people.number_token(text)}
        if people.looks_like_id(text)
        else {"name": people.clean_name(text)}
    )
    return redirect(f"{reverse('portal:people')}?{urlencode(asked)}")


@access.page("lists", "person")
def search(request: HttpRequest) -> HttpResponse:
    """The people found; the search itself is written to the audit log."""
    name, number = request.GET.get("name", ""), request.GET.get("number", "")
    found = people.find(request.user, name=name, number=number)
    page = tables.page_of(request, found)
    if name or number:
        audit.write(
            by=request.user,
            action="searches",
            kind="person",
            object_id="",
            details={"by": "number" if number else "name", "found": page.paginator.count},
        )
    places = division_names(person.division for person in page)
    rows = [(person, places.get(person.division, person.division)) for person in page]
    return render(request, "portal/people.html", {"page": page, "rows": rows, "name": name, "number": number})
