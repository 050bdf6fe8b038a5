"""Words about people and findings."""

from django import template
from django.utils.translation import gettext as _

from huimin_platform.matching.queries import kind_words

register = template.Library()


@register.filter
def sex(code: str) -> str:
    """Female or male in words; a dash where it is not known."""
    return {"f": _("Female"), "m": _("Male")}.get(code[:1].lower(), "—")


@register.filter
def finding_words(kind: str) -> str:
    """What kind of finding it is, in words."""
    return kind_words(kind)
