"""Cards that the bank did not confirm: whose, why, who looks after it, what to do next."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.funds.cards import WHAT_TO_DO, to_person
from huimin_platform.base import access, audit, clock
from huimin_platform.design import tables
from huimin_platform.funds import actions, card_queries
from huimin_platform.funds.card_models import CardCheck
from huimin_platform.funds.limits import limits
from huimin_platform.funds.pages.forms import ReasonForm

COLUMNS = (
    tables.Column(gettext_lazy("Payee")),
    tables.Column(gettext_lazy("What the bank says")),
    tables.Column(gettext_lazy("Why")),
    tables.Column(gettext_lazy("Since")),
    tables.Column(gettext_lazy("Held, yuan"), number=True),
    tables.Column(gettext_lazy("Looked after by")),
    tables.Column(gettext_lazy("Due")),
)


@access.page("lists", "card_check")
def listed(request: HttpRequest) -> HttpResponse:
    """The cards that money waits for, and what has to be done about each."""
    state = request.GET.get("state", "")
    state = state if state in CardCheck.State.values else ""
    context = {
        "page": tables.page_of(request, card_queries.cards_for(request.user, state=state)),
        "heads": tables.heads(request, COLUMNS),
        "states": CardCheck.State.choices,
        "cards_checked": limits().card_check,
        "today": clock.today(),
        "crumbs": _crumbs(request, (_("Cards at the bank"), "")),
    }
    return render(request, "funds/cards.html", context)


@access.page("opens", "card_check")
def card(request: HttpRequest, check: str) -> HttpResponse:
    """One question about a card: what was asked, what the bank said when, what waits, what to do."""
    return _shown(request, check)


@access.page("decides", "card_check")
@require_POST
def ask_anew(request: HttpRequest, check: str) -> HttpResponse:
    """Has the bank asked about the card once more, with a reason."""
    _found(request, check)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, check, form=form, status=422)
    try:
        made = actions.ask_card_anew(
            check=check, reason=form.cleaned_data["reason"], at=clock.now(), by=_actor(request)
        )
    except actions.NotNow as problem:
        form.add_error(None, str(problem))
        return _shown(request, check, form=form, status=409)
    messages.success(request, _("The question goes to the bank with the next run."))
    return redirect("funds:card", made.pk)


def _shown(
    request: HttpRequest, check: str, *, form: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    found, actor = _found(request, check), _actor(request)
    current = card_queries.is_current(found)
    may = current and found.state in ("refused", "unknown") and limits().card_check
    context = {
        "check": found,
        "current": current,
        "to_person": to_person(found.reason),
        "what_to_do": WHAT_TO_DO,
        "moves": card_queries.card_history(found),
        "held": card_queries.held_for_card(found) if current else [],
        "cards_checked": limits().card_check,
        "form": (form or ReasonForm()) if may and access.allow(actor, "decides", "card_check") else None,
        "wrong_form": form,
        "crumbs": _crumbs(request, (_("Cards at the bank"), reverse("funds:cards")), (found.pk[:8], "")),
    }
    if status == 200:
        purpose = f"card:{found.pk[:8]}"
        audit.write(by=actor, action="opens", kind="person", object_id=found.person_id, purpose=purpose)
    return render(request, "funds/card.html", context, status=status)


def _crumbs(request: HttpRequest, *own: tuple[Any, str]) -> list[tuple[Any, str]]:
    payments = access.address(request.user, "funds:payments")
    return [(_("Payments"), payments), *own] if payments else [*own]


def _found(request: HttpRequest, check: str) -> CardCheck:
    found = card_queries.card_for(request.user, check)
    if found is None:
        raise Http404
    return found


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
