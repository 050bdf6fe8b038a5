"""Words about people and findings."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def sex(code: str) -> str:
    """Female or male in words; a dash where it is not known."""
    return {"f": _("Female"), "m": _("Male")}.get(code[:1].lower(), "—")


@register.filter
def finding_words(kind: str) -> str:
    """What kind of finding it is, in words."""
    return {
        "on_roll_not_entitled": _("On the roll, but not entitled by the data"),
        "paid_after_death": _("Paid after death"),
        "same_benefit_twice": _("The same benefit twice"),
    }.get(kind, kind)
