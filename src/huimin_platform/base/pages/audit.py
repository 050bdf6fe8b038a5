"""The audit log as auditors and operators read it."""

from operator import itemgetter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from huimin_platform.base import access
from huimin_platform.base.audit import newest
from huimin_platform.base.audit_words import ACTIONS, KINDS

PAGE_LINES = 100
FILTERS = {"by": "by", "kind": "kind", "object": "object_id", "action": "action"}


@access.page("lists", "audit")
def log(request: HttpRequest) -> HttpResponse:
    """The latest lines that fit the filter, a hundred a page."""
    asked = {name: request.GET.get(name, "").strip()[:64] for name in FILTERS}
    before = request.GET.get("before", "")
    lines = newest(
        {FILTERS[name]: value for name, value in asked.items() if value},
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        count=PAGE_LINES + 1,
    )
    context = {
        "asked": asked,
        "lines": lines[:PAGE_LINES],
        "older": lines[PAGE_LINES - 1].pk if len(lines) > PAGE_LINES else None,
        "actions": sorted(((code, str(words)) for code, words in ACTIONS.items()), key=itemgetter(1)),
        "kinds": sorted(((code, str(words)) for code, words in KINDS.items()), key=itemgetter(1)),
        "columns": [_("When"), _("Who"), _("Act"), _("What"), _("Purpose"), _("Allowed")],
    }
    return render(request, "base/audit.html", context)
