"""Words for figures: the value with its unit, and how it stands against the target."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from huimin.evaluation.indicators import Indicator, Judgement
from huimin.units.money import format_yuan

register = template.Library()

TONES = {
    "reached": "good",
    "near": "warning",
    "missed": "bad",
    "no_target": "neutral",
    "not_measured": "neutral",
}


@register.filter
def in_unit(value: float | None, unit: str) -> str:
    """A value as its unit is written: 85.1 %, 1.18 : 1, 5.2 days."""
    if value is None:
        return "—"
    match unit:
        case "share":
            return f"{value * 100:.1f} %"
        case "ratio":
            return f"{value:.2f} : 1"
        case "days":
            return _("%(count)s days") % {"count": f"{value:.1f}"}
        case "hours":
            return _("%(count)s hours") % {"count": f"{value:.1f}"}
        case "count":
            return f"{value:,.0f}"
        case _:
            return f"{value:.3f}"


@register.filter
def status_tone(judgement: Judgement) -> str:
    """The tone of a judgement: good, warning, bad or neutral."""
    return TONES[judgement.status]


@register.filter
def status_words(judgement: Judgement) -> str:
    """The judgement in words, so that its colour is not alone."""
    return {
        "reached": _("Target reached"),
        "near": _("Close to the target"),
        "missed": _("Target missed"),
        "no_target": _("No target in this phase"),
        "not_measured": _("Nothing to measure yet"),
    }[judgement.status]


@register.filter
def counted(value: Any, indicator: Indicator) -> str:
    """A numerator or denominator: money in yuan, else without needless zeros: 1,204 or 0.25."""
    if value is None:
        return "—"
    if indicator.money:
        return format_yuan(round(value))
    whole = value == value.to_integral_value()
    return f"{int(value):,}" if whole else f"{value:,.4f}".rstrip("0")


@register.filter
def of(names: dict[str, str], code: str) -> str:
    """The name of a division, its code where it has none here, a dash for no division."""
    return names.get(code, code) or "—"
