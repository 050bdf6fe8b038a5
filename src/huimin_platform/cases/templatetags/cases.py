"""Filters of case pages: states as tones, titles of policies."""

from collections.abc import Mapping
from typing import Any

from django import template

from huimin.cases.process import CASE_STATES
from huimin_platform.cases import policies
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
