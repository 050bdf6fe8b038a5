"""Addresses that a reader may go to."""

from typing import Any

from django import template

from huimin_platform.base import access

register = template.Library()


@register.simple_tag(takes_context=True)
def address_open(context: template.Context, name: str, *arguments: Any) -> str:
    """The address of a page, empty where the reader's role may not see it."""
    return access.address(context["request"].user, name, *arguments)
