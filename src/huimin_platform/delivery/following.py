"""Grants follow what became of their case: stopped, moved, dropped orders, and what was paid after the end."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from huimin.delivery.schedule import add_months, span
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.cases import actions as cases
from huimin_platform.delivery.models import Grant
from huimin_platform.delivery.terms import terms_of

ONE_DAY = timedelta(days=1)

# Orders of months after the one in which their case was stopped, or that count again because the stop was lifted.
AFTER = "orders.due_on >= (date_trunc('month', decided.stopped_on) + interval '1 month')::date"
DROPPED = f"""
update delivery_order orders set state = case when decided.stopped_on is null then 'due' else 'dropped' end
from delivery_grant grants join cases_caseitem item on item.id = grants.case_item_id
join cases_case decided on decided.id = item.case_id
where orders.grant_id = grants.id and grants.per = 'month' and (
    orders.state = 'due' and decided.stopped_on is not null and {AFTER}
    or orders.state = 'dropped' and (decided.stopped_on is null or not {AFTER}))
returning orders.key
"""  # noqa: S608 - AFTER is the text above; there are no values
# What was paid for such months, case by case.
PAID_AFTER = f"""
select decided.number, array_agg(orders.period order by orders.period), sum(orders.amount_fen)
from delivery_order orders join delivery_grant grants on grants.id = orders.grant_id
join cases_caseitem item on item.id = grants.case_item_id join cases_case decided on decided.id = item.case_id
where orders.state = 'paid' and grants.per = 'month' and decided.stopped_on is not null and {AFTER}
group by decided.number order by decided.number
"""  # noqa: S608 - AFTER is the text above; there are no values


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
        natural = span(terms_of(grant.case_item), grant.decided_on)[1]
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
def drop_orders(*, at: datetime, by: User | str) -> int:
    """The number of orders that are not due any more, because they are of a month after a stop, or are due again."""
    with connection.cursor() as cursor:
        cursor.execute(DROPPED)
        keys = sorted(row[0] for row in cursor.fetchall())
    audit.write_many(by=by, action="follows_stop", kind="order", object_ids=keys, at=at)
    return len(keys)


def propose_recoveries(*, at: datetime) -> int:
    """The number of recoveries proposed of what was paid after a stop; a person looks at each before anybody is asked."""
    with connection.cursor() as cursor:
        cursor.execute(PAID_AFTER)
        found = cursor.fetchall()
    return sum(
        cases.propose_recovery(case_number=number, months=months, amount_fen=int(fen), at=at)
        for number, months, fen in found
    )
