"""Charts drawn on the server as SVG: zero-based bars with their values written, and a line over time.

No script is needed to read them, a screen reader reads the list, and a strict content policy has
nothing to allow: lengths are attributes of SVG shapes, never styles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Bar:
    """One bar: what it is, how long, the words for its value, its tone and where it leads."""

    label: Any
    value: float
    words: str
    tone: str = "info"
    url: str = ""


def bars(
    items: Sequence[Bar], *, top: float | None = None, goal: float | None = None, goal_words: Any = ""
) -> SafeString:
    """A list of bars on one scale from zero; `goal` draws a mark across every bar."""
    longest = max([item.value for item in items] + [top or 0, goal or 0, 1e-9])
    lines = format_html_join("", "{}", ((_bar(item, longest, goal),) for item in items))
    note = (
        format_html('<p class="muted small">│ {}</p>', goal_words) if goal is not None and goal_words else ""
    )
    return format_html('<ul class="bars">{}</ul>{}', lines, note)


def line(values: Sequence[tuple[str, float]], *, goal: float | None = None, words: str) -> SafeString:
    """A line over time on a scale from zero, its ends named below; `words` says it in text."""
    if len(values) < 2:
        return SafeString("")
    highest = max([value for _, value in values] + [goal or 0, 1e-9]) * 1.05
    points = [
        f"{index * 100 / (len(values) - 1):.2f} {100 - value * 100 / highest:.2f}"
        for index, (_, value) in enumerate(values)
    ]
    goal_line = ""
    if goal is not None:
        height = f"{100 - goal * 100 / highest:.2f}"
        goal_line = format_html('<line class="goal" x1="0" x2="100" y1="{}" y2="{}"/>', height, height)
    return format_html(
        '<svg class="line" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{}">{}'
        '<path d="M{}"/></svg><p class="line-words"><span>{}</span><span>{}</span></p>',
        words,
        goal_line,
        "L".join(points),
        values[0][0],
        values[-1][0],
    )


def _bar(item: Bar, longest: float, goal: float | None) -> SafeString:
    label = format_html('<a href="{}">{}</a>', item.url, item.label) if item.url else item.label
    mark = ""
    if goal is not None:
        place = _percent(goal, longest)
        mark = format_html('<line class="goal" x1="{}" x2="{}" y1="0" y2="100%"/>', place, place)
    return format_html(
        '<li class="is-{}"><span>{}</span><svg aria-hidden="true">'
        '<rect class="ground" width="100%" height="100%" rx="2"/>'
        '<rect class="fill" width="{}" height="100%" rx="2"/>{}</svg><span class="value">{}</span></li>',
        item.tone,
        label,
        _percent(item.value, longest),
        mark,
        item.words,
    )


def _percent(value: float, longest: float) -> str:
    return f"{max(0.0, min(1.0, value / longest)) * 100:.2f}%"
