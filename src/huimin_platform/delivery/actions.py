"""Writes of the delivery stage: grants from decisions, orders from grants; services ordered, proven, accepted, settled."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from huimin.delivery.schedule import Terms, due, order_key, span
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.base.prepared import is_any, prepared
from huimin_platform.cases import queries as cases
from huimin_platform.cases.models import CaseItem
from huimin_platform.delivery import confirming, providing, settling, visiting
from huimin_platform.delivery.members import payees
from huimin_platform.delivery.models import Grant, Order, Settlement, Visit
from huimin_platform.delivery.rating import rates_of
from huimin_platform.delivery.refusals import CannotBe as CannotBe
from huimin_platform.delivery.terms import terms_of

PART = 5_000

Entry = visiting.Entry
accept_order = providing.accept
decline_order = providing.decline
take_back_order = providing.take_back
ask_providers_again = providing.ask_again
ask_for_skills = providing.ask_for_skills
choose_provider = providing.choose
enter_visit = visiting.enter
confirm_visit = confirming.confirm
dispute_visit = confirming.dispute
decide_visit = confirming.decide
read_code = confirming.read_code
sign_settlement = settling.sign

# Grants that owe a period by a day and have no order for the last one; orders are made without gaps. Nothing is
# ordered while the case is suspended, nor where it was stopped before the grant had begun.
UNORDERED = """
select grants.id from delivery_grant grants
join cases_caseitem item on item.id = grants.case_item_id join cases_case decided on decided.id = item.case_id
where decided.suspended_on is null
  and (decided.stopped_on is null or grants.started_on <= decided.stopped_on)
  and grants.kind = 'cash' and grants.started_on <= %(today)s and not exists (
    select from delivery_order orders where orders.grant_id = grants.id and (
        grants.per = 'once' or orders.due_on >= greatest(grants.started_on, least(
            date_trunc('month', %(today)s::date)::date, date_trunc('month', grants.ended_on - 1)::date))))
order by grants.id limit %(part)s
"""

# Orders not yet paid whose payee has died, has lost the card, has gone into another file, or was never found.
WITHOUT_PAYEE = """
select orders.id, grants.household_id from delivery_order orders
join delivery_grant grants on grants.id = orders.grant_id
left join registry_person person on person.id = orders.payee_id
where orders.state = 'due' and (
    person.id is null or person.died_on is not null or person.card_sealed is null or person.merged_into_id is not null)
"""


@transaction.atomic
def grant_approved(*, today: date, at: datetime, by: User | str) -> int:
    """The number of grants made: one for each item of an approved case that has none; at most a part at a
    time.
    """
    items = list(cases.approved_items().exclude(pk__in=Grant.objects.values("case_item_id"))[:PART])
    if not items:
        return 0
    found = payees({item.household_id for item in items}, today)
    grants = [_grant(item, found.get(item.household_id)) for item in items]
    Grant.objects.bulk_create(grants, batch_size=1000)
    audit.write_many(
        by=by, action="grants", kind="grant", object_ids=[grant.case_number for grant in grants], at=at
    )
    return len(grants)


@transaction.atomic
def order_due(*, today: date, at: datetime, by: User | str) -> int:
    """The number of orders made: one for each period that is due by today; at most a part of grants at a
    time.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNORDERED, {"today": today, "part": PART})
        grants = list(Grant.objects.filter(pk__in=[row[0] for row in cursor.fetchall()]).order_by("pk"))
    found = payees({grant.household_id for grant in grants}, today)
    rates = rates_of(grants)
    ordered = set(Order.objects.filter(grant__in=grants).values_list("key", flat=True))
    orders = [
        Order(
            key=order_key(grant.pk, item.period),
            grant=grant,
            period=item.period,
            due_on=item.on,
            amount_fen=item.amount_fen,
            payee_id=found.get(grant.household_id),
            division=grant.division,
        )
        for grant in grants
        for item in due(
            Terms(grant.kind, grant.per),
            grant.amount_fen,
            grant.started_on,
            grant.ended_on,
            today,
            rates.get(grant.pk, ()),
        )
        if order_key(grant.pk, item.period) not in ordered
    ]
    if orders:
        Order.objects.bulk_create(orders, batch_size=1000)
        keys = [order.key for order in orders]
        audit.write_many(by=by, action="orders", kind="order", object_ids=keys, at=at)
    return len(orders)


@transaction.atomic
def name_payees(*, today: date, at: datetime, by: User | str) -> int:
    """The number of unpaid orders that got another payee, because theirs has died, has no card or is no file of its own."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_PAYEE)
        waiting = dict(cursor.fetchall())
    found = payees(set(waiting.values()), today)
    orders = list(
        Order.objects.select_for_update().filter(pk__in=waiting, state=Order.State.DUE).order_by("pk")
    )
    changed = [order for order in orders if found.get(waiting[order.pk]) not in (None, order.payee_id)]
    for order in changed:
        order.payee_id = found[waiting[order.pk]]
    Order.objects.bulk_update(changed, ["payee"], batch_size=1000)
    audit.write_many(
        by=by, action="names_payee", kind="order", object_ids=[order.key for order in changed], at=at
    )
    return len(changed)


def mark(orders: Collection[int], state: str) -> int:
    """The number of orders put into a state; called by funds inside its own transaction and audit line."""
    return _not_yet.update(list(orders), state, state=state)


@prepared
def _not_yet(orders: Any, state: Any) -> QuerySet[Order]:
    return Order.objects.filter(is_any("pk", orders)).exclude(state=state)


def mark_paid(settlement: Settlement) -> int:
    """The number of visits that are paid with their settlement; called by funds inside its own transaction."""
    return settlement.visits.filter(state=Visit.State.SETTLED).update(state=Visit.State.PAID)


def _grant(item: CaseItem, person: int | None) -> Grant:
    terms = terms_of(item)
    decided_on = timezone.localdate(item.case.decided_at)
    started_on, ended_on = span(terms, decided_on)
    return Grant(
        case_item=item,
        case_number=item.case.number,
        household_id=item.household_id,
        payee_id=person,
        division=item.case.division,
        policy=item.policy,
        policy_version=item.policy_version,
        kind=terms.kind,
        amount_fen=0 if terms.kind == "status" else item.amount_fen,
        per=terms.per,
        decided_on=decided_on,
        started_on=started_on,
        ended_on=ended_on,
    )
