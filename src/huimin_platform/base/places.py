"""Names of divisions."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from huimin.units.divisions import PROVINCES, prefix
from huimin_platform.base.models import Division


def division_name(code: str) -> str:
    """The name of a division, or its code where it has no name here."""
    if not code:
        return ""
    found = Division.objects.filter(code=code).values_list("name", flat=True).first()
    return found or unnamed_place(code)


def unnamed_place(code: str) -> str:
    """What to call a division that has no name here: its province where it is one, else its code."""
    return PROVINCES.get(prefix(code), code) if code else ""


def about(rows: QuerySet[Any]) -> dict[str, QuerySet[Any]]:
    """The divisions of some rows, to be asked together with them."""
    return {"places": Division.objects.filter(code__in=rows.order_by().values("division"))}


def division_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of many divisions in one query; a code without a name is left out."""
    wanted = {code for code in codes if code}
    return dict(Division.objects.filter(code__in=wanted).values_list("code", "name")) if wanted else {}
