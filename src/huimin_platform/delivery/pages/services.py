"""The officer's pages of services: orders of the own villages, visits to decide, what is not delivered."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huimin.delivery import proofs
from huimin.delivery.services import STATES
from huimin.delivery.skills import skills
from huimin_platform.base import access, clock
from huimin_platform.base.places import division_names
from huimin_platform.delivery import actions, choosing, service_queries
from huimin_platform.delivery.models import ServiceOrder, Visit
from huimin_platform.delivery.pages import say_outcome
from huimin_platform.design import tables
from huimin_platform.design.templatetags.design import say
from huimin_platform.supply import queries as supply
from huimin_platform.supply.models import Rating

ORDERS = (
    tables.Column(gettext_lazy("Person")),
    tables.Column(gettext_lazy("Service")),
    tables.Column(gettext_lazy("Place")),
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Ordered this month"), number=True),
    tables.Column(gettext_lazy("Not delivered yet"), number=True),
    tables.Column(gettext_lazy("State"), sort="state"),
)
VISITS = (
    tables.Column(gettext_lazy("Person")),
    tables.Column(gettext_lazy("Visit"), sort="on"),
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Units"), sort="units", number=True),
    tables.Column(gettext_lazy("What speaks against it")),
    tables.Column(gettext_lazy("State"), sort="state"),
)
WHY = (
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("Persons served")),
    tables.Column(gettext_lazy("What residents say, of 5"), number=True),
    tables.Column(gettext_lazy("Fair share"), number=True),
    tables.Column(gettext_lazy("Share then"), number=True),
)
NEXT = (
    tables.Column(gettext_lazy("Provider")),
    tables.Column(gettext_lazy("For the place")),
    tables.Column(gettext_lazy("Persons served"), number=True),
    tables.Column(gettext_lazy("What residents say, of 5")),
    tables.Column(gettext_lazy("Fair share, and share now")),
)
STUCK = "stuck"


@access.page("lists", "service_order")
def services(request: HttpRequest) -> HttpResponse:
    """The service orders of the officer's division."""
    state = request.GET.get("state", "")
    state = state if state in (*ServiceOrder.State.values, STUCK) else ""
    found = tables.ordered(
        request, service_queries.services_for(request.user, state=state), ORDERS, default="-issued_at"
    )
    page = tables.page_of(request, found)
    rows = service_queries.months(list(page.object_list), clock.today())
    counted, visits = service_queries.counts(request.user), service_queries.visit_counts(request.user)
    context = {
        "heads": tables.heads(request, ORDERS),
        "page": page,
        "rows": rows,
        "places": division_names(each.order.division for each in rows),
        "states": [*((key, say(words)) for key, words in STATES.items()), (STUCK, _("Nobody can be asked"))],
        "counts": [(say(words), counted.get(key, 0), key) for key, words in STATES.items()],
        "stuck": service_queries.services_for(request.user, state=STUCK).order_by().count(),
        "to_decide": sum(visits.get(each, 0) for each in service_queries.TO_DECIDE),
    }
    return render(request, "delivery/services.html", context)


@access.page("lists", "service_order")
def visits(request: HttpRequest) -> HttpResponse:
    """The visits of the officer's division that wait for a decision, or those of a state."""
    state = request.GET.get("state", "")
    state = state if state in Visit.State.values else ""
    found = service_queries.visits_for(request.user, state=state)
    context = {
        "heads": tables.heads(request, VISITS, default="-on"),
        "page": tables.page_of(request, tables.ordered(request, found, VISITS, default="-on")),
        "states": [(key, say(words)) for key, words in proofs.STATES.items()],
        "crumbs": [(_("Services"), reverse("delivery:services")), (_("Visits"), "")],
    }
    return render(request, "delivery/visits.html", context)


