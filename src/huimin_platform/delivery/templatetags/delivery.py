"""Filters of delivery pages."""

from django import template

from huimin.delivery import proofs, services
from huimin.delivery.skills import skills
from huimin_platform.delivery.terms import service_of
from huimin_platform.design.templatetags.design import say

register = template.Library()
TONES = {"due": "info", "paying": "info", "paid": "good", "returned": "bad"}
SERVICE_TONES = {"waiting": "bad", "offered": "warning", "accepted": "info", "under_way": "good"}
VISIT_TONES = {
    "proven": "warning", "set_aside": "bad", "disputed": "bad", "accepted": "good", "settled": "info", "paid": "good",
}  # fmt: skip


@register.filter
def order_tone(state: str) -> str:
    """The tone of an order's state."""
    return TONES.get(state, "neutral")


@register.filter
def service_tone(state: str) -> str:
    """The tone of a service order's state."""
    return SERVICE_TONES.get(state, "neutral")


@register.filter
def visit_tone(state: str) -> str:
    """The tone of a proof's state."""
    return VISIT_TONES.get(state, "neutral")


@register.filter
def service_words(state: str) -> str:
    """The state of a service order."""
    return say(services.STATES[state])


@register.filter
def visit_words(state: str) -> str:
    """The state of a proof."""
    return say(proofs.STATES[state])


@register.filter
def stuck_words(name: str) -> str:
    """Why nobody is asked to serve an order."""
    return say(services.STUCK[name])


@register.filter
def skill_words(name: str) -> str:
    """What a skill is called; its name where this release does not know it any more."""
    known = skills().get(name)
    return say(known.title) if known else name


@register.filter
def unit_words(unit: str) -> str:
    """How a service is counted."""
    return say(services.UNITS[unit])


@register.filter
def one_unit(unit: str) -> str:
    """One unit of a service, as behind its price."""
    return say(services.ONE[unit])


@register.filter
def fault_words(name: str) -> str:
    """What speaks against a visit."""
    return say(proofs.FAULTS[name].words)


@register.filter
def service_title(order) -> str:
    """What the service of an order is called."""
    service = service_of(order.policy, order.started_on)
    return say(service.title) if service else order.service


@register.filter
def rating_tone(estimate) -> str:
    """The tone of what residents say of a provider, of the tenths that are shown: 4 and more is good, below 3 bad."""
    shown = round(estimate, 1)
    return "good" if shown >= 4 else "warning" if shown >= 3 else "bad"
