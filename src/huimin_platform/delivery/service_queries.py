"""Reads about services: orders and visits by who may see them, what a month still holds, settlements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from huimin.delivery import proofs
from huimin.delivery.schedule import add_months
from huimin_platform.base import access
from huimin_platform.delivery import visiting
from huimin_platform.delivery.models import ServiceOrder, Settlement, Visit

# What a provider sees: what is offered to it, what it serves, and what is over, for what is entered afterwards.
OF_PROVIDER = ("offered", "accepted", "under_way", "ended")
# In these states an order takes room of its contract.
TAKES_ROOM = ("offered", "accepted", "under_way")
# What an officer has to look at.
TO_DECIDE = ("disputed", "set_aside", "proven")
# Of which visits the resident has something to say: those that count, and those the resident has complained of.
FELT = ("accepted", "settled", "paid", "disputed")


@dataclass(frozen=True)
class Month:
    """What a month of an order holds: units ordered, counted so far, and of these accepted."""

    order: ServiceOrder
    ordered: int
    counted: int
    accepted: int

    @property
    def missing(self) -> int:
        """How many units of the month nobody has proven yet."""
        return max(self.ordered - self.counted, 0)


def services_for(actor: Any, *, state: str = "") -> QuerySet[ServiceOrder]:
    """The service orders that the actor may see: a provider's own, or those of an officer's division.

    `state` is one of theirs, or `stuck`: those that wait and for which nobody could be asked.
    """
    found = ServiceOrder.objects.select_related("grant", "recipient", "contract__provider")
    if actor.role == "provider":
        found = found.filter(contract__provider=actor.department, state__in=OF_PROVIDER)
        found = found if actor.department else found.none()
    else:
        found = access.scope(actor, found)
    if state == "stuck":
        found = found.exclude(stuck="")
    elif state:
        found = found.filter(state=state)
    return found.order_by("-issued_at", "-pk")


def service_orders() -> QuerySet[ServiceOrder]:
    """Every service order there ever was; narrow it with `access.scope`."""
    return ServiceOrder.objects.all()


def service_for(actor: Any, order: int) -> ServiceOrder | None:
    """One service order, where the actor may see it."""
    return services_for(actor).select_related("grant__case_item__case").filter(pk=order).first()


def counts(actor: Any) -> dict[str, int]:
    """state -> how many service orders the actor may see."""
    return dict(services_for(actor).order_by().values_list("state").annotate(count=Count("pk")))


def visits() -> QuerySet[Visit]:
    """Every visit that was ever entered."""
    return Visit.objects.all()


def months_felt(since: date) -> QuerySet[Visit, tuple[int, str, date]]:
    """Order, contract and month of the visits since a day of which a living resident has something to say, each once."""
    found = Visit.objects.filter(state__in=FELT, on__gte=since, order__recipient__died_on=None)
    return found.annotate(month=TruncMonth("on")).values_list("order", "contract", "month").distinct()


def visits_for(actor: Any, *, state: str = "") -> QuerySet[Visit]:
    """The visits of the officer's division, the newest first; `state` one of them, else those that wait for a decision."""
    found = access.scope(actor, Visit.objects.all(), "order__division")
    found = found.filter(state=state) if state else found.filter(state__in=TO_DECIDE)
    return found.select_related("order", "person", "contract__provider").order_by("-on", "-pk")


def visit_counts(actor: Any) -> dict[str, int]:
    """state -> how many visits of the officer's division."""
    found = access.scope(actor, Visit.objects.all(), "order__division")
    return dict(found.order_by().values_list("state").annotate(count=Count("pk")))


def visits_of(order: ServiceOrder) -> QuerySet[Visit]:
    """The visits of an order, the newest first."""
    return order.visits.select_related("contract__provider", "decided_by").order_by("-on", "-started_at")


def services_of(household_id: int) -> QuerySet[ServiceOrder]:
    """The service orders of a household."""
    found = ServiceOrder.objects.filter(grant__household=household_id)
    return found.select_related("grant", "recipient", "contract__provider").order_by("-issued_at", "-pk")


def services_for_person(person_id: int) -> QuerySet[ServiceOrder]:
    """The service orders for a person."""
    found = ServiceOrder.objects.filter(recipient=person_id).select_related("contract__provider")
    return found.order_by("pk")


def visits_to_person(person_id: int) -> QuerySet[Visit]:
    """Every visit to a person, the oldest first."""
    return Visit.objects.filter(person=person_id).order_by("on", "started_at")


def visits_to(household_id: int, *, most: int) -> list[Visit]:
    """The latest visits to a household."""
    found = Visit.objects.filter(order__grant__household=household_id)
    return list(
        found.select_related("contract__provider", "order", "person").order_by("-on", "-started_at")[:most]
    )


def months(orders: Sequence[ServiceOrder], on: date) -> list[Month]:
    """What the month of a day holds of some orders; two queries, however many there are."""
    first = on.replace(day=1)
    worths = visiting.worths(orders, first)
    counted = {
        order: (units, accepted)
        for order, units, accepted in Visit.objects.filter(
            order__in=orders, state__in=proofs.COUNTED, on__gte=first, on__lt=add_months(first, 1)
        )
        .values_list("order")
        .annotate(
            proven=Sum("units"),
            taken=Sum("units", filter=Q(state__in=["accepted", "settled", "paid"]), default=0),
        )
    }
    found = []
    for order in orders:
        ordered = visiting.price_of(order.contract).units_for(worths[order.pk]) if order.contract else 0
        found.append(Month(order, ordered, *counted.get(order.pk, (0, 0))))
    return found


def serving(contracts: Iterable[str]) -> dict[str, int]:
    """contract -> how many persons it serves or is asked to serve, of some contracts."""
    found = ServiceOrder.objects.filter(contract__in=contracts, state__in=TAKES_ROOM).values_list("contract")
    return dict(found.annotate(count=Count("pk")).order_by())


def settlements_for(actor: Any) -> QuerySet[Settlement]:
    """The settlements of contracts in the actor's division, the newest first."""
    found = access.scope(actor, Settlement.objects.all(), "contract__division")
    return found.select_related("contract__provider", "signed_by").order_by("-month", "-pk")


def settlement_for(actor: Any, number: str) -> Settlement | None:
    """One settlement, where the actor may see it."""
    return settlements_for(actor).filter(number=number).first()
