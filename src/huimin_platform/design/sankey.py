"""A flow drawn on the server: columns of bars, and bands between them as wide as what flows. Every band is a link.

Lengths are attributes of SVG shapes, so that a strict content policy has nothing to allow. A table of the same figures
stands beside it on the page, for who cannot see it and for phones.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, BAR, GAP, LEAST, SCALE = 1000, 12, 14, 2.0, 380
TOP, LABEL = 8, 150
# How wide a letter is drawn, and a Chinese one twice that; a name ends before the next column begins.
LETTER, BESIDE = 7.2, 6


@dataclass(frozen=True)
class Station:
    """A bar: its key, its name, in which column it stands, its tone."""

    key: str
    label: Any
    column: int
    tone: str = "info"


@dataclass(frozen=True)
class Stream:
    """A band from one station to another: how much, in words too, and where it leads."""

    source: str
    target: str
    value: float
    words: str
    url: str = ""


def sankey(stations: Sequence[Station], streams: Sequence[Stream], *, words: str) -> SafeString:
    """The drawing; `words` says in text what it shows. Nothing where nothing flows."""
    streams = [stream for stream in streams if stream.value > 0]
    if not streams:
        return SafeString("")
    sizes = {station.key: _size(station.key, streams) for station in stations}
    stations = [station for station in stations if sizes[station.key]]
    whole = max(
        sum(sizes[each.key] for each in stations if each.column == column) for column in _columns(stations)
    )
    heights = {key: max(size / whole * SCALE, LEAST) for key, size in sizes.items()}
    places, bottom = _places(stations, heights)
    bands = format_html_join("", "{}", ((band,) for band in _bands(streams, places, whole, stations)))
    bars = format_html_join(
        "", "{}", ((_bar(each, places[each.key], heights[each.key], stations),) for each in stations)
    )
    return format_html(
        '<svg class="sankey" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>',
        WIDTH,
        round(bottom),
        words,
        bands,
        bars,
    )


def _size(key: str, streams: Sequence[Stream]) -> float:
    """What flows through a station: the greater of what comes and what goes."""
    came = sum(stream.value for stream in streams if stream.target == key)
    return max(came, sum(stream.value for stream in streams if stream.source == key))


def _columns(stations: Sequence[Station]) -> list[int]:
    return sorted({station.column for station in stations})


def _places(
    stations: Sequence[Station], heights: dict[str, float]
) -> tuple[dict[str, tuple[float, float]], float]:
    """key -> left and top of its bar; and how far down the longest column reaches."""
    columns, found, bottom = _columns(stations), {}, 0.0
    step = (WIDTH - LABEL - BAR) / max(len(columns) - 1, 1)
    for place, column in enumerate(columns):
        top = float(TOP)
        for station in (each for each in stations if each.column == column):
            found[station.key] = place * step, top
            top += heights[station.key] + GAP
        bottom = max(bottom, top)
    return found, bottom


def _bands(
    streams: Sequence[Stream],
    places: dict[str, tuple[float, float]],
    whole: float,
    stations: Sequence[Station],
) -> list[SafeString]:
    names = {station.key: station.label for station in stations}
    left, right, found = dict.fromkeys(places, 0.0), dict.fromkeys(places, 0.0), []
    for stream in streams:
        (x1, y1), (x2, y2) = places[stream.source], places[stream.target]
        wide = max(stream.value / whole * SCALE, 0.5)
        from_y, to_y = y1 + left[stream.source] + wide / 2, y2 + right[stream.target] + wide / 2
        left[stream.source] += wide
        right[stream.target] += wide
        middle = (x1 + BAR + x2) / 2
        said = f"{names[stream.source]} → {names[stream.target]}: {stream.words}"
        path = format_html(
            '<path d="M{} {}C{} {},{} {},{} {}" stroke-width="{}"><title>{}</title></path>',
            *(f"{number:.1f}" for number in (x1 + BAR, from_y, middle, from_y, middle, to_y, x2, to_y, wide)),
            said,
        )
        found.append(
            format_html('<a href="{}" aria-label="{}">{}</a>', stream.url, said, path) if stream.url else path
        )
    return found


def _bar(
    station: Station, place: tuple[float, float], height: float, stations: Sequence[Station]
) -> SafeString:
    x, y = (f"{number:.1f}" for number in place)
    label = str(station.label)
    room = (
        LABEL if len(columns := _columns(stations)) < 2 else (WIDTH - LABEL - BAR) / (len(columns) - 1) - BAR
    )
    shown = _short(label, room - 2 * BESIDE)
    return format_html(
        '<rect class="is-{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>'
        '<text x="{}" y="{}" dominant-baseline="middle">{}{}</text>',
        station.tone, x, y, BAR, f"{height:.1f}", f"{place[0] + BAR + BESIDE:.1f}", f"{place[1] + max(height, 12) / 2:.1f}",
        shown, "" if shown == label else format_html("<title>{}</title>", label),
    )  # fmt: skip


def _short(label: str, room: float) -> str:
    """A name cut to the room that it has; the whole one is told when the pointer rests on it.

    >>> _short("医疗救助", 60), _short("乡镇养老服务中心（示例）", 60)
    ('医疗救助', '乡镇养…')
    """
    wide = [LETTER * (2 if unicodedata.east_asian_width(each) in "WF" else 1) for each in label]
    if sum(wide) <= room:
        return label
    kept, left = "", room - 2 * LETTER
    for each, width in zip(label, wide, strict=True):
        left -= width
        if left < 0:
            break
        kept += each
    return f"{kept.strip()}…"
