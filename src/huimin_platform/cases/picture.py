"""A chart as a drawing in the page: boxes that the keyboard reaches, each leading to its line in the list below."""

from collections.abc import Collection
from dataclasses import dataclass

from huimin.cases import bpmn
from huimin.cases.chart import Chart

SIGNS = {"zh": 9, "en": 17}
MOST_LINES = 4
LINE = 16


@dataclass(frozen=True)
class Box:
    """One element: its shape, place, the lines of its name, and whether it keeps the case longest."""

    key: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[tuple[int, str], ...]
    name: str
    days: int
    critical: bool

    @property
    def middle(self) -> int:
        """The middle from left to right."""
        return self.x + self.width // 2

    @property
    def centre(self) -> int:
        """The middle from top to bottom."""
        return self.y + self.height // 2


@dataclass(frozen=True)
class Way:
    """One arrow: its corners, and what is written beside it."""

    points: str
    name: str
    x: int
    y: int


@dataclass(frozen=True)
class Lane:
    """One office: its name, top and height."""

    name: str
    top: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A drawing with its size."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]


def of(
    chart: Chart, language: str, offices: dict[tuple[str, str], str], critical: Collection[str] = ()
) -> Picture:
    """The drawing of a chart in one language; `critical` names the tasks that keep it longest."""
    width, height = bpmn.size(chart)
    boxes = [_box(chart, node.key, language, node.key in critical) for node in chart.nodes]
    ways = []
    for edge in chart.edges:
        points = bpmn.line(chart, chart.node(edge.source), chart.node(edge.target))
        (x, y), (after, _) = points[-2], points[-1]
        ways.append(
            Way(
                " ".join(f"{one},{other}" for one, other in points),
                edge.name.say(language) if edge.name else "",
                min(x, after),
                y - 6,
            )
        )
    lanes, top = [], bpmn.MARGIN // 2
    for office, rows in chart.lanes:
        lanes.append(Lane(offices[office], top, rows * bpmn.ROW))
        top += rows * bpmn.ROW
    return Picture(width, height, tuple(lanes), tuple(boxes), tuple(ways))


def _box(chart: Chart, key: str, language: str, critical: bool) -> Box:
    node = chart.node(key)
    x, y, width, height = bpmn.bounds(chart, node)
    name = node.name.say(language)
    lines = _lines(name, SIGNS[language]) if node.kind in ("task", "end") else []
    first = y + height // 2 - (len(lines) - 1) * LINE // 2 + 5 if node.kind == "task" else y + height + LINE
    return Box(
        key, node.kind, x, y, width, height, tuple((first + number * LINE, text) for number, text in enumerate(lines)),
        name, node.days, critical,
    )  # fmt: skip


def _lines(name: str, signs: int) -> list[str]:
    """The name in lines that fit; Chinese breaks anywhere, English between words."""
    if " " in name:
        lines = [""]
        for word in name.split():
            if lines[-1] and len(lines[-1]) + 1 + len(word) > signs:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
    else:
        lines = [name[start : start + signs] for start in range(0, len(name), signs)]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1] + "…"]
