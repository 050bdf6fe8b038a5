"""A resident's own file: read, printed, taken along as JSON or PDF, and questioned."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin_platform.base import access, audit, clock
from huimin_platform.design import tables
from huimin_platform.portal import files, own_file, sealed
from huimin_platform.registry import correcting
from huimin_platform.registry import queries as registry

LONGEST_TEXT = 1000
HEADS = (
    tables.Column(gettext_lazy("Fact")),
    tables.Column(gettext_lazy("Value")),
    tables.Column(gettext_lazy("When")),
    tables.Column(gettext_lazy("Source")),
)


@never_cache
@access.page("opens_own", "own_page")
def my_file(request: HttpRequest) -> HttpResponse:
    """All that is kept about me, with a way to say that something is wrong."""
    if not request.user.person_id:
        return redirect("portal:mine")
    audit.write(by=request.user, action="opens_own", kind="person", object_id=request.user.person_id)
    return render(request, "portal/my_file.html", _context(request))


@never_cache
@access.page("opens_own", "own_page")
def my_file_json(request: HttpRequest) -> HttpResponse:
    """All that is kept about me, to be read by programs."""
    number = request.user.person_id
    if not number:
        return redirect("portal:mine")
    audit.write(by=request.user, action="exports", kind="person", object_id=number, details={"form": "json"})
    response = JsonResponse(
        own_file.own_file(number, clock.today()), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    response["Content-Disposition"] = f'attachment; filename="file-{number}.json"'
    return response


@never_cache
@access.page("opens_own", "own_page")
def my_file_pdf(request: HttpRequest) -> HttpResponse:
    """All that is kept about me, on paper; where the system lacks Pango, the page can be printed instead."""
    number = request.user.person_id
    if not number:
        return redirect("portal:mine")
    try:
        from weasyprint import HTML
    except OSError:
        messages.info(request, _("This installation cannot write PDF. Print the page instead."))
        return redirect("portal:my_file")
    audit.write(by=request.user, action="exports", kind="person", object_id=number, details={"form": "pdf"})
    content = HTML(
        string=render_to_string("portal/my_file_print.html", _context(request), request)
    ).write_pdf()
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="file-{number}.pdf"'
    return response


@require_POST
@access.page("raises", "own_page")
def ask_correction(request: HttpRequest) -> HttpResponse:
    """Takes what the person says is wrong, of a fact or of what is missing."""
    text, fact = request.POST.get("text", "").strip()[:LONGEST_TEXT], request.POST.get("fact", "")
    number = request.user.person_id
    if not text or not number:
        messages.error(request, _("Write what is wrong and what would be right."))
        return redirect("portal:my_file")
    try:
        asked = correcting.ask(
            person_id=number, fact_id=int(fact) if fact.isdecimal() else None, text=text, at=clock.now(), by=request.user
        )  # fmt: skip
    except correcting.NotYours as problem:
        raise access.NotAllowed((_("This is not in your file."),)) from problem
    words = _("Your request is with the department. You have an answer by %(day)s.")
    messages.success(request, words % {"day": asked.answer_by})
    return redirect("portal:my_file")


def _context(request: HttpRequest) -> dict[str, Any]:
    number = request.user.person_id
    person = registry.persons().get(pk=number)
    file = files.file_of(person_id=number, today=clock.today(), sensitive=True)
    return {
        "person": person,
        "sealed": [(label, sealed.reveal(person, field)) for field, label in sealed.labels().items()],
        "heads": [*tables.heads(request, HEADS)],
        "lines": own_file.lines(number, file.household_id),
        "portrait": file.portrait,
        "verified": file.verified,
        "shown_name": True,
        "applications": own_file.applications(number, file.home),
        "cases": own_file.own_cases(number, file.home),
        "notices": own_file.notices(number),
        # A resident reads what happened, and has no way into the pages of officers.
        "events": [replace(each, url="") for each in file.events],
        "corrections": registry.corrections_of(number),
        "on": clock.today(),
        "reader": "resident",
    }
