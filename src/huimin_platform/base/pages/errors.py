"""Pages in plain words for what is not there, not allowed, out of date or broken."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


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
    """500: our mistake."""
    return _page(
        request,
        500,
        _("The page could not be made. Nothing was lost."),
        _(
            "Wait a minute and load it again. If it stays like this, tell the operator of your bureau when it happened."
        ),
    )


def _page(
    request: HttpRequest, status: int, heading: str, cure: str, reasons: list[Any] | None = None
) -> HttpResponse:
    context = {"heading": heading, "cure": cure, "reasons": reasons or []}
    return render(request, "base/error.html", context, status=status)
