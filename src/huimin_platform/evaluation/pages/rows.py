"""The rows behind a figure, as a page shows them: what each is, and where its page is."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from huimin_platform.base import access
from huimin_platform.supply.queries import department_name


@dataclass(frozen=True)
class Row:
    """One row: its words, its page, its place and what it adds to the figure."""

    label: str
    url: str
    place: str
    top: Decimal
    bottom: Decimal


Page = tuple[Any, ...]


def shown(kind: str, found: Any, reader: Any) -> list[Row]:
    """The rows of a page of a queryset, each with its page where the reader's role may open it."""
    described = ((row, *KINDS[kind](row)) for row in found)
    return [
        Row(words, access.address(reader, *page) if page else "", row.place, row.top, row.bottom)
        for row, words, page in described
    ]


def _household(row: Any) -> tuple[str, Page]:
    return _("Household %(id)s") % {"id": row.pk}, ("portal:household", row.pk)


def _case(row: Any) -> tuple[str, Page]:
    return _("Case %(number)s") % {"number": row.number}, ("cases:case", row.number)


def _need(row: Any) -> tuple[str, Page]:
    page = ("portal:need", row.pk)
    if row.person_id:
        return _("Need of person %(id)s") % {"id": row.person_id}, page
    return _("Need of household %(id)s") % {"id": row.household_id}, page


def _person(row: Any) -> tuple[str, Page]:
    number = getattr(row, "person_id", None) or row.pk
    return _("Person %(id)s") % {"id": number}, ("portal:person", number)


def _payment(row: Any) -> tuple[str, Page]:
    return _("Payment %(id)s") % {"id": row.pk[:8]}, ("funds:payment", row.pk)


def _order(row: Any) -> tuple[str, Page]:
    return _("Order %(key)s") % {"key": row.key}, ()


def _question(row: Any) -> tuple[str, Page]:
    words = _("Question %(id)s") % {"id": row.pk}
    if row.service_order_id:
        return words, ("delivery:service", row.service_order_id)
    return words, ("funds:payment", row.payment_id)


def _answer(row: Any) -> tuple[str, Page]:
    return _("Answer %(id)s") % {"id": row.pk}, ("portal:person", row.question.person_id)


def _fund(row: Any) -> tuple[str, Page]:
    return row.code.rpartition("/")[0], ("funds:accounts",)


def _file(row: Any) -> tuple[str, Page]:
    return department_name(row.department), ("intake:deliveries",)


def _parameters(row: Any) -> tuple[str, Page]:
    return f"{row.division} {row.effective_on:%Y-%m-%d}", ()


KINDS: dict[str, Callable[[Any], tuple[str, Page]]] = {
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
