"""What a provider says to an order, and what an officer does when a provider does not serve."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huimin_platform.base import access
from huimin_platform.base.models import User
from huimin_platform.delivery import ordering, visiting
from huimin_platform.delivery.models import ServiceOrder
from huimin_platform.delivery.refusals import insist_on_reason, permitted


@transaction.atomic
def accept(*, order: int, at: datetime, by: User) -> ServiceOrder:
    """The order accepted by the provider it is offered to. A repeat changes nothing."""
    permitted(by, "answers")
    found = visiting.own_order(by, order)
    if found.state in (ServiceOrder.State.ACCEPTED, ServiceOrder.State.UNDER_WAY):
        return found
    return ordering.move(found, "accept", at=at, by=by)


@transaction.atomic
def decline(*, order: int, reason: str, at: datetime, by: User) -> ServiceOrder:
    """The order declined, with the reason; the next provider is asked."""
    permitted(by, "answers")
    reason = insist_on_reason(reason)
    return ordering.move(visiting.own_order(by, order), "decline", at=at, by=by, reason=reason)


@transaction.atomic
def take_back(*, order: int, reason: str, at: datetime, by: User) -> ServiceOrder:
    """The order taken from its provider by an officer of the place, with the reason; the next provider is asked."""
    reason = insist_on_reason(reason)
    found = (
        ServiceOrder.objects.select_for_update(of=("self",))
        .select_related("contract")
        .filter(pk=order)
        .first()
    )
    if found is None:
        raise access.NotAllowed((_("This order is not there."),))
    permitted(by, "decides", division=found.division)
    return ordering.move(found, "take_back", at=at, by=by, reason=reason)


@transaction.atomic
def ask_again(*, order: int, reason: str, at: datetime, by: User) -> ServiceOrder:
    """A waiting order that is offered once more to those who declined it before."""
    reason = insist_on_reason(reason)
    found = ServiceOrder.objects.select_for_update(of=("self",)).filter(pk=order).first()
    if found is None:
        raise access.NotAllowed((_("This order is not there."),))
    permitted(by, "decides", division=found.division)
    found.declined = []
    found.save(update_fields=["declined"])
    return found
