"""How well rows find their persons, and from which probability on they are linked: what is proposed, what was adopted."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.registry import adopting, known, rates
from huimin_platform.registry.models import CrossCheck, Run, Threshold

HEADS = (
    tables.Column(gettext_lazy("File")),
    tables.Column(gettext_lazy("Rows"), number=True),
    tables.Column(gettext_lazy("By number"), number=True),
    tables.Column(gettext_lazy("Repaired"), number=True),
    tables.Column(gettext_lazy("Weighed"), number=True),
    tables.Column(gettext_lazy("Waiting"), number=True),
    tables.Column(gettext_lazy("Against before")),
)
NIGHTS = (
    tables.Column(gettext_lazy("Night")),
    tables.Column(gettext_lazy("Pairs compared"), number=True),
    tables.Column(gettext_lazy("Rows that both place"), number=True),
    tables.Column(gettext_lazy("The same person"), number=True),
    tables.Column(gettext_lazy("Disagreements"), number=True),
    tables.Column(gettext_lazy("New questions"), number=True),
    tables.Column(gettext_lazy("Withdrawn questions"), number=True),
    tables.Column(gettext_lazy("Seconds"), number=True),
    tables.Column(gettext_lazy("Model learned")),
)
RUNS = (
    tables.Column(gettext_lazy("When")),
    tables.Column(gettext_lazy("What was resolved")),
    tables.Column(gettext_lazy("Why")),
    tables.Column(gettext_lazy("New persons"), number=True),
    tables.Column(gettext_lazy("New facts"), number=True),
    tables.Column(gettext_lazy("Withdrawn facts"), number=True),
)
MOST_ADOPTED = 20
MOST_RUNS = 10
MOST_NIGHTS = 30


@access.page("lists", "thresholds")
def quality(request: HttpRequest) -> HttpResponse:
    """The match rates of the files that count, the thresholds, and what clerks' decisions propose."""
    found = rates.latest()
    context = {
        "heads": tables.heads(request, HEADS),
        "rates": found,
        "unusual": [rate for rate in found if rate.drift is not None],
        "now": known.thresholds(),
        "proposal": adopting.proposal(),
        "adopted": Threshold.objects.select_related("by").order_by("-pk")[:MOST_ADOPTED],
        "run_heads": tables.heads(request, RUNS),
        "runs": Run.objects.defer("files").order_by("-pk")[:MOST_RUNS],
        "night_heads": tables.heads(request, NIGHTS),
        "nights": CrossCheck.objects.order_by("-on")[:MOST_NIGHTS],
        "may_adopt": bool(access.allow(request.user, "decides", "thresholds")),
        "crumbs": [(_("Review desk"), reverse("registry:review")), (_("How well rows match"), "")],
    }
    return render(request, "registry/quality.html", context)


@access.page("decides", "thresholds")
@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """Takes the thresholds that a person sets, with the reason."""
    said = request.POST
    try:
        sure, grey = (float(said.get(name, "")) for name in ("sure", "grey"))
    except ValueError:
        messages.warning(request, _("Write the thresholds as numbers between 0 and 1, such as 0.95."))
        return redirect("registry:quality")
    try:
        adopting.adopt(sure=sure, grey=grey, reason=said.get("reason", ""), at=clock.now(), by=request.user)  # pyright: ignore[reportArgumentType]
        messages.success(
            request, _("The thresholds count from the next run of the loop, which looks at all rows anew.")
        )
    except adopting.NotAdopted as problem:
        messages.warning(request, str(problem))
    return redirect("registry:quality")
