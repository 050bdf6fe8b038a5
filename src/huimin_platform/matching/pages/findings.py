"""Pages of the matching stage: findings 疑点 with their evidence, and the decision on them."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin_platform.base import access, clock
from huimin_platform.base.models import Division
from huimin_platform.design import tables
from huimin_platform.matching import actions, evidence, queries
from huimin_platform.matching.models import FindingState

COLUMNS = (
    tables.Column(gettext_lazy("Finding"), sort="kind"),
    tables.Column(gettext_lazy("Whose")),
    tables.Column(gettext_lazy("Place"), sort="division"),
    tables.Column(gettext_lazy("Found"), sort="found_on"),
    tables.Column(gettext_lazy("State"), sort="state"),
)
TONES = {"open": "warning", "confirmed": "bad", "dismissed": "neutral", "gone": "neutral"}


class DecisionForm(forms.Form):
    """The decision on a finding, with its reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the reason; it stays in the record.")},
    )


@access.page("lists", "finding")
def findings(request: HttpRequest) -> HttpResponse:
    """Findings in the viewer's division."""
    state, kind = request.GET.get("state", FindingState.OPEN), request.GET.get("kind", "")
    found = queries.findings_for(request.user, state=state, kind=kind)
    page = tables.page_of(request, tables.ordered(request, found, COLUMNS, default="-found_on"))
    places = dict(
        Division.objects.filter(code__in={each.division for each in page}).values_list("code", "name")
    )
    kinds = ("on_roll_not_entitled", "paid_after_death", "same_benefit_twice", "granted_twice")
    context = {
        "heads": tables.heads(request, COLUMNS, default="-found_on"), "page": page,
        "rows": [(each, queries.kind_words(each.kind), places.get(each.division, "—"), TONES[each.state]) for each in page],
        "states": FindingState.choices, "state": state,
        "kinds": [(name, queries.kind_words(name)) for name in kinds], "kind": kind,
    }  # fmt: skip
    return render(request, "matching/findings.html", context)


@access.page("opens", "finding", sends=("decides", "finding"))
def finding(request: HttpRequest, finding: int) -> HttpResponse:
    """One finding with its evidence; POST decides it."""
    found = queries.finding_for(request.user, finding)
    if found is None:
        raise Http404
    form = DecisionForm(request.POST) if request.method == "POST" else DecisionForm()
    if request.method == "POST" and form.is_valid():
        confirmed = request.POST.get("outcome") == "confirm"
        actions.decide_finding(
            finding=found.pk, confirmed=confirmed, reason=form.cleaned_data["reason"], at=clock.now(), by=request.user  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
        messages.success(request, _("The decision on the finding is recorded."))
        return redirect("matching:finding", found.pk)
    context = {
        "finding": found, "words": queries.kind_words(found.kind), "tone": TONES[found.state], "form": form,
        "cards": evidence.cards(found), "conditions": evidence.conditions(found), "open": found.state == FindingState.OPEN,
        "may_decide": bool(access.allow(request.user, "decides", "finding", division=found.division or None)),
        "crumbs": [(_("Findings"), reverse("matching:findings")), (queries.kind_words(found.kind), "")],
    }  # fmt: skip
    return render(request, "matching/finding.html", context, status=422 if form.errors else 200)
