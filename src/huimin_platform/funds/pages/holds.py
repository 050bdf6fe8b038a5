"""Held payments: what stops each, its release by a person, and by a second one above the threshold."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.funds import card_queries, paying, queries, releasing
from huimin_platform.funds.models import Hold
from huimin_platform.funds.pages.forms import ReasonForm
from huimin_platform.funds.refusals import NotNow
from huimin_platform.matching.queries import kind_words

HELD = (
    tables.Column(gettext_lazy("Payee")),
    tables.Column(gettext_lazy("Policy")),
    tables.Column(gettext_lazy("Period")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("Held since")),
)


class ReleaseForm(ReasonForm):
    """Why money may go all the same, and for how long."""

    until_on = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Leave it empty to release this payment alone. With a day, every payment of this benefit that falls due until then."),
        error_messages={"invalid": gettext_lazy("Choose a day from the calendar.")},
    )  # fmt: skip


@access.page("lists", "hold")
def listed(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, what a finding holds, what was released."""
    actor = request.user
    context = {
        "waiting": queries.releases_for(actor, state="proposed"),
        "page": tables.page_of(request, queries.holds_for(actor, reason="finding")),
        "heads": tables.heads(request, HELD),
        "released": queries.releases_for(actor).exclude(state="proposed")[:20],
        "crumbs": [(_("Payments"), reverse("funds:payments")), (_("Held payments"), "")],
    }
    return render(request, "funds/holds.html", context)


@access.page("opens", "hold")
def hold(request: HttpRequest, hold: int) -> HttpResponse:
    """One held payment: the findings, and every release with who and why."""
    return _shown(request, hold)


@access.page("releases", "hold")
@require_POST
def release(request: HttpRequest, hold: int) -> HttpResponse:
    """Releases the hold, or proposes it to a second person."""
    _found(request, hold)
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return _shown(request, hold, form=form, status=422)
    try:
        made = releasing.propose(
            hold=hold, reason=form.cleaned_data["reason"], until_on=form.cleaned_data["until_on"],
            at=clock.now(), by=_actor(request),
        )  # fmt: skip
    except NotNow as problem:
        form.add_error(None, str(problem))
        return _shown(request, hold, form=form, status=409)
    if made.state == "released":
        messages.success(request, _("The payment is released. It goes with the next run."))
    else:
        messages.success(request, _("Your proposal is recorded. Another person has to agree."))
    return redirect("funds:hold", hold)


@access.page("signs", "hold")
@require_POST
def decide(request: HttpRequest, hold: int) -> HttpResponse:
    """A second person agrees, or refuses with a reason."""
    found = _found(request, hold)
    waiting = next((each for each in found.releases.all() if each.state == "proposed"), None)
    if waiting is None:
        raise Http404
    try:
        if request.POST.get("act") == "refuse":
            reason = request.POST.get("reason", "")[:500]
            releasing.refuse(release=waiting.pk, reason=reason, at=clock.now(), by=_actor(request))
            messages.success(request, _("The release is refused."))
        else:
            releasing.agree(release=waiting.pk, at=clock.now(), by=_actor(request))
            messages.success(request, _("The payment is released. It goes with the next run."))
    except NotNow as problem:
        messages.error(request, str(problem))
    return redirect("funds:hold", hold)


def _shown(
    request: HttpRequest, number: int, *, form: ReleaseForm | None = None, status: int = 200
) -> HttpResponse:
    found, actor = _found(request, number), _actor(request)
    releases = list(found.releases.all())
    waiting = next((each for each in releases if each.state == "proposed"), None)
    kinds = [kind for due in paying.known_of([found.order_id]) for kind in due.blocking]
    stands = any(each.state in ("proposed", "released") for each in releases)
    may = found.lifted_at is None and found.reason == "finding" and not stands
    check = card_queries.last_card(found) if found.reason in card_queries.CARD_HOLDS else None
    context = {
        "card_url": access.address(actor, "funds:card", check.pk) if check else "",
        "hold": found, "releases": releases, "waiting": waiting, "findings": [kind_words(kind) for kind in kinds],
        "form": (form or ReleaseForm()) if may and access.allow(actor, "releases", "hold") else None,
        "wrong_form": form,
        "may_decide": waiting and waiting.proposed_by_id != actor.pk and access.allow(actor, "signs", "hold"),
        "refusal": ReasonForm(), "mine": waiting and waiting.proposed_by_id == actor.pk,
        "crumbs": [(_("Payments"), reverse("funds:payments")), (_("Held payments"), reverse("funds:holds")), (str(number), "")],
    }  # fmt: skip
    return render(request, "funds/hold.html", context, status=status)


def _found(request: HttpRequest, number: int) -> Hold:
    found = queries.hold_for(request.user, number)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
