"""The context processor that tells every template how its reader wants the page."""

from typing import Any

from django.http import HttpRequest

from huimin_platform.design import preferences


def page(request: HttpRequest) -> dict[str, Any]:
    """`preferences` for the base page."""
    return {"preferences": preferences.of(request)}
