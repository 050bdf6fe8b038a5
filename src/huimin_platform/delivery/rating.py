"""Grants take up another monthly amount that was decided: what is ordered from now on, and what is missing till now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from huimin.delivery import schedule
from huimin.delivery.schedule import arrears, order_key, rate_in
from huimin.units.dates import parse_month
from huimin_platform.base import audit
from huimin_platform.base.models import User
from huimin_platform.cases import queries as cases
from huimin_platform.cases.queries import Rating
from huimin_platform.delivery.members import payees
from huimin_platform.delivery.models import Grant, Order, Rate

MONTH_SIGNS = 7


def rates_of(grants: Iterable[Grant]) -> Mapping[int, Sequence[schedule.Rate]]:
    """grant -> the rates that count, in the order decided; a grant whose amount never changed is left out."""
    found: dict[int, list[schedule.Rate]] = {}
    for rate in Rate.objects.filter(grant__in=list(grants), annulled=False).order_by("pk"):
        found.setdefault(rate.grant_id, []).append(schedule.Rate(rate.started_on, rate.amount_fen))
    return found


def follow_ratings(*, today: date, at: datetime, by: User | str) -> dict[str, int]:
    """How many grants got another amount, and how many orders of what was missing were made; a rerun makes none."""
    known = dict(Rate.objects.filter(path__isnull=False).values_list("path", "annulled"))
    counts = {"rated": 0, "arrears": 0}
    for rating in cases.decided_ratings():
        if rating.path not in known and rating.annulled:
            continue
        if rating.path in known and known[rating.path] == rating.annulled:
            continue
        made = _follow(rating, today, at, by)
        if made is not None:
            counts["rated"] += 1
            counts["arrears"] += made
    return counts


@transaction.atomic
def _follow(rating: Rating, today: date, at: datetime, by: User | str) -> int | None:
    """The number of orders of arrears; None where the item has no grant yet."""
    grant = Grant.objects.select_for_update().filter(case_item=rating.item, per="month").first()
    if grant is None:
        return None
    if not grant.rates.exists():
        Rate.objects.create(grant=grant, started_on=grant.started_on, amount_fen=grant.amount_fen)
    Rate.objects.update_or_create(
        path_id=rating.path,
        defaults={"grant": grant, "started_on": rating.counts_from_on, "amount_fen": rating.amount_fen,
                  "annulled": rating.annulled},
    )  # fmt: skip
    rates = rates_of([grant])[grant.pk]
    grant.amount_fen = rate_in(rates, date.max, grant.amount_fen)
    grant.save(update_fields=["amount_fen"])
    audit.write(
        by=by, action="rates", kind="grant", object_id=rating.case_number, at=at,
        details={"amount_fen": grant.amount_fen, "from": rating.counts_from_on.isoformat()},
    )  # fmt: skip
    return _order_missing(grant, rates, rating, today, at, by)


def _order_missing(
    grant: Grant, rates: Sequence[schedule.Rate], rating: Rating, today: date, at: datetime, by: User | str
) -> int:
    ordered: dict[date, int] = {}
    for period, fen in grant.orders.exclude(state=Order.State.DROPPED).values_list("period", "amount_fen"):
        month = parse_month(period[:MONTH_SIGNS])
        assert month is not None
        ordered[month] = ordered.get(month, 0) + fen
    payee = payees({grant.household_id}, today).get(grant.household_id)
    mark = f"{'-' if rating.annulled else '+'}{rating.path}"
    orders = [
        Order(
            key=order_key(grant.pk, f"{month:%Y-%m}{mark}"), grant=grant, period=f"{month:%Y-%m}{mark}", due_on=month,
            amount_fen=fen, payee_id=payee, division=grant.division,
        )
        for month, fen in arrears(rates, grant.amount_fen, ordered).items()
    ]  # fmt: skip
    Order.objects.bulk_create(orders)
    audit.write_many(by=by, action="orders", kind="order", object_ids=[order.key for order in orders], at=at)
    return len(orders)
