"""A batch with its payments and its release; funds and their accounts; the exception desk's own acts."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.funds.ledger import ImpossibleAmount
from huimin_platform.base import access, clock
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.funds import actions, budgets, queries, reach, watching
from huimin_platform.funds.models import Batch
from huimin_platform.funds.pages.forms import AppropriationForm, ReasonForm

COLUMNS = (
    tables.Column(gettext_lazy("Payment"), sort="pk"),
    tables.Column(gettext_lazy("Case")),
    tables.Column(gettext_lazy("Payee")),
    tables.Column(gettext_lazy("Amount, yuan"), sort="amount_fen", number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)
FUNDS = (
    tables.Column(gettext_lazy("Fund")),
    tables.Column(gettext_lazy("Received, yuan"), number=True),
    tables.Column(gettext_lazy("Left, yuan"), number=True),
    tables.Column(gettext_lazy("Committed, yuan"), number=True),
    tables.Column(gettext_lazy("With the bank, yuan"), number=True),
    tables.Column(gettext_lazy("Paid, yuan"), number=True),
    tables.Column(gettext_lazy("Used"), number=True),
)


@access.page("opens", "batch")
def batch(request: HttpRequest, number: str) -> HttpResponse:
    """A batch: its total, who approved it, its files, its payments."""
    return _shown(request, number)


@access.page("approves", "batch")
@require_POST
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """Takes one person's approval; the batch is released with the last one it needs."""
    _found(request, number)
    try:
        done = actions.approve_batch(batch=number, at=clock.now(), by=_actor(request))
    except actions.NotNow as problem:
        messages.error(request, str(problem))
        return redirect("funds:batch", number)
    if done.state == Batch.State.RELEASED:
        messages.success(
            request,
            _("Batch %(number)s is released. It goes to the bank with the next run.") % {"number": number},
        )
    else:
        messages.success(request, _("Your approval is recorded. Another person has to approve too."))
    return redirect("funds:batch", number)


@access.page("sends", "batch")
@require_POST
def resend(request: HttpRequest, number: str) -> HttpResponse:
    """Sends again what has no known outcome, under the same ids."""
    _found(request, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, number, form=form, status=422)
    try:
        count = actions.resend(
            batch=number, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request)
        )
    except actions.NotNow as problem:
        form.add_error(None, str(problem))
        return _shown(request, number, form=form, status=409)
    messages.success(
        request, _("%(count)s payments go to the bank again, under the same ids.") % {"count": count}
    )
    return redirect("funds:batch", number)


@access.page("lists", "ledger")
def accounts(request: HttpRequest) -> HttpResponse:
    """The funds: what each received, has left, has promised, has with the bank, has paid."""
    return _accounts(request)


@access.page("approves", "payment")
def appropriate(request: HttpRequest) -> HttpResponse:
    """Puts money on a fund, once a form."""
    if request.method != "POST":
        return redirect("funds:accounts")
    form = AppropriationForm(
        request.POST,
        division=request.user.division,
        today=clock.today(),
        sources=_sources(request.user),
        projects=watching.purposes(request.user),
    )
    if not form.is_valid():
        return _accounts(request, form=form, status=422)
    given = form.cleaned_data
    try:
        actions.appropriate(
            year=given["year"],
            purpose=given["purpose"],
            amount_fen=given["amount_fen"],
            source=given["source"],
            document=given["document"],
            key=str(given["key"]),
            at=clock.now(),
            by=_actor(request),
        )
    except ImpossibleAmount as problem:
        form.add_error("amount_fen", say(problem.words()))
        return _accounts(request, form=form, status=422)
    except actions.NotNow as problem:
        form.add_error(None, str(problem))
        return _accounts(request, form=form, status=409)
    messages.success(
        request, _("The money is on the fund. Payments that waited for it go with the next run.")
    )
    return redirect("funds:accounts")


@access.page("decides", "payment")
@require_POST
def difference(request: HttpRequest, difference: int) -> HttpResponse:
    """Takes a difference over, or closes it with a reason."""
    actor = _actor(request)
    if not queries.differences(actor).filter(pk=difference).exists():
        raise Http404
    try:
        if request.POST.get("act") == "close":
            actions.close_difference(
                difference=difference, reason=request.POST.get("reason", ""), at=clock.now(), by=actor
            )
            messages.success(request, _("The difference is closed."))
        else:
            actions.own_difference(difference=difference, at=clock.now(), by=actor)
            messages.success(request, _("The difference is yours to look after."))
    except actions.NotNow as problem:
        messages.error(request, str(problem))
    if request.POST.get("back") == "exceptions":
        return redirect("funds:exceptions")
    return redirect(f"{reverse('funds:payments')}#differences")


def _found(request: HttpRequest, number: str) -> Batch:
    found = queries.batch(request.user, number)
    if found is None:
        raise Http404
    return found


def _shown(
    request: HttpRequest, number: str, *, form: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    found = _found(request, number)
    actor = _actor(request)
    own = access.scope(actor, found.payments.all())
    rows = tables.ordered(request, own.select_related("payee"), COLUMNS, default="pk")
    approvals = list(found.approvals.all())
    mine = any(approval.by_id == actor.pk for approval in approvals)
    whole = reach.whole_batch(actor, found)
    may = whole and bool(access.allow(actor, "approves", "batch"))
    unknown = own.filter(state="unknown").count()
    sums = own.aggregate(count=Count("pk"), fen=Sum("amount_fen", default=0))
    context = {
        "batch": found,
        "whole": whole,
        "count": found.count if whole else sums["count"],
        "total_fen": found.total_fen if whole else sums["fen"],
        "approvals": approvals,
        "files": found.messages.all(),
        "heads": tables.heads(request, COLUMNS, default="pk"),
        "page": tables.page_of(request, rows),
        "may_approve": may
        and found.state == Batch.State.PREPARED
        and not mine
        and found.prepared_by_id != actor.pk,
        "approved_by_me": mine and found.state == Batch.State.PREPARED,
        "unknown": unknown,
        "form": (form or ReasonForm())
        if unknown and whole and access.allow(actor, "sends", "batch")
        else None,
        "wrong_form": form,
        "crumbs": [(_("Payments"), reverse("funds:payments")), (found.number, "")],
    }
    return render(request, "funds/batch.html", context, status=status)


def _accounts(
    request: HttpRequest, *, form: AppropriationForm | None = None, status: int = 200
) -> HttpResponse:
    may = bool(access.allow(request.user, "approves", "payment"))
    context = {
        "flows": queries.flows(request.user),
        "fund_heads": tables.heads(request, FUNDS),
        "missing": queries.missing_budget(request.user),
        "form": (
            form
            or AppropriationForm(
                division=request.user.division,
                today=clock.today(),
                sources=_sources(request.user),
                projects=watching.purposes(request.user),
            )
        )
        if may
        else None,
        "wrong_form": form,
        "crumbs": [(_("Payments"), reverse("funds:payments")), (_("Funds"), "")],
    }
    return render(request, "funds/accounts.html", context, status=status)


def _sources(actor: Any) -> list[tuple[str, str]]:
    """The sources that the actor's money may come from."""
    return [(each.code, f"{each.title} · {each.document}") for each in budgets.sources(actor)]


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
