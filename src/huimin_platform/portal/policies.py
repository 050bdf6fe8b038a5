"""Titles of policies in the reader's language."""

from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huimin_platform.cases import policies as book


def title(name: str) -> str:
    """The title of a policy; its name where the book does not know it."""
    words = book.titles().get(name)
    return words.say(get_language() or "zh-hans") if words else name


def per(name: str, on: date) -> str:
    """How often its amount is due, in words; empty where the policy gives no money."""
    if name not in book.names():
        return ""
    policy = book.policy(name, on)
    if policy.amount is None:
        return ""
    if policy.service is not None:
        return _("a month, in services")
    return _("a month") if policy.period == "month" else _("once")