@access.page("opens", "service_order")
def service(request: HttpRequest, order_id: int) -> HttpResponse:
    """One service order with its history and visits; an officer of the place decides what waits."""
    found = service_queries.service_for(request.user, order_id)
    if found is None:
        raise Http404
    may = bool(access.allow(_actor(request), "decides", "service_order", division=found.division))
    moves = list(found.moves.select_related("contract__provider", "by").order_by("-pk"))
    decidable = {state for state, name in proofs.MOVES if name in ("accept", "refuse")}
    goes_on = found.state != ServiceOrder.State.ENDED
    choice = choosing.Choice(clock.today())
    others = choice.ranked(found) if goes_on else []
    lacks = choice.lacks(found)
    context = {
        "order": found,
        "month": service_queries.months([found], clock.today())[0],
        "visits": [
            (each, may and each.state in decidable) for each in service_queries.visits_of(found)[:100]
        ],
        "moves": moves,
        "goes_on": goes_on,
        "rating": _rating(found),
        "next": [each for each in others if each.contract.pk != found.contract_id],
        "stuck": choice.stuck(found, others) if found.state == ServiceOrder.State.WAITING else "",
        "lacks": [skills()[each].title for each in lacks],
        "asked": [(name, each.title, each.proof, name in found.skills) for name, each in skills().items()],
        "why": next((move for move in moves if move.why and move.contract_id == found.contract_id), None),
        "why_heads": tables.heads(request, WHY),
        "may_ask": may and goes_on,
        "choosable": [
            each for each in others if each.candidate.open and each.contract.pk != found.contract_id
        ],
        "places": division_names(each.contract.division for each in others),
        "next_heads": tables.heads(request, NEXT),
        "may_take_back": may and found.contract is not None and goes_on,
        "may_ask_again": may and found.state == ServiceOrder.State.WAITING and found.declined,
        "crumbs": [(_("Services"), reverse("delivery:services")), (str(found.pk), "")],
    }
    return render(request, "delivery/service.html", context)


@access.page("decides", "service_order")
@require_POST
def change(request: HttpRequest, order_id: int) -> HttpResponse:
    """Takes an order from its provider, asks again those who declined, asks a chosen one, or says which skills are needed."""
    if service_queries.service_for(request.user, order_id) is None:
        raise Http404
    said, turn = request.POST, {"order": order_id, "at": clock.now(), "by": _actor(request)}
    turn |= {"reason": said.get("reason", "")}
    words, done = _("The next provider is asked when the loop runs."), actions.take_back_order
    if said.get("act") == "ask_again":
        done = actions.ask_providers_again
    elif said.get("act") == "choose":
        turn |= {"contract": said.get("contract", "")}
        words, done = _("The provider is asked."), actions.choose_provider
    elif said.get("act") == "skills":
        turn |= {"skills": said.getlist("skills")}
        words, done = (
            _("Kept. From now on only providers with these skills are asked."),
            actions.ask_for_skills,
        )
    say_outcome(request, lambda: done(**turn), words)
    return redirect("delivery:service", order_id)


@access.page("decides", "service_order")
@require_POST
def decide(request: HttpRequest, order_id: int, visit_id: int) -> HttpResponse:
    """Accepts or refuses a visit, with the reason."""
    found = service_queries.service_for(request.user, order_id)
    if found is None or not found.visits.filter(pk=visit_id).exists():
        raise Http404
    outcome = "accept" if request.POST.get("outcome") == "accept" else "refuse"
    reason = request.POST.get("reason", "")
    say_outcome(
        request,
        lambda: actions.decide_visit(
            visit=visit_id, outcome=outcome, reason=reason, at=clock.now(), by=_actor(request)
        ),
        _("The visit is accepted.") if outcome == "accept" else _("The visit is refused."),
    )
    return redirect("delivery:service", order_id)


def _rating(order: ServiceOrder) -> Rating | None:
    provider = order.contract.provider_id if order.contract else ""
    return supply.latest_ratings([provider]).get(provider)


def _actor(request: HttpRequest) -> Any:
    """Who is signed in; the decorator of each page has seen to it."""
    return request.user
