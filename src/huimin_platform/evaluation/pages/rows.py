"""The rows behind a figure, as a page shows them: what each is, and where its page is."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from huimin_platform.supply.queries import department_name


@dataclass(frozen=True)
class Row:
    """One row: its words, its page, its place and what it adds to the figure."""

    label: str
    url: str
    place: str
    top: Decimal
    bottom: Decimal


def shown(kind: str, found: Any) -> list[Row]:
    """The rows of a page of a queryset."""
    describe = KINDS[kind]
    return [Row(*describe(row), row.place, row.top, row.bottom) for row in found]


def _household(row: Any) -> tuple[str, str]:
    return _("Household %(id)s") % {"id": row.pk}, _address("portal:household", row.pk)


def _case(row: Any) -> tuple[str, str]:
    return _("Case %(number)s") % {"number": row.number}, _address("cases:case", row.number)


def _need(row: Any) -> tuple[str, str]:
    page = _address("portal:need", row.pk)
    if row.person_id:
        return _("Need of person %(id)s") % {"id": row.person_id}, page
    return _("Need of household %(id)s") % {"id": row.household_id}, page


def _person(row: Any) -> tuple[str, str]:
    number = getattr(row, "person_id", None) or row.pk
    return _("Person %(id)s") % {"id": number}, _address("portal:person", number)


def _payment(row: Any) -> tuple[str, str]:
    return _("Payment %(id)s") % {"id": row.pk[:8]}, _address("funds:payment", row.pk)


def _order(row: Any) -> tuple[str, str]:
    return _("Order %(key)s") % {"key": row.key}, ""


def _question(row: Any) -> tuple[str, str]:
    words = _("Question %(id)s") % {"id": row.pk}
    if row.service_order_id:
        return words, _address("delivery:service", row.service_order_id)
    return words, _address("funds:payment", row.payment_id)


def _answer(row: Any) -> tuple[str, str]:
    return _("Answer %(id)s") % {"id": row.pk}, _address("portal:person", row.question.person_id)


def _fund(row: Any) -> tuple[str, str]:
    return row.code.rpartition("/")[0], _address("funds:accounts")


def _file(row: Any) -> tuple[str, str]:
    return department_name(row.department), _address("intake:deliveries")


def _parameters(row: Any) -> tuple[str, str]:
    return f"{row.division} {row.effective_on:%Y-%m-%d}", ""


def _address(name: str, *arguments: Any) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


KINDS: dict[str, Callable[[Any], tuple[str, str]]] = {
    "household": _household,
    "case": _case,
    "need": _need,
    "person": _person,
    "payment": _payment,
    "order": _order,
    "question": _question,
    "answer": _answer,
    "ledger": _fund,
    "file": _file,
    "policy": _parameters,
}
