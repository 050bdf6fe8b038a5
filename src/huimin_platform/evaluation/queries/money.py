"""Figures about money: how much of what was allotted and ordered has reached people, and how evenly."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, When
from django.db.models.functions import Substr

from huimin.funds.ledger import OWN_LEGS
from huimin.funds.sources import PROJECT
from huimin.rules.spread import variation
from huimin.units import divisions
from huimin_platform.delivery import queries as delivery
from huimin_platform.evaluation.queries.measure import (
    COUNTY,
    ONE,
    TOWN,
    Fraction,
    Measure,
    counted,
    number,
)
from huimin_platform.funds import queries as funds
from huimin_platform.registry import queries as registry

YEAR = timedelta(days=365)


def fund_use(today: date) -> Measure:
    """This year's money for people: what has reached cards over all that came, each of the place whose money it is.

    What is for projects pays no cards.
    """
    accounts = funds.accounts().filter(year=today.year, leg__in=OWN_LEGS).exclude(purpose__startswith=PROJECT)
    rows = accounts.annotate(
        top=number(Case(When(leg="paid", then=F("balance_fen")), default=0)), bottom=number(F("balance_fen"))
    )
    return Measure(rows, "ledger")


def last_mile(today: date) -> Measure:
    """Orders that are due; counted when the bank has said that the money arrived."""
    settled = funds.payments().filter(order=OuterRef("pk"), state="settled")
    rows = delivery.orders().filter(due_on__lte=today).annotate(place=F("division"))
    return Measure(rows.annotate(top=counted(Exists(settled)), bottom=ONE), "order")


def spending_variation(today: date) -> Measure:
    """Payments settled in the last year; the figure is how far towns differ in what they got a head."""
    rows = (
        funds.payments()
        .filter(state="settled", answered_at__date__gt=today - YEAR)
        .annotate(place=F("division"), top=number(F("amount_fen")), bottom=ONE)
    )

    def spread() -> dict[str, Fraction]:
        by_town = rows.order_by().values(home=Substr("division", 1, TOWN))
        spent = dict(by_town.annotate(fen=Sum("amount_fen")).values_list("home", "fen"))
        return _variations(spent, _people()) if spent else {}

    return Measure(rows, "payment", combine=spread)


def _people() -> dict[str, int]:
    """Town -> living residents."""
    living = registry.persons().filter(Q(merged_into=None), died_on=None).exclude(division="")
    towns = living.order_by().values(town=Substr("division", 1, TOWN)).annotate(count=Count("pk"))
    return dict(towns.values_list("town", "count"))


def _variations(spent: dict[str, int], people: dict[str, int]) -> dict[str, Fraction]:
    """County -> the variation of spending a head between its towns; one town does not vary."""
    counties: dict[str, list[float]] = {}
    for town, count in people.items():
        counties.setdefault(town[:COUNTY], []).append(spent.get(town, 0) / count)
    found = {}
    for county, a_head in counties.items():
        spread = variation(np.array(a_head))
        if len(a_head) > 1 and spread.denominator:
            parts = (Decimal(str(round(part, 6))) for part in (spread.numerator, spread.denominator))
            found[divisions.padded(county)] = Fraction(*parts)
    return found
