"""A notice as page and PDF, and the public page that says whether one on paper is genuine."""

from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huimin_platform.base import access, audit
from huimin_platform.base.places import division_name
from huimin_platform.cases import path_queries, paths
from huimin_platform.cases.models import Notice
from huimin_platform.supply.queries import department_name

COUNTY = 6


@never_cache
@access.page("opens", "notice")
def notice(request: HttpRequest, notice: int) -> HttpResponse:
    """A notice on a case of the officer's division."""
    return render(request, "cases/notice.html", _context(request, _found(request, notice)))


@never_cache
@access.page("opens", "notice")
def notice_pdf(request: HttpRequest, notice: int) -> HttpResponse:
    """The same as PDF."""
    return _pdf(request, _found(request, notice))


@never_cache
@access.page("opens_own", "own_page")
def own_notice(request: HttpRequest, notice: int) -> HttpResponse:
    """A notice to the resident."""
    return render(request, "cases/notice.html", _context(request, _own(request, notice)))


@never_cache
@access.page("opens_own", "own_page")
def own_notice_pdf(request: HttpRequest, notice: int) -> HttpResponse:
    """The same as PDF."""
    return _pdf(request, _own(request, notice))


@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Whether a notice is genuine: kind, day, office and check code; nothing about the person."""
    found = path_queries.by_token(token)
    context: dict[str, Any] = {"notice": found, "reader": "resident"}
    if found is not None:
        place = found.case.division[:COUNTY].ljust(12, "0")
        context |= {
            "office": f"{division_name(place)} {department_name(found.case.department)}",
            "code": path_queries.check_code(found),
        }
    return render(request, "cases/verify.html", context, status=200 if found else 404)


def _pdf(request: HttpRequest, found: Notice) -> HttpResponse:
    context = _context(request, found)
    try:
        from weasyprint import HTML
    except OSError:
        return render(request, "cases/notice.html", context | {"no_pdf": True}, status=503)
    content = HTML(string=render_to_string("cases/notice_print.html", context)).write_pdf()
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="notice-{found.pk}.pdf"'
    return response


def _context(request: HttpRequest, found: Notice) -> dict[str, Any]:
    address = request.build_absolute_uri(reverse("cases:verify", args=[path_queries.token(found)]))
    resident = _actor(request).role == "resident"
    case = found.case
    return {
        "notice": found,
        "case": case,
        "lines": found.text[paths.language()],
        "title": found.title[paths.language()],
        "office": f"{division_name(case.division[:COUNTY].ljust(12, '0'))} {department_name(case.department)}",
        "code": path_queries.check_code(found),
        "drawn": _drawn(address),
        "picture": segno.make(address, error="m").svg_data_uri(scale=3),
        "pdf_url": reverse("cases:own_notice_pdf" if resident else "cases:notice_pdf", args=[found.pk]),
        "case_url": reverse("cases:own_case" if resident else "cases:paths", args=[case.number]),
        "resident": resident,
        "language": "zh-hans" if paths.language() == "zh" else "en",
        "reader": "resident" if resident else "staff",
    }  # fmt: skip


def _drawn(address: str) -> SafeString:
    """The code as a drawing in the page; segno writes it from an address of our own making."""
    return mark_safe(segno.make(address, error="m").svg_inline(scale=4, svgclass=None, lineclass=None))  # noqa: S308


def _found(request: HttpRequest, notice: int) -> Notice:
    found = path_queries.notices_for(request.user).filter(pk=notice).first()
    if found is None:
        raise Http404
    if found.person_id is not None:
        purpose = f"notice on case {found.case.number}"
        audit.write(
            by=_actor(request), action="opens", kind="person", object_id=found.person_id, purpose=purpose
        )
    return found


def _own(request: HttpRequest, notice: int) -> Notice:
    person = _actor(request).person_id
    found = path_queries.own_notices(person).filter(pk=notice).first() if person else None
    if found is None:
        raise Http404
    audit.write(by=_actor(request), action="opens_own", kind="case", object_id=found.case.number)
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
