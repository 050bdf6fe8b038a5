"""Service orders follow grants: made, offered to the next provider, ended with the grant, the contract or a death."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from huimin.delivery import services
from huimin.units.divisions import prefix
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.delivery import choosing
from huimin_platform.delivery.models import Grant, OrderMove, ServiceOrder
from huimin_platform.delivery.refusals import CannotBe
from huimin_platform.delivery.terms import service_of, skills_asked

PART = 1_000
KIND = "service_order"
# move -> act in the audit log.
ACTS = {
    "offer": "offers", "accept": "accepts", "decline": "declines", "begin": "begins", "take_back": "takes_back",
    "end": "ends", "go_on": "goes_on", "choose": "chooses",
}  # fmt: skip


@transaction.atomic
def order_services(*, at: datetime) -> int:
    """The number of service orders made: one for each grant of services that has none; at most a part at a time."""
    grants = list(
        Grant.objects.filter(kind=Grant.Kind.SERVICE, service_order=None)
        .select_related("case_item__entitlement", "case_item__case")
        .order_by("pk")[:PART]
    )
    orders = [order for order in (_order(grant, at) for grant in grants) if order is not None]
    ServiceOrder.objects.bulk_create(orders)
    audit.write_many(
        by=audit.SYSTEM, action="orders", kind=KIND, object_ids=[str(order.pk) for order in orders], at=at
    )
    return len(orders)


@transaction.atomic
def offer(*, today: date, at: datetime) -> int:
    """The number of waiting orders that were offered to the first of the providers that are qualified, have room and have not
    declined; of the others it is kept why nobody was asked.
    """
    count, choice = 0, choosing.Choice(today)
    waiting = ServiceOrder.objects.select_for_update(of=("self",)).filter(state=ServiceOrder.State.WAITING)
    for order in waiting.order_by("pk"):
        found = choice.ranked(order)
        stuck = choice.stuck(order, found)
        if not stuck:
            order.contract = found[0].contract
            choice.takes(order.contract)
            move(order, "offer", at=at, why=choosing.why(found))
            count += 1
        elif stuck != order.stuck:
            order.stuck = stuck
            order.save(update_fields=["stuck"])
    return count


@transaction.atomic
def follow(*, today: date, at: datetime) -> int:
    """The number of service orders that follow their grant, the person or the contract: moved, ended, or going on again."""
    found = (
        ServiceOrder.objects.select_for_update(of=("self",))
        .select_related("grant", "recipient", "contract")
        .filter(
            ~Q(grant__division=F("division"))
            | ~Q(state="ended")
            | Q(state="ended") & (Q(grant__ended_on=None) | Q(grant__ended_on__gt=today))
        )
        .order_by("pk")
    )
    return sum(_follows(order, today, at) for order in found)


def move(
    order: ServiceOrder, name: str, *, at: datetime, by: User | None = None, reason: str = "",
    why: list[dict[str, Any]] | None = None,
) -> ServiceOrder:  # fmt: skip
    """The order after a move, with its line in the history and the audit; raises `CannotBe` where it cannot."""
    after = services.moved(order.state, name)
    if after is None:
        raise CannotBe(_("The order has moved on. Load the page again."))
    before, contract = order.state, order.contract
    if name in ("decline", "take_back"):
        assert contract is not None
        order.declined, order.contract = [*order.declined, contract.pk], None
    order.state, order.stuck = after, ""
    order.save(update_fields=["state", "contract", "declined", "stuck"])
    OrderMove.objects.create(
        order=order, move=name, state_before=before, state_after=after, contract=contract, reason=reason, why=why, at=at, by=by
    )  # fmt: skip
    audit.write(
        by=by or audit.SYSTEM, action=ACTS[name], kind=KIND, object_id=order.pk,
        details={"reason": reason} if reason else None, at=at,
    )  # fmt: skip
    return order


def _order(grant: Grant, at: datetime) -> ServiceOrder | None:
    service = service_of(grant.policy, grant.decided_on)
    recipient = _recipient(grant)
    if service is None or recipient is None:
        return None
    return ServiceOrder(
        grant=grant, recipient_id=recipient, division=grant.division, policy=grant.policy, service=service.kind,
        unit=service.unit, skills=list(skills_asked(service, grant, recipient)), started_on=grant.started_on, ended_on=grant.ended_on, issued_at=at,
    )  # fmt: skip


def _recipient(grant: Grant) -> int | None:
    """Whom the decision found entitled: the applicant, else the first such member; the payee where it names nobody."""
    trace = grant.case_item.entitlement.trace or {}
    entitled = [
        member["person"]
        for member, reason in zip(trace.get("members", ()), trace.get("conditions", ()), strict=False)
        if reason["status"] == "met" and reason["name"].startswith("member_")
    ]
    applicant = grant.case_item.case.applicant_id
    return applicant if applicant in entitled else next(iter(entitled), grant.payee_id)


def _follows(order: ServiceOrder, today: date, at: datetime) -> bool:
    until = _first(
        order.grant.ended_on, order.recipient.died_on and order.recipient.died_on + timedelta(days=1)
    )
    changed = (order.division, order.ended_on) != (order.grant.division, until)
    if changed:
        order.division, order.ended_on = order.grant.division, until
        order.save(update_fields=["division", "ended_on"])
    over = until is not None and until <= today
    if over and order.state in services.OPEN:
        move(order, "end", at=at, reason=_("The person has died.") if order.recipient.died_on else "")
    elif not over and order.state == ServiceOrder.State.ENDED:
        order.contract = None
        move(order, "go_on", at=at)
    elif order.contract is not None and order.state in ("offered", *services.SERVING):
        return _leaves_contract(order, today, at) or changed
    else:
        return changed
    return True


def _leaves_contract(order: ServiceOrder, today: date, at: datetime) -> bool:
    """Whether the order goes back, because its contract is over or does not count where the person lives now."""
    contract = order.contract
    assert contract is not None
    if not order.division.startswith(prefix(contract.division)):
        move(order, "take_back", at=at, reason=_("The person has moved out of the contract’s area."))
        return True
    # What was done on the last day can still be entered.
    if today >= contract.ended_on + timedelta(days=contract.late_days):
        move(order, "take_back", at=at, reason=_("The contract is over."))
        return True
    return False


def _first(*days: date | None) -> date | None:
    known: Iterable[date] = (day for day in days if day is not None)
    return min(known, default=None)
