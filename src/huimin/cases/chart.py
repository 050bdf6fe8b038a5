"""A process as a chart: tasks in the lanes of their offices, forks, joins, choices and terms, each with its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from huimin.cases.paths import Definition
from huimin.cases.plan import Joint
from huimin.units.words import Words

# What a node is: the beginning, an end, a task, a fork or join of what runs side by side, a choice, a term that passes.
KINDS = ("start", "end", "task", "together", "choice", "term")
BEGIN = Words("开始", "Begin")
DONE = Words("办结", "Done")
TERM = Words("期限届满", "The term has passed")


@dataclass(frozen=True)
class Node:
    """One element of a chart. `office` is its lane; `of` the task whose term it is; `days` working days."""

    key: str
    kind: str
    name: Words
    office: tuple[str, str]
    days: int = 0
    of: str = ""
    column: int = 0
    row: int = 0


@dataclass(frozen=True)
class Edge:
    """The way from one node to another; with `move` only when that is what the officer chose."""

    source: str
    target: str
    name: Words | None = None
    move: str = ""


@dataclass(frozen=True)
class Chart:
    """A whole process. `lanes`: the offices (department, level) from the top down, each with its number of rows."""

    name: str
    title: Words
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    lanes: tuple[tuple[tuple[str, str], int], ...]

    def node(self, key: str) -> Node:
        """The node of a key."""
        return next(node for node in self.nodes if node.key == key)


def of_steps(name: str, title: Words, steps: Sequence[Joint]) -> Chart:
    """The chart of the steps of a case: what waits for nothing runs side by side."""
    assert steps, f"{name} has no steps"
    office = {step.key: (step.department, step.level) for step in steps}
    first, last = steps[0], steps[-1]
    nodes = [Node("begin", "start", BEGIN, office[first.key])]
    nodes += [
        Node(task_key(step.key), "task", step.name, office[step.key], step.working_days) for step in steps
    ]
    nodes.append(Node("done", "end", DONE, office[last.key]))
    after = {step.key: list(step.after) for step in steps}
    before = {step.key: [each.key for each in steps if step.key in each.after] for step in steps}
    begin = [step.key for step in steps if not after[step.key]]
    finish = [step.key for step in steps if not before[step.key]]
    edges: list[Edge] = []
    leave = {"begin": "begin"} | {key: task_key(key) for key in after}
    enter = {"done": "done"} | {key: task_key(key) for key in after}

    def fork(key: str, targets: Sequence[str], lane: tuple[str, str]) -> None:
        if len(targets) > 1:
            nodes.append(Node(f"fork_{task_key(key)}", "together", Words("", ""), lane))
            edges.append(Edge(leave[key], f"fork_{task_key(key)}"))
            leave[key] = f"fork_{task_key(key)}"

    def join(key: str, sources: Sequence[str], lane: tuple[str, str]) -> None:
        if len(sources) > 1:
            nodes.append(Node(f"join_{task_key(key)}", "together", Words("", ""), lane))
            edges.append(Edge(f"join_{task_key(key)}", enter[key]))
            enter[key] = f"join_{task_key(key)}"

    fork("begin", begin, office[first.key])
    join("done", finish, office[last.key])
    for step in steps:
        fork(step.key, before[step.key], office[step.key])
        join(step.key, after[step.key], office[step.key])
    edges += [Edge(leave["begin"], enter[key]) for key in begin]
    edges += [Edge(leave[source], enter[key]) for key, sources in after.items() for source in sources]
    edges += [Edge(leave[key], enter["done"]) for key in finish]
    return _placed(name, title, nodes, edges)


def of_path(definition: Definition, department: str = "") -> Chart:
    """The chart of a path of a decision's life: one task at a time, a choice of moves, what follows when a term passes."""
    first = definition.tasks[definition.first]
    nodes = [Node("begin", "start", BEGIN, _lane(first.who, department))]
    edges = [Edge("begin", task_key(definition.first))]
    for key, task in definition.tasks.items():
        lane = _lane(task.who, department)
        nodes.append(Node(task_key(key), "task", task.name, lane, task.working_days))
        nodes.append(Node(f"choice_{key}", "choice", Words("", ""), lane))
        edges.append(Edge(task_key(key), f"choice_{key}"))
        edges += [
            Edge(f"choice_{key}", _target(definition, move.to), move.name, name)
            for name, move in task.moves.items()
        ]
        if task.overdue:
            nodes.append(Node(f"term_{key}", "term", TERM, lane, task.working_days, task_key(key)))
            edges.append(Edge(f"term_{key}", _target(definition, task.overdue)))
    lane = nodes[-1].office
    nodes += [Node(f"end_{key}", "end", end.name, lane) for key, end in definition.ends.items()]
    return _placed(definition.name, definition.title, nodes, edges)


def _lane(who: str, department: str) -> tuple[str, str]:
    return ("", "resident") if who == "resident" else (department, who)


def _target(definition: Definition, key: str) -> str:
    return task_key(key) if key in definition.tasks else f"end_{key}"


def follows(chart: Chart, key: str) -> list[tuple[Words | None, Words]]:
    """What comes after a task: the move that leads there, if one does, and the task or end; a term counts as one."""
    found: list[tuple[Words | None, Words]] = []

    def look(source: str, said: Words | None) -> None:
        for edge in chart.edges:
            if edge.source != source:
                continue
            node = chart.node(edge.target)
            if node.kind in ("task", "end"):
                found.append((edge.name or said, node.name))
            else:
                look(edge.target, edge.name or said)

    look(key, None)
    for node in chart.nodes:
        if node.of == key:
            look(node.key, TERM)
    return found


def task_key(key: str) -> str:
    """A key as XML has names: no dots, a letter in front."""
    return f"task_{key.replace('.', '_')}"


def _placed(name: str, title: Words, nodes: Iterable[Node], edges: Sequence[Edge]) -> Chart:
    """Columns by the longest way from the beginning, rows inside each lane so that nothing covers anything."""
    found = {node.key: node for node in nodes}
    columns = _columns(found, edges)
    lanes = list(dict.fromkeys(node.office for node in found.values()))
    taken: dict[tuple[tuple[str, str], int], int] = {}
    rows: dict[str, int] = {}
    for key, node in sorted(found.items(), key=lambda each: columns[each[0]]):
        if node.kind == "term":
            continue
        place = (node.office, columns[key])
        rows[key] = taken.get(place, 0)
        taken[place] = rows[key] + 1
    heights = {lane: max(count for (office, _), count in taken.items() if office == lane) for lane in lanes}
    above, start = {}, 0
    for lane in lanes:
        above[lane], start = start, start + heights[lane]
    placed = []
    for key, node in found.items():
        host = key if node.kind != "term" else node.of
        placed.append(replace(node, column=columns[host], row=above[found[host].office] + rows[host]))
    return Chart(name, title, tuple(placed), tuple(edges), tuple((lane, heights[lane]) for lane in lanes))


def _columns(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> dict[str, int]:
    """Each node behind those before it; a way back, as after a reply, does not push what it leads to."""
    onward: dict[str, list[str]] = {key: [] for key in nodes}
    for edge in edges:
        source = nodes[edge.source].of or edge.source
        onward[source].append(edge.target)
    columns = dict.fromkeys(nodes, 0)

    def visit(key: str, column: int, way: tuple[str, ...]) -> None:
        columns[key] = max(columns[key], column)
        for target in onward[key]:
            if target not in way and columns[target] <= column:
                visit(target, column + 1, (*way, target))

    visit("begin", 0, ("begin",))
    return columns
