"""Which fund an order is paid from: the township's own before the county's, what is bound to a purpose before what is not.

Money of a place goes to people who live there, never to a neighbour's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

from django.db.models import QuerySet

from huimin.funds.ledger import Fund
from huimin.funds.levels import TOWN_DIGITS
from huimin_platform.base.prepared import is_any, prepared
from huimin_platform.funds.budget_models import ClosedYear
from huimin_platform.funds.models import Account


class Wanting(Protocol):
    """An order that wants money."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def due_on(self) -> date:
        """The day from which it is due; who is due first is served first."""
        ...

    @property
    def amount_fen(self) -> int:
        """How much."""
        ...

    @property
    def division(self) -> str:
        """Where the person lives."""
        ...

    @property
    def fund(self) -> Fund:
        """The fund of its policy and year; place and source are found here."""
        ...


Order = TypeVar("Order", bound=Wanting)


def draw(orders: Sequence[Order]) -> list[tuple[Order, Fund]]:
    """The orders that budgets reach, each with the fund it is paid from; one fund pays an order whole.

    The accounts stay locked until the transaction ends. An order that no budget reaches ends the line of its policy,
    year and township: a smaller one due later does not overtake it.
    """
    if not orders:
        return []
    left = _budgets(orders)
    ended: set[tuple[Fund, str]] = set()
    found = []
    payers: dict[tuple[Fund, str], list[Fund]] = {}
    for order in sorted(orders, key=lambda order: (order.due_on, order.id)):
        town = order.division[:TOWN_DIGITS]
        if (order.fund, town) in ended:
            continue
        if (order.fund, town) not in payers:
            payers[order.fund, town] = _open_to(order.fund, town, left)
        fund = next((each for each in payers[order.fund, town] if left[each] >= order.amount_fen), None)
        if fund is None:
            ended.add((order.fund, town))
            continue
        left[fund] -= order.amount_fen
        found.append((order, fund))
    return found


def closed_years() -> Mapping[int, set[str]]:
    """year -> the places that have closed it."""
    found: dict[int, set[str]] = defaultdict(set)
    for year, place in _closed.rows():
        found[year].add(place)
    return found


def is_closed(year: int, place: str, closed: Mapping[int, set[str]]) -> bool:
    """Whether a place, or one around it, has closed a year."""
    return any(place.startswith(each) for each in closed.get(year, ()))


def _open_to(wanted: Fund, town: str, left: dict[Fund, int]) -> list[Fund]:
    """The funds that may pay, in the order in which they do."""
    found = [
        each
        for each in left
        if (each.line, each.year, each.purpose) == (wanted.line, wanted.year, wanted.purpose)
        and town.startswith(each.place)
    ]
    return sorted(found, key=lambda each: (-len(each.place), not each.source, each.source))


def _budgets(orders: Sequence[Wanting]) -> dict[Fund, int]:
    """What is left in every budget of the orders' policies and years that is not closed."""
    closed = closed_years()
    policies, years = {order.fund.purpose for order in orders}, {order.fund.year for order in orders}
    return {
        Fund(row.line, row.year, row.purpose, row.place, row.source): row.balance_fen
        for row in _budget_accounts.rows(sorted(policies), sorted(years))
        if not is_closed(row.year, row.place, closed)
    }


@prepared
def _closed() -> QuerySet[ClosedYear, tuple[int, str]]:
    return ClosedYear.objects.values_list("year", "place")


@prepared
def _budget_accounts(policies: Any, years: Any) -> QuerySet[Account]:
    found = Account.objects.select_for_update().filter(leg="budget")
    return found.filter(is_any("purpose", policies), is_any("year", years)).order_by("pk")
