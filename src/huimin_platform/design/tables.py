"""The head of a table: labels, and sort links that live in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest


@dataclass(frozen=True)
class Column:
    """One column: its label, the model field it sorts by (empty: none), and whether it holds numbers."""

    label: Any
    sort: str = ""
    number: bool = False


@dataclass(frozen=True)
class Head:
    """A column as the page shows it: with its sort link and the direction in force."""

    label: Any
    url: str
    direction: str
    number: bool


def heads(request: HttpRequest, columns: Sequence[Column], default: str = "") -> list[Head]:
    """The heads of the table for this request; a click on a sorted column turns the order round."""
    asked = _asked(request, columns, default)
    return [_head(request, column, asked) for column in columns]


def ordered(request: HttpRequest, rows: QuerySet, columns: Sequence[Column], default: str = "") -> QuerySet:
    """The rows in the order the address asks for, ties broken by key; an unknown order is the default."""
    asked = _asked(request, columns, default)
    return rows.order_by(asked, "pk") if asked else rows.order_by("pk")


def page_of(request: HttpRequest, rows: QuerySet | Sequence[Any], size: int = 50) -> Page:
    """The page of rows the address asks for; a page that is not there gives the nearest one."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def _asked(request: HttpRequest, columns: Sequence[Column], default: str) -> str:
    asked = request.GET.get("sort", "")
    known = {column.sort for column in columns if column.sort}
    return asked if asked.removeprefix("-") in known else default


def _head(request: HttpRequest, column: Column, asked: str) -> Head:
    if not column.sort:
        return Head(column.label, "", "", column.number)
    direction = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(asked, "")
    query = request.GET.copy()
    query["sort"] = f"-{column.sort}" if direction == "ascending" else column.sort
    query.pop("page", None)
    return Head(column.label, f"?{query.urlencode()}", direction, column.number)
