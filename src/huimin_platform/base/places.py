"""Names of divisions."""

from collections.abc import Iterable

from huimin.units.divisions import PROVINCES, prefix
from huimin_platform.base.models import Division


def division_name(code: str) -> str:
    """The name of a division, or its code where it has no name here."""
    if not code:
        return ""
    found = Division.objects.filter(code=code).values_list("name", flat=True).first()
    return found or PROVINCES.get(prefix(code), code)


def division_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of many divisions in one query; a code without a name is left out."""
    wanted = {code for code in codes if code}
    return dict(Division.objects.filter(code__in=wanted).values_list("code", "name")) if wanted else {}
