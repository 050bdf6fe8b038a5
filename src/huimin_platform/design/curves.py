"""A curve of what is left of each income, drawn on the server: both scales named, and the cliffs marked."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ROOM = 1.05


def curve(
    points: Sequence[tuple[float, float]], *, marks: Sequence[tuple[float, float]] = (), goal: float | None = None,
    ends: tuple[Any, Any], top: Any, words: Any, goal_words: Any = "", mark_words: Any = "",
) -> SafeString:  # fmt: skip
    """A curve from zero over a scale of numbers. `marks` are stretches of that scale that are shaded, `goal` a level.

    `ends` name the ends of the scale, `top` the highest level, `words` say it all in text.
    """
    if len(points) < 2:
        return SafeString("")
    first, last = points[0][0], points[-1][0]
    highest = max([value for _at, value in points] + [goal or 0, 1e-9]) * ROOM

    def across(at: float) -> float:
        return (at - first) * 100 / ((last - first) or 1)

    def down(value: float) -> float:
        return 100 - max(value, 0.0) * 100 / highest

    bands = format_html_join(
        "",
        '<rect class="cliff" x="{}" width="{}" y="0" height="100"/>',
        ((f"{across(start):.2f}", f"{max(across(end) - across(start), 0.6):.2f}") for start, end in marks),
    )
    level = ""
    if goal is not None:
        height = f"{down(goal):.2f}"
        level = format_html('<line class="goal" x1="0" x2="100" y1="{}" y2="{}"/>', height, height)
    path = "L".join(f"{across(at):.2f} {down(value):.2f}" for at, value in points)
    notes = [note for note in (goal_words if goal is not None else "", mark_words if marks else "") if note]
    return format_html(
        '<p class="line-words"><span>{}</span><span>{}</span></p><svg class="line tall" viewBox="0 0 100 100" preserveAspectRatio="none"'
        ' role="img" aria-label="{}">{}{}<path d="M{}"/></svg><p class="line-words"><span>{}</span><span>{}</span></p>',
        top, " · ".join(str(note) for note in notes), words, bands, level, path, *ends,
    )  # fmt: skip
