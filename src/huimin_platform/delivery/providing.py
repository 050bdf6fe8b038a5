"""What a provider says to an order, and what an officer does when a provider does not serve."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huimin.delivery.skills import skills as known_skills
from huimin_platform.base import access, audit
from huimin_platform.base.models import User
from huimin_platform.delivery import choosing, confirming, ordering, visiting
from huimin_platform.delivery.models import ServiceOrder
from huimin_platform.delivery.refusals import CannotBe, insist_on_reason, permitted


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
    return ordering.move(_of_place(order, by), "take_back", at=at, by=by, reason=reason)


@transaction.atomic
def ask_again(*, order: int, reason: str, at: datetime, by: User) -> ServiceOrder:
    """A waiting order that is offered once more to those who declined it before."""
    insist_on_reason(reason)
    found = _of_place(order, by)
    found.declined = []
    found.save(update_fields=["declined"])
    return found


@transaction.atomic
def choose(*, order: int, contract: str, reason: str, at: datetime, by: User) -> ServiceOrder:
    """The order offered to the provider that the household chose; an officer who writes it down for them gives the reason.

    The provider is one that fits, is qualified and has room. The same again changes nothing.
    """
    found = _of_household(order, by) if by.role == "resident" else _of_place(order, by)
    if by.role != "resident":
        reason = insist_on_reason(reason)
    if found.contract_id == contract:
        return found
    ranked = choosing.Choice(timezone.localdate(at)).ranked(found)
    chosen = next((each for each in ranked if each.contract.pk == contract and each.candidate.open), None)
    if chosen is None:
        raise CannotBe(_("This provider has no room now, or is not qualified. Choose another one."))
    found.contract = chosen.contract
    return ordering.move(found, "choose", at=at, by=by, reason=reason.strip()[:500], why=choosing.why(ranked))


@transaction.atomic
def ask_for_skills(
    *, order: int, skills: Collection[str], reason: str, at: datetime, by: User
) -> ServiceOrder:
    """The order with the skills that an officer found the person needs, with the reason. Who serves stays, until it is changed."""
    reason = insist_on_reason(reason)
    found = _of_place(order, by)
    if unknown := sorted(set(skills) - known_skills().keys()):
        raise CannotBe(_("There is no skill “%(name)s”.") % {"name": unknown[0]})
    if set(found.skills) != set(skills):
        found.skills, found.stuck = sorted(skills), ""
        found.save(update_fields=["skills", "stuck"])
        audit.write(
            by=by, action="corrects", kind="service_order", object_id=found.pk, at=at,
            details={"skills": found.skills, "reason": reason},
        )  # fmt: skip
    return found


def _of_household(order: int, by: User) -> ServiceOrder:
    household = confirming.served_by(by)
    found = _locked(order) if household else None
    if found is None or found.grant.household_id != household:
        raise access.NotAllowed((_("This service is not one of your household."),))
    return found


def _of_place(order: int, by: User) -> ServiceOrder:
    found = _locked(order)
    if found is None:
        raise access.NotAllowed((_("This order is not there."),))
    permitted(by, "decides", division=found.division)
    return found


def _locked(order: int) -> ServiceOrder | None:
    found = ServiceOrder.objects.select_for_update(of=("self",)).select_related("contract", "grant")
    return found.filter(pk=order).first()
