"""Writes of the delivery stage: grants from decisions, orders from grants."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from huimin.delivery.schedule import Terms, add_months, due, order_key, span
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.cases import queries as cases
from huimin_platform.cases.models import CaseItem
from huimin_platform.delivery.members import payees
from huimin_platform.delivery.models import Grant, Order

PART = 5_000
ONE_DAY = timedelta(days=1)

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

# Orders not yet paid whose payee has died, has lost the card, or was never found.
WITHOUT_PAYEE = """
select orders.id, grants.household_id from delivery_order orders
join delivery_grant grants on grants.id = orders.grant_id
left join registry_person person on person.id = orders.payee_id
where orders.state = 'due' and (person.id is null or person.died_on is not null or person.card_sealed is null)
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
def follow_stops(*, at: datetime, by: User | str) -> int:
    """The number of grants that end with the month in which their case was stopped, or go on because that was
    lifted.
    """
    stopped = Q(case_item__case__stopped_on__isnull=False)
    found = (
        Grant.objects.select_for_update(of=("self",))
        .select_related("case_item__case")
        .filter(stopped & Q(ended_on=None, per="month") | ~stopped & Q(ended_on__isnull=False))
        .order_by("pk")
    )
    changed = []
    for grant in found:
        stopped_on = grant.case_item.case.stopped_on
        natural = span(_terms(grant.case_item), grant.decided_on)[1]
        ended_on = (
            natural if stopped_on is None else max(add_months(stopped_on, 1), grant.started_on + ONE_DAY)
        )
        if ended_on != grant.ended_on:
            grant.ended_on = ended_on
            changed.append(grant)
    Grant.objects.bulk_update(changed, ["ended_on"], batch_size=1000)
    numbers = [grant.case_number for grant in changed]
    audit.write_many(by=by, action="follows_stop", kind="grant", object_ids=numbers, at=at)
    return len(changed)


@transaction.atomic
def follow_moves(*, at: datetime, by: User | str) -> int:
    """The number of grants that follow their case into another division. What is ordered from now on belongs there;
    what was ordered before stays where it was.
    """
    found = Grant.objects.select_for_update(of=("self",)).select_related("case_item__case")
    moved = list(found.exclude(division=F("case_item__case__division")).order_by("pk"))
    for grant in moved:
        grant.division = grant.case_item.case.division
    Grant.objects.bulk_update(moved, ["division"], batch_size=1000)
    numbers = [grant.case_number for grant in moved]
    audit.write_many(by=by, action="follows_move", kind="grant", object_ids=numbers, at=at)
    return len(moved)


@transaction.atomic
def order_due(*, today: date, at: datetime, by: User | str) -> int:
    """The number of orders made: one for each period that is due by today; at most a part of grants at a
    time.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNORDERED, {"today": today, "part": PART})
        grants = list(Grant.objects.filter(pk__in=[row[0] for row in cursor.fetchall()]).order_by("pk"))
    found = payees({grant.household_id for grant in grants}, today)
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
            Terms(grant.kind, grant.per), grant.amount_fen, grant.started_on, grant.ended_on, today
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
    """The number of unpaid orders that got another payee, because theirs has died or has no card."""
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
    return Order.objects.filter(pk__in=orders).exclude(state=state).update(state=state)


def _grant(item: CaseItem, person: int | None) -> Grant:
    terms = _terms(item)
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
        amount_fen=(item.amount_fen or 0) if terms.kind == "cash" else 0,
        per=terms.per,
        decided_on=decided_on,
        started_on=started_on,
        ended_on=ended_on,
    )


def _terms(item: CaseItem) -> Terms:
    """What the policy grants: an amount each month from the next month on, an amount at once, or a
    standing.
    """
    if not item.amount_fen:
        return Terms("status", "none")
    return Terms("cash", "once", starts="at_once") if item.per == "once" else Terms("cash", "month")
