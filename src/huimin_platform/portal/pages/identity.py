"""Which rows are about a person, how we know, and what was ever decided about who the person is."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from huimin_platform.base import access
from huimin_platform.design import tables
from huimin_platform.portal import purposes
from huimin_platform.registry import evidence
from huimin_platform.registry import queries as registry

HEADS = (
    tables.Column(gettext_lazy("Row")),
    tables.Column(gettext_lazy("How we know")),
    tables.Column(gettext_lazy("How sure"), number=True),
)
MOST_EVENTS = 100


@never_cache
@access.page("lists", "person")
def identity(request: HttpRequest, person_id: int) -> HttpResponse:
    """The links of a person and their history; an old number answers with the new one."""
    person = registry.person_for(request.user, person_id)
    if person is None:
        raise Http404
    if person.pk != person_id:
        return redirect("portal:identity", person.pk)
    if not purposes.said(request, "person", person_id):
        return redirect("portal:person", person_id)
    page = tables.page_of(request, registry.links_of(person_id))
    context = {
        "person_id": person_id,
        "may_ask": bool(access.allow(request.user, "decides", "pair", division=person.division or None)),
        "heads": tables.heads(request, HEADS),
        "page": page,
        "rows": [(each, how_words(each.how), evidence.told(each.evidence)) for each in page],
        "events": [(each, event_words(each)) for each in registry.history_of(person_id)[:MOST_EVENTS]],
        "crumbs": [
            (_("Person %(number)s") % {"number": person_id}, reverse("portal:person", args=[person_id])),
            (_("How we know"), ""),
        ],
    }
    return render(request, "portal/identity.html", context)


def how_words(how: str) -> str:
    """How a row came to a person."""
    return {
        "booklet": _("The residence booklet lists the person in this row."),
        "id": _("The id number is the person’s, and the name does not contradict it."),
        "id_completed": _(
            "The booklet hides or lacks the id number; this one fits what it shows, and name, birth date and sex agree."
        ),
        "relative": _("The id number is a relative’s; the name is that of this member of the household."),
        "id_repaired": _("The id number is the person’s but for one digit, and the name agrees."),
        "clerk": _("A clerk decided it."),
        "new": _("The person is in no booklet, and this number is nobody else’s."),
        "weighed": _("Name, birth date, place, card and telephone were compared and weighed together."),
    }.get(how) or how


def event_words(event: Any) -> str:
    """What happened to who the person is."""
    words = {
        "asked": _("A clerk asked whether two files are one person’s."),
        "opinion": _("A clerk gave an opinion; a second one must agree."),
        "same": _("A clerk decided: the same person."),
        "different": _("A clerk decided: two persons."),
        "taken_back": _("A clerk took an opinion back."),
        "undo": _("A decision was undone."),
        "moved": _("A row went from one person to another."),
        "merged": _("Two files became one; the old number leads to the new one."),
        "parted": _("What had become one file is two again."),
    }
    return words.get(event.kind) or event.kind
