"""Pages of the delivery stage."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from huimin_platform.delivery.refusals import CannotBe


def say_outcome(request: HttpRequest, act: Callable[[], object], words: str = "") -> bool:
    """Whether the act was done; what stopped it is said on the next page."""
    try:
        act()
    except CannotBe as problem:
        messages.error(request, str(problem))
        return False
    if words:
        messages.success(request, words)
    return True
