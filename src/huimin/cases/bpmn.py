"""A chart as BPMN 2.0, to be opened in other programs: the process, and where its elements stand on the page."""

from xml.etree import ElementTree

from huimin.cases.chart import Chart, Node
from huimin.units.words import Words

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DRAWN = "http://www.omg.org/spec/BPMN/20100524/DI"
BOUNDS = "http://www.omg.org/spec/DD/20100524/DC"
LINES = "http://www.omg.org/spec/DD/20100524/DI"
TYPES = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:huimin:process"
ELEMENTS = {
    "start": "startEvent", "end": "endEvent", "task": "userTask", "together": "parallelGateway",
    "choice": "exclusiveGateway", "term": "boundaryEvent",
}  # fmt: skip

# Sizes as the standard's programs draw them.
COLUMN, ROW, MARGIN, HEAD = 160, 120, 40, 60
SIZES = {"task": (120, 80), "start": (36, 36), "end": (36, 36), "term": (36, 36)}
GATEWAY = (50, 50)
DAYS = Words("{days} 个工作日", "{days} working days")


def document(chart: Chart, language: str, offices: dict[tuple[str, str], str]) -> bytes:
    """The chart as a BPMN 2.0 file in one language; `offices` names the lanes.

    Terms are working days, which the standard does not know: the file gives as many days, and says so.
    """
    for prefix, space in (("bpmn", MODEL), ("bpmndi", DRAWN), ("dc", BOUNDS), ("di", LINES), ("xsi", TYPES)):
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.Element(
        f"{{{MODEL}}}definitions", {"id": f"definitions_{chart.name}", "targetNamespace": OURS}
    )
    together = _add(root, "collaboration", id="collaboration")
    title = chart.title.say(language)
    _add(together, "participant", id="pool", name=title, processRef=chart.name)
    process = _add(root, "process", id=chart.name, name=title, isExecutable="true")
    lanes = _add(process, "laneSet", id="lanes")
    for number, (office, _) in enumerate(chart.lanes):
        lane = _add(lanes, "lane", id=f"lane_{number}", name=offices.get(office) or " ".join(office).strip())
        for node in chart.nodes:
            if node.office == office:
                _add(lane, "flowNodeRef").text = node.key
    for node in chart.nodes:
        _node(process, chart, node, language)
    for number, edge in enumerate(chart.edges):
        flow = _add(
            process, "sequenceFlow", id=f"flow_{number}", sourceRef=edge.source, targetRef=edge.target
        )
        if edge.name:
            flow.set("name", edge.name.say(language))
        if edge.move:
            condition = _add(flow, "conditionExpression")
            condition.set(f"{{{TYPES}}}type", "bpmn:tFormalExpression")
            condition.text = f'move == "{edge.move}"'
    _drawing(root, chart)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def bounds(chart: Chart, node: Node) -> tuple[int, int, int, int]:
    """x, y, width and height of a node; a term sits on the lower edge of its task."""
    width, height = SIZES.get(node.kind, GATEWAY)
    x = HEAD + MARGIN + node.column * COLUMN + (COLUMN - MARGIN - width) // 2
    y = MARGIN + node.row * ROW + (ROW - MARGIN - height) // 2
    if node.kind == "term":
        left, top, wide, high = bounds(chart, chart.node(node.of))
        x, y = left + wide - width, top + high - height // 2
    return x, y, width, height


def size(chart: Chart) -> tuple[int, int]:
    """Width and height of the whole drawing."""
    columns = max(node.column for node in chart.nodes) + 1
    rows = sum(count for _, count in chart.lanes)
    return HEAD + 2 * MARGIN + columns * COLUMN, 2 * MARGIN + rows * ROW


def line(chart: Chart, source: Node, target: Node) -> list[tuple[int, int]]:
    """The corners of the way between two nodes, at right angles; a way back goes below both."""
    x, y, wide, high = bounds(chart, source)
    left, top, width, height = bounds(chart, target)
    start, end = (x + wide, y + high // 2), (left, top + height // 2)
    if source.kind == "term":
        start = (x + wide // 2, y + high)
    if end[0] >= start[0]:
        middle = max(start[0], end[0] - MARGIN // 2)
        corners = [start, (middle, start[1]), (middle, end[1]), end]
    else:
        below = max(y + high, top + height) + MARGIN // 2
        entry = (left + width // 2, top + height)
        corners = [start, (start[0] + 10, start[1]), (start[0] + 10, below), (entry[0], below), entry]
    return [corner for number, corner in enumerate(corners) if number == 0 or corner != corners[number - 1]]


def _node(process: ElementTree.Element, chart: Chart, node: Node, language: str) -> None:
    found = _add(process, ELEMENTS[node.kind], id=node.key)
    if node.name.say(language):
        found.set("name", node.name.say(language))
    if node.days:
        _add(found, "documentation").text = DAYS.filled(days=str(node.days)).say(language)
    if node.kind == "term":
        found.set("attachedToRef", node.of)
    for number, edge in enumerate(chart.edges):
        if edge.target == node.key:
            _add(found, "incoming").text = f"flow_{number}"
    for number, edge in enumerate(chart.edges):
        if edge.source == node.key:
            _add(found, "outgoing").text = f"flow_{number}"
    if node.kind == "term":
        timer = _add(found, "timerEventDefinition", id=f"{node.key}_timer")
        duration = _add(timer, "timeDuration")
        duration.set(f"{{{TYPES}}}type", "bpmn:tFormalExpression")
        duration.text = f"P{node.days}D"


def _drawing(root: ElementTree.Element, chart: Chart) -> None:
    diagram = ElementTree.SubElement(root, f"{{{DRAWN}}}BPMNDiagram", id="diagram")
    plane = ElementTree.SubElement(diagram, f"{{{DRAWN}}}BPMNPlane", id="plane", bpmnElement="collaboration")
    wide, high = size(chart)
    _shape(plane, "pool", (0, 0, wide, high))
    top = 0
    for number, (_, rows) in enumerate(chart.lanes):
        height = rows * ROW + (
            2 * MARGIN if len(chart.lanes) == 1 else MARGIN if number in (0, len(chart.lanes) - 1) else 0
        )
        _shape(plane, f"lane_{number}", (30, top, wide - 30, height))
        top += height
    for node in chart.nodes:
        _shape(plane, node.key, bounds(chart, node))
    for number, edge in enumerate(chart.edges):
        drawn = ElementTree.SubElement(
            plane, f"{{{DRAWN}}}BPMNEdge", id=f"flow_{number}_di", bpmnElement=f"flow_{number}"
        )
        for x, y in line(chart, chart.node(edge.source), chart.node(edge.target)):
            ElementTree.SubElement(drawn, f"{{{LINES}}}waypoint", x=str(x), y=str(y))


def _shape(plane: ElementTree.Element, key: str, box: tuple[int, int, int, int]) -> None:
    shape = ElementTree.SubElement(plane, f"{{{DRAWN}}}BPMNShape", id=f"{key}_di", bpmnElement=key)
    if key == "pool" or key.startswith("lane_"):
        shape.set("isHorizontal", "true")
    x, y, width, height = (str(each) for each in box)
    ElementTree.SubElement(shape, f"{{{BOUNDS}}}Bounds", x=x, y=y, width=width, height=height)


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, f"{{{MODEL}}}{tag}", attributes)
