"""Names of divisions."""

from huimin_platform.base.models import Division


def division_name(code: str) -> str:
    """The name of a division, or its code where it has no name here."""
    if not code:
        return ""
    found = Division.objects.filter(code=code).values_list("name", flat=True).first()
    return found or code
