"""Reads of the delivery stage: what was granted, what is due."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huimin_platform.base import access
from huimin_platform.base.timeline import Event
from huimin_platform.base.together import Kept
from huimin_platform.delivery import service_queries
from huimin_platform.delivery.models import Grant, Order

settlements_for = service_queries.settlements_for
settlement_for = service_queries.settlement_for
services_for = service_queries.services_for
services_for_person = service_queries.services_for_person
visits_to_person = service_queries.visits_to_person

# kind of grant -> what is said on the day on which it begins, and ends.
HELP = {
    "cash": (gettext_lazy("Help begins"), gettext_lazy("Help ends")),
    "status": (gettext_lazy("Standing begins"), gettext_lazy("Standing ends")),
    "service": (gettext_lazy("Services begin"), gettext_lazy("Services end")),
}


def grants() -> QuerySet[Grant]:
    """All grants; narrow them with `access.scope`."""
    return Grant.objects.all()


def orders() -> QuerySet[Order]:
    """All orders; narrow them with `access.scope`."""
    return Order.objects.all()


def grants_of(*, household_id: int | None = None, person_id: int | None = None) -> QuerySet[Grant]:
    """The grants of a household, or those a person is paid for, the newest first."""
    found = Grant.objects.select_related("household", "payee")
    if household_id is not None:
        found = found.filter(household_id=household_id)
    if person_id is not None:
        found = found.filter(Q(payee_id=person_id) | Q(household__head_id=person_id))
    return found.order_by("-decided_on", "-id")


def grants_of_case(number: str) -> QuerySet[Grant]:
    """What the decision on a case granted."""
    return Grant.objects.filter(case_number=number).select_related("payee").order_by("id")


def orders_for(actor: Any, *, state: str = "", policy: str = "", period: str = "") -> QuerySet[Order]:
    """The orders in the actor's division, with grant and payee."""
    found = access.scope(actor, Order.objects.select_related("grant", "payee"))
    wanted = {"state": state, "grant__policy": policy, "period": period}
    return found.filter(**{name: value for name, value in wanted.items() if value})


def totals(actor: Any) -> Mapping[str, int]:
    """state -> sum in fen of the orders in the actor's division."""
    found = (
        access.scope(actor, Order.objects.all())
        .order_by()
        .values_list("state")
        .annotate(fen=Sum("amount_fen"))
    )
    return dict(found)


def about(person_id: int | None, household_id: int | None) -> dict[str, QuerySet[Any]]:
    """What this stage keeps of a person or a household, to be asked together with the rest."""
    of = Q(household_id=household_id) if household_id is not None else Q(payee_id=person_id)
    return {"grants": Grant.objects.filter(of).order_by("-started_on", "pk")}


def timeline(kept: Kept) -> list[Event]:
    """What was granted: the day on which help begins, and the one on which it ended."""
    events = []
    for grant in kept["grants"]:
        source = _("Decision on case %(number)s") % {"number": grant.case_number}
        url = reverse("cases:case", args=[grant.case_number])
        begins, ends = HELP[grant.kind]
        events.append(
            Event(
                on=grant.started_on, title=str(begins),
                detail=grant.get_per_display(), source=source, url=url, tone="good",
                amount_fen=grant.amount_fen or None, stage="delivery",
            )
        )  # fmt: skip
        if grant.ended_on is not None:
            events.append(Event(on=grant.ended_on, title=str(ends), source=source, url=url, stage="delivery"))
    return events
