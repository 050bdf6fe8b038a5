"""Filters of case pages: states as tones, titles of policies."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext_lazy

from huimin.cases.process import CASE_STATES
from huimin_platform.cases import policies
from huimin_platform.cases.models import Reminder
from huimin_platform.design.templatetags.design import say

register = template.Library()
TONES = {
    "opened": "info",
    "reviewing": "info",
    "returned": "warning",
    "approved": "good",
    "refused": "bad",
    "closed": "neutral",
}


WHY_UNREACHED = {
    "unreached": gettext_lazy("No telephone is known"),
    "failed": gettext_lazy("The message was not delivered"),
    "unknown": gettext_lazy("Not known whether the message arrived"),
}


@register.filter
def why_unreached(reminder: Reminder) -> str:
    """Why an officer has to tell somebody of a notice."""
    return str(WHY_UNREACHED[reminder.state])


@register.filter
def case_tone(state: str) -> str:
    """The tone of a case's state."""
    return TONES.get(state, "neutral")


@register.filter
def case_words(state: str) -> str:
    """A case's state in words."""
    return say(CASE_STATES[state])


@register.filter
def policy_title(name: str) -> str:
    """The title of a policy; its name where the book does not have it any more."""
    title: Mapping[str, Any] | Any = policies.titles().get(name)
    return say(title) if title else name
