"""People who have a notice and whom no message reached: an officer tells them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.cases import receipts, reminders
from huimin_platform.design import tables

REFUSED_SHOWN = 3
COLUMNS = (
    tables.Column(gettext_lazy("Person")),
    tables.Column(gettext_lazy("Notice")),
    tables.Column(gettext_lazy("Case")),
    tables.Column(gettext_lazy("Why no message reached them")),
    tables.Column(gettext_lazy("Since")),
    tables.Column(gettext_lazy("Reply until")),
    tables.Column(gettext_lazy("What to do")),
)


@access.page("lists", "notice")
def listed(request: HttpRequest) -> HttpResponse:
    """Whom no message reaches, in the officer's division."""
    context = {
        "page": tables.page_of(request, reminders.unreached(request.user)),
        "heads": tables.heads(request, COLUMNS),
        "refused": list(receipts.refused()[:REFUSED_SHOWN]),
        "may_act": bool(access.allow(request.user, "answers", "notice")),
        "crumbs": [(_("My work"), reverse("cases:work")), (_("To tell in person"), "")],
    }
    return render(request, "cases/unreached.html", context)


@access.page("answers", "notice")
@require_POST
def told(request: HttpRequest, reminder: int) -> HttpResponse:
    """Takes down that the person was told; who clicks twice is led back to the list."""
    actor = request.user
    assert actor.is_authenticated
    if not reminders.reminders_for(actor).filter(pk=reminder).exists():
        raise Http404
    reminders.told(reminder=reminder, at=clock.now(), by=actor)
    messages.success(request, _("Taken down: the person was told."))
    return redirect("cases:unreached")
