"""Filters and tags of the design room: icons, amounts, dates."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django import template
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from huimin.privacy.masking import mask_name
from huimin.units.money import format_yuan

register = template.Library()
ICONS = Path(__file__).resolve().parent.parent / "static" / "design" / "icons"


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon's drawing, hidden from screen readers, because a word always stands beside it."""
    return format_html('<span class="icon" aria-hidden="true">{}</span>', _drawing(name))


@cache
def _drawing(name: str) -> SafeString:
    assert re.fullmatch(r"[a-z0-9-]+", name), f"{name!r} is not the name of an icon"
    return mark_safe((ICONS / f"{name}.svg").read_text("utf-8").strip())  # noqa: S308 - our own file


@register.filter
def yuan(amount_fen: int | None) -> str:
    """1,250.00 for 125000 fen; a dash where nothing is known."""
    if amount_fen is None:
        return "—"
    return format_yuan(int(amount_fen))


@register.filter
def yuan_words(amount_fen: int | None) -> str:
    """An amount with its unit: 1,250.00 元, 1,250.00 yuan."""
    if amount_fen is None:
        return "—"
    return f"{yuan(amount_fen)} {'元' if _chinese() else 'yuan'}"


@register.filter
def day(value: date | datetime | str | None) -> str:
    """A date in running text: 2026年7月1日, 1 July 2026."""
    found = _as_date(value)
    if found is None:
        return "—"
    if _chinese():
        return f"{found.year}年{found.month}月{found.day}日"
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


@register.filter
def month(value: date | datetime | str | None) -> str:
    """A month in running text: 2026年7月, July 2026."""
    found = _as_date(value)
    if found is None:
        return "—"
    return f"{found.year}年{found.month}月" if _chinese() else f"{_MONTHS[found.month - 1]} {found.year}"


@register.filter
def day_short(value: date | datetime | str | None) -> str:
    """A date in a table: 2026-07-01."""
    found = _as_date(value)
    return found.isoformat() if found else "—"


@register.filter
def moment(value: datetime | None) -> str:
    """A time in a table: 2026-07-01 09:30, in the local zone."""
    if value is None:
        return "—"
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M")


@register.filter
def share(value: float | None, digits: int = 1) -> str:
    """A share of 0 to 1 as a percentage: 85.0 %."""
    return "—" if value is None else f"{value * 100:.{digits}f} %"


@register.filter
def masked_name(name: str | None) -> str:
    """A name as it may stand in a list: 王*."""
    return mask_name(name) or "—"


@register.filter
def say(words: object) -> str:
    """Bilingual words from the library in the reader's language."""
    if words is None:
        return ""
    if isinstance(words, dict):
        return str(words.get("zh" if _chinese() else "en") or words.get("zh") or words.get("en") or "")
    speak = getattr(words, "say", None)
    return str(speak(translation.get_language() or "zh-hans")) if speak else str(words)


@register.simple_tag
def comma() -> str:
    """What stands between the parts of a list: 、 in Chinese, a comma in English."""
    return "、" if _chinese() else ", "


@register.filter
def joined(parts: Iterable[object]) -> str:
    """The parts of a list as running text, in the reader's language."""
    return comma().join(say(part) for part in parts)


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _chinese() -> bool:
    return (translation.get_language() or "zh").startswith("zh")


def _as_date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value
