"""The exception desk with everything on it, open and closed; and all batches, not only the last ones."""

import io
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import queries, refused_files
from huimin_platform.funds.differences import KINDS
from huimin_platform.funds.models import Batch, Difference
from huimin_platform.funds.refusals import NotNow

OWNERS = (("mine", gettext_lazy("I look after it")), ("nobody", gettext_lazy("Nobody looks after it")))
BATCHES = (
    tables.Column(gettext_lazy("Batch"), sort="number"),
    tables.Column(gettext_lazy("Policy")),
    tables.Column(gettext_lazy("Payments"), number=True),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("Prepared"), sort="prepared_at"),
    tables.Column(gettext_lazy("Approved by"), number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)


@access.page("lists", "batch")
def exceptions(request: HttpRequest) -> HttpResponse:
    """Every exception of the bank: what it is about, who looks after it, until when, and how it ended."""
    actor, today = request.user, clock.today()
    asked = {name: request.GET.get(name, "") for name in ("state", "kind", "owner")}
    found = queries.exceptions(actor, late_on=today if request.GET.get("late") == "1" else None, **asked)
    context = {
        "page": tables.page_of(request, found),
        "states": Difference.State.choices,
        "kinds": [(name, say(words)) for name, words in KINDS.items()],
        "owners": OWNERS,
        "late": [("1", _("Overdue only"))],
        "may_act": bool(access.allow(actor, "decides", "payment")),
        "takes_files": refused_files.may_take(actor),
        "back": "exceptions",
        "today": today,
        "crumbs": [(_("Payments"), reverse("funds:payments")), (_("Exceptions"), "")],
    }
    return render(request, "funds/exceptions.html", context)


@never_cache
@access.page("exports", "batch")
@require_POST
def refused_file(request: HttpRequest, difference: int) -> HttpResponseBase:
    """The file of the bank behind an exception, byte for byte as it came; on record."""
    actor: Any = request.user
    try:
        found = refused_files.take(difference=difference, at=clock.now(), by=actor)
    except NotNow as problem:
        messages.error(request, str(problem))
        return redirect("funds:exceptions")
    if found is None:
        raise Http404
    # No browser is to open what nobody could read.
    return FileResponse(
        io.BytesIO(found.content),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )


@access.page("lists", "batch")
def batches(request: HttpRequest) -> HttpResponse:
    """Every batch that pays in the division, the latest first."""
    state = request.GET.get("state", "")
    found = queries.batches(request.user)
    if state in Batch.State.values:
        found = found.filter(state=state)
    if number := request.GET.get("number", "").strip():
        found = found.filter(number__icontains=number)
    context = {
        "page": tables.page_of(request, tables.ordered(request, found, BATCHES, default="-prepared_at")),
        "heads": tables.heads(request, BATCHES, default="-prepared_at"),
        "states": Batch.State.choices,
        "crumbs": [(_("Payments"), reverse("funds:payments")), (_("Batches"), "")],
    }
    return render(request, "funds/batches.html", context)
