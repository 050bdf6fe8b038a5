"""Visits as providers enter them, held against contract, order and person; and what is left of an order in a month."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.delivery import proofs, services
from huimin.delivery.schedule import add_months, rate_in
from huimin.units.divisions import prefix
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.delivery import ordering
from huimin_platform.delivery.models import ServiceOrder, Visit
from huimin_platform.delivery.rating import rates_of
from huimin_platform.delivery.refusals import CannotBe, permitted
from huimin_platform.supply.models import Provider, ServiceContract


@dataclass(frozen=True)
class Entry:
    """What a provider says of one visit; `pieces` counts only where the service is counted in pieces."""

    worker: str
    worker_name: str
    on: date
    started_at: datetime
    ended_at: datetime
    place: str
    pieces: int = 1
    photo_sha256: str = ""


@transaction.atomic
def enter(*, order: int, key: UUID, entry: Entry, at: datetime, by: User) -> Visit:
    """The visit as kept: to be confirmed, or set aside with what speaks against it. The same key again changes nothing."""
    permitted(by, "sends")
    # One visit of a provider at a time, so that a worker is not entered twice at once.
    Provider.objects.select_for_update().filter(pk=by.department).first()
    found = own_order(by, order)
    known = Visit.objects.filter(key=key).first()
    if known is not None:
        if known.order_id != found.pk:
            raise CannotBe(_("Load the page again, then enter the visit."))
        return known
    if found.state == ServiceOrder.State.OFFERED:
        raise CannotBe(_("Accept the order before you enter visits."))
    _insist_possible(entry, at)
    contract = found.contract
    assert contract is not None
    made = Visit(
        key=key, order=found, contract=contract, person=found.recipient, worker=entry.worker, worker_name=entry.worker_name,
        on=entry.on, started_at=entry.started_at, ended_at=entry.ended_at, place=entry.place,
        units=_units(found, contract, entry), photo_sha256=entry.photo_sha256, state=Visit.State.PROVEN, entered_at=at, entered_by=by,
    )  # fmt: skip
    made.faults = list(faults_of(made))
    made.state = Visit.State.SET_ASIDE if made.faults else Visit.State.PROVEN
    made.save()
    if found.state == ServiceOrder.State.ACCEPTED:
        ordering.move(found, "begin", at=at, by=by)
    details = {"order": found.pk, "units": made.units, "faults": made.faults}
    audit.write(by=by, action="enters", kind="visit", object_id=made.pk, details=details, at=at)
    return made


def own_order(by: User, order: int) -> ServiceOrder:
    """The order, where it is the provider's own; locked. Raises `CannotBe` else."""
    found = (
        ServiceOrder.objects.select_for_update(of=("self",))
        .select_related("grant__case_item__case", "recipient", "contract")
        .filter(pk=order, contract__provider=by.department)
        .first()
    )
    if found is None or not by.department:
        raise CannotBe(_("This order is not yours, or not any more."))
    return found


def faults_of(visit: Visit) -> tuple[str, ...]:
    """What speaks against a visit by what is known now; the visit itself is left aside."""
    order, contract, case = visit.order, visit.contract, visit.order.grant.case_item.case
    terms = proofs.Terms(
        contract_from=contract.started_on, contract_until=contract.ended_on, order_from=order.started_on,
        order_until=min((day for day in (order.grant.ended_on, case.suspended_on) if day is not None), default=None),
        late_days=contract.late_days, units_left=units_left(order, contract, visit.on, but=visit.pk),
        died_on=visit.person.died_on, lives_here=(visit.person.division or order.grant.division).startswith(prefix(contract.division)),
    )  # fmt: skip
    same = Visit.objects.filter(
        Q(contract__provider=contract.provider_id, worker=visit.worker) | Q(person=visit.person_id),
        state__in=proofs.COUNTED, started_at__lt=visit.ended_at, ended_at__gt=visit.started_at,
    ).exclude(pk=visit.pk)  # fmt: skip
    return proofs.faults(
        _told(visit, contract.provider_id),
        terms,
        [_told(other, other.contract.provider_id) for other in same.select_related("contract")],
        on=visit.on,
        entered_on=timezone.localdate(visit.entered_at),
    )


def price_of(contract: ServiceContract) -> services.Price:
    """The price of a contract as the library computes with it."""
    return services.Price(contract.price_fen, contract.ceiling_fen, contract.own_percent)


def worths(orders: Iterable[ServiceOrder], month: date) -> Mapping[int, int]:
    """order -> what its services may cost in a month, in fen, as decided; in one query."""
    orders = list(orders)
    rates = rates_of(order.grant for order in orders)
    first = month.replace(day=1)
    return {
        order.pk: rate_in(rates.get(order.grant_id, ()), first, order.grant.amount_fen) for order in orders
    }


def units_left(order: ServiceOrder, contract: ServiceContract, on: date, *, but: int | None = None) -> int:
    """How many units the order still buys in the month of a day, what counts left out of it, but for one visit."""
    first = on.replace(day=1)
    counted = (
        Visit.objects.filter(
            order=order, state__in=proofs.COUNTED, on__gte=first, on__lt=add_months(first, 1)
        )
        .exclude(pk=but)
        .values("contract__price_fen", "contract__ceiling_fen", "contract__own_percent")
        .annotate(sum=Sum("units"))
    )
    spent = sum(
        services.Price(row["contract__price_fen"], row["contract__ceiling_fen"], row["contract__own_percent"]).public_fen(row["sum"])
        for row in counted
    )  # fmt: skip
    return price_of(contract).units_for(worths([order], first)[order.pk] - spent)


def _units(order: ServiceOrder, contract: ServiceContract, entry: Entry) -> int:
    minutes = int((entry.ended_at - entry.started_at).total_seconds() // 60)
    return proofs.units_of(
        order.unit, minutes=minutes, least_minutes=contract.least_minutes, pieces=entry.pieces
    )


def _insist_possible(entry: Entry, at: datetime) -> None:
    if entry.ended_at <= entry.started_at:
        raise CannotBe(_("The visit ends after it begins. Check both times."))
    if entry.ended_at > at:
        raise CannotBe(_("The visit is not over yet. Enter it afterwards."))
    if timezone.localdate(entry.started_at) != entry.on or timezone.localdate(entry.ended_at) != entry.on:
        raise CannotBe(_("A visit is within one day. Enter one over midnight as two."))


def _told(visit: Visit, provider: str) -> proofs.Visit:
    # Two providers number their workers alike; a worker is one of a provider.
    worker = f"{provider}/{visit.worker}"
    return proofs.Visit(
        visit.order_id, visit.person_id, worker, visit.started_at, visit.ended_at, visit.units
    )
