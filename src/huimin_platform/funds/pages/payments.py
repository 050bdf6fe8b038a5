"""Payments: the flow of the funds, batches, what waits, what is exceptional, and one payment with its whole
trail.
"""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.funds.checks import HOLDS
from huimin.funds.sources import is_project
from huimin_platform.base import access, audit, clock
from huimin_platform.cases import policies
from huimin_platform.design import charts, tables
from huimin_platform.design.templatetags.design import say, yuan_words
from huimin_platform.funds import actions, confirming, origins, queries
from huimin_platform.funds.limits import limits
from huimin_platform.funds.models import Payment
from huimin_platform.funds.pages.forms import NotPaidForm, ReasonForm

COLUMNS = (
    tables.Column(gettext_lazy("Payment"), sort="pk"),
    tables.Column(gettext_lazy("Policy"), sort="policy"),
    tables.Column(gettext_lazy("Period"), sort="order__period"),
    tables.Column(gettext_lazy("Payee")),
    tables.Column(gettext_lazy("Approved on"), sort="approved_at"),
    tables.Column(gettext_lazy("Amount, yuan"), sort="amount_fen", number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)
LEDGER = (
    tables.Column(gettext_lazy("Time")),
    tables.Column(gettext_lazy("Account")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
    tables.Column(gettext_lazy("Audit line")),
)
ORIGIN = (
    tables.Column(gettext_lazy("Step")),
    tables.Column(gettext_lazy("Day")),
    tables.Column(gettext_lazy("Document")),
    tables.Column(gettext_lazy("To")),
    tables.Column(gettext_lazy("Amount, yuan"), number=True),
)
LOOKS = (
    tables.Column(gettext_lazy("Time")),
    tables.Column(gettext_lazy("Who")),
    tables.Column(gettext_lazy("What")),
)
BATCHES = 10
DIFFERENCES = 20


@access.page("lists", "payment")
def payments(request: HttpRequest) -> HttpResponse:
    """From the budget to the card: how much stands where, what is released next, what somebody has to look
    at.
    """
    asked, actor = request.GET, request.user
    state = asked.get("state", "") if asked.get("state", "") in Payment.State.values else ""
    policy, period = asked.get("policy", ""), asked.get("period", "").strip()
    place, year = (
        asked.get(name, "") if asked.get(name, "").isdecimal() else "" for name in ("place", "year")
    )
    payer = asked.get("payer", "") if re.fullmatch(r"all|[0-9]{2,9}", asked.get("payer", "")) else ""
    found = queries.payments_for(
        actor, state=state, policy=policy, period=period, place=place[:12], year=year[:4], payer=payer
    )
    rows = tables.ordered(request, found, COLUMNS, default="-approved_at")
    flows = queries.flows(actor)
    context = {
        "heads": tables.heads(request, COLUMNS, default="-approved_at"),
        "page": tables.page_of(request, rows),
        "states": Payment.State.choices,
        "policies": [(name, say(title)) for name, title in policies.titles().items()],
        "flow": _flow(flows),
        "sums": queries.states(actor),
        "batches": queries.batches(actor)[:BATCHES],
        "waiting": [(HOLDS[row.reason], row) for row in queries.waiting(actor)],
        "releases": queries.releases_for(actor, state="proposed")[:DIFFERENCES],
        "sees_holds": bool(access.allow(actor, "lists", "hold")),
        "cards_checked": limits().card_check,
        "cards_url": access.address(actor, "funds:cards"),
        "missing": queries.missing_budget(actor),
        "differences": queries.differences(actor)[:DIFFERENCES],
        "differences_total": queries.differences(actor).order_by().count(),
        "differences_url": access.address(actor, "funds:exceptions"),
        "batches_url": access.address(actor, "funds:batches"),
        "may_act": bool(access.allow(actor, "decides", "payment")),
        "today": clock.today(),
        "sees_batches": bool(access.allow(actor, "opens", "batch")),
        "sees_funds": bool(access.allow(actor, "lists", "ledger")),
    }
    return render(request, "funds/payments.html", context)


@access.page("opens", "payment")
def payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """One payment with its whole trail: case, policy version, moves, ledger, messages, who looked."""
    return shown(request, payment_id)


@access.page("decides", "payment")
@require_POST
def reissue(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Makes a returned payment due again, with a reason."""
    if queries.payment_for(request.user, payment_id) is None:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return shown(request, payment_id, form=form, status=422)
    try:
        actions.reissue(
            payment=payment_id, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request)
        )
    except actions.NotNow as problem:
        form.add_error(None, str(problem))
        return shown(request, payment_id, form=form, status=409)
    messages.success(request, _("The order is due again and is paid with the next run."))
    return redirect("funds:payment", payment_id)


def shown(
    request: HttpRequest,
    payment_id: str,
    *,
    form: ReasonForm | None = None,
    not_paid: NotPaidForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a payment, with a form that was filled in wrongly."""
    found = queries.payment_for(request.user, payment_id)
    if found is None:
        raise Http404
    actor = _actor(request)
    returned = found.state == Payment.State.RETURNED
    may_reissue = (
        returned and found.order.state == "returned" and bool(access.allow(actor, "decides", "payment"))
    )
    context = {
        "payment": found,
        "moves": queries.moves_of(found),
        "transfers": queries.transfers_of(found),
        "life": queries.grant_life(found),
        "hops": origins.told(found.pk),
        "origin_heads": tables.heads(request, ORIGIN),
        "differences": queries.differences_of(found),
        "ledger_heads": tables.heads(request, LEDGER),
        "look_heads": tables.heads(request, LOOKS),
        "form": (form or ReasonForm()) if may_reissue else None,
        "wrong_form": form or not_paid,
        **_not_paid(found, actor, not_paid),
        "looks": audit.looks("payment", found.pk)[:20],
        "crumbs": [(_("Payments"), reverse("funds:payments")), (found.pk[:8], "")],
    }
    if status == 200:
        audit.write(
            by=actor,
            action="opens",
            kind="person",
            object_id=found.payee_id,
            purpose=f"payment:{found.pk[:8]}",
        )
    return render(request, "funds/payment.html", context, status=status)


def _not_paid(payment: Payment, actor: Any, form: NotPaidForm | None) -> dict[str, Any]:
    """The bank's word that it did not pay: what was brought in, and who may do what now."""
    words = list(payment.not_paid.select_related("proposed_by", "decided_by").order_by("pk"))
    waiting = next((each for each in words if each.state == "proposed"), None)
    open_to = payment.state == Payment.State.UNKNOWN and waiting is None and confirming.may_be_said(payment)
    return {
        "not_paid": words,
        "not_paid_form": (form or NotPaidForm())
        if open_to and access.allow(actor, "decides", "payment")
        else None,
        "not_paid_waits": waiting,
        "may_sign": waiting
        and waiting.proposed_by_id != actor.pk
        and access.allow(actor, "signs", "payment"),
        "refusal": ReasonForm(),
    }


def _flow(flows: list[queries.Flow]) -> dict[str, Any]:
    """The sums of what is for people on its way, as bars on one scale. Projects pay no cards; their page tells of them."""
    flows = [flow for flow in flows if not is_project(flow.fund.purpose)]
    stations = (
        (_("Received from the treasury"), sum(flow.received_fen for flow in flows), "neutral"),
        (_("Budget left"), sum(flow.budget_fen for flow in flows), "info"),
        (_("Committed"), sum(flow.commit_fen for flow in flows), "info"),
        (_("With the bank"), sum(flow.transit_fen for flow in flows), "warning"),
        (_("Paid"), sum(flow.paid_fen for flow in flows), "good"),
    )
    bars = [charts.Bar(label, fen, yuan_words(fen), tone) for label, fen, tone in stations]
    received, paid = stations[0][1], stations[-1][1]
    share = f"{paid * 100 / received:.1f} %" if received else ""
    return {"chart": charts.bars(bars), "received_fen": received, "paid_fen": paid, "share": share}


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
