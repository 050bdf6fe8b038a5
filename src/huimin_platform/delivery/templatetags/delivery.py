"""Filters of delivery pages."""

from django import template

register = template.Library()
TONES = {"due": "info", "paying": "info", "paid": "good", "returned": "bad"}


@register.filter
def order_tone(state: str) -> str:
    """The tone of an order's state."""
    return TONES.get(state, "neutral")
