"""Pages in plain words for what is not there, not allowed, out of date or broken."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

BARE = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{}</title><h1>{}</h1><p>{}</p>"
)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is no page at this address."""
    return _page(
        request,
        404,
        _("There is no page at this address."),
        _("Check the address, or go back to your own page and look for it there."),
    )


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the page is there, but not for this reader."""
    reasons = list(getattr(exception, "reasons", ()))
    return _page(
        request,
        403,
        _("This page is not open to you."),
        _("If your work needs it, ask the operator of your bureau to give your account the role for it."),
        reasons,
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that was opened too long ago, or in another browser."""
    return _page(
        request,
        403,
        _("This form is out of date. Nothing was saved."),
        _("Go back, load the page again and send the form once more."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """500: our mistake, or the database is away; then even the head of the page cannot be made."""
    heading = _("The page could not be made. Nothing was lost.")
    cure = _(
        "Wait a minute and load it again. If it stays like this, "
        "tell the operator of your bureau when it happened."
    )
    try:
        return _page(request, 500, heading, cure)
    except Exception:
        logger.exception("The page for a broken page could not be made either.")
        return HttpResponse(format_html(BARE, heading, heading, cure), status=500)


def _page(
    request: HttpRequest, status: int, heading: str, cure: str, reasons: list[Any] | None = None
) -> HttpResponse:
    context = {"heading": heading, "cure": cure, "reasons": reasons or []}
    return render(request, "base/error.html", context, status=status)
