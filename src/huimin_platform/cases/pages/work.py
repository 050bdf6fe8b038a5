"""My work, and the list of cases."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin_platform.base import access, clock
from huimin_platform.cases import policies, queries
from huimin_platform.cases.models import Case
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say

STEPS = (
    tables.Column(gettext_lazy("Case")),
    tables.Column(gettext_lazy("What to do")),
    tables.Column(gettext_lazy("Applicant")),
    tables.Column(gettext_lazy("Due"), sort="due_on"),
    tables.Column(gettext_lazy("State")),
)
CASES = (
    tables.Column(gettext_lazy("Case"), sort="number"),
    tables.Column(gettext_lazy("Policies")),
    tables.Column(gettext_lazy("Applicant")),
    tables.Column(gettext_lazy("Opened"), sort="opened_on"),
    tables.Column(gettext_lazy("Due"), sort="due_on"),
    tables.Column(gettext_lazy("Steps left"), sort="steps_left", number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)
SHOWN = ("late", "due", "decide", "returned", "waiting")


@access.page("lists", "work")
def work(request: HttpRequest) -> HttpResponse:
    """What the officer has to do today; `?show=` names the part, the most urgent one that is not empty
    else.
    """
    today = clock.today()
    counts = queries.work(request.user, today)
    asked = request.GET.get("show", "")
    shown = asked if asked in SHOWN else next((name for name in SHOWN if getattr(counts, name)), "due")
    context = {"counts": counts, "shown": shown, "today": today, "titles": policies.titles()}
    # Nobody waits to be told where this house sends no messages.
    context["unreached_url"] = settings.HUIMIN_MESSAGES and access.address(request.user, "cases:unreached")
    if shown in ("late", "due"):
        found = queries.steps_for(request.user)
        found = found.filter(due_on__lt=today) if shown == "late" else found.filter(due_on__gte=today)
        rows = tables.ordered(request, found, STEPS, default="due_on")
        context |= {"heads": tables.heads(request, STEPS, default="due_on"), "steps": True}
    else:
        of = {
            "decide": queries.to_decide,
            "returned": queries.sent_back,
            "waiting": queries.waiting_on_others,
        }
        rows = tables.ordered(request, of[shown](request.user), CASES, default="due_on")
        context |= {"heads": tables.heads(request, CASES, default="due_on"), "steps": False}
    return render(request, "cases/work.html", context | {"page": tables.page_of(request, rows)})


@access.page("lists", "case")
def cases(request: HttpRequest) -> HttpResponse:
    """The cases of the officer's division, filtered by what the address says."""
    asked = request.GET
    today = clock.today()
    state = asked.get("state", "") if asked.get("state", "") in Case.State.values else ""
    found = queries.cases_for(
        request.user,
        state=state,
        policy=asked.get("policy", ""),
        number=asked.get("number", ""),
        late_on=today if asked.get("late") else None,
    )
    rows = tables.ordered(request, found, CASES, default="-opened_on")
    context = {
        "heads": tables.heads(request, CASES, default="-opened_on"),
        "page": tables.page_of(request, rows),
        "states": Case.State.choices,
        "policies": [(name, say(title)) for name, title in policies.titles().items()],
        "late": [("1", _("Late cases only"))],
        "today": today,
        "titles": policies.titles(),
        "crumbs": [(_("My work"), reverse("cases:work")), (_("Cases"), "")],
    }
    return render(request, "cases/cases.html", context)
