"""The why tree: a stored trace of conditions, in the reader's language, ready for `<c-why>`.

A trace is what an explanation leaves in JSON, each node a mapping with `status` (met, not_met, unknown),
`words` {zh, en}, `clause` {zh, en} or text, `change` {zh, en} (what would change it),
`values` [[{zh, en}, text], …], `missing` [{zh, en}, …] and `children` [node, …].
Only `status` and `words` are needed. A whole explanation, with `title`, `conditions` and `amount`, is
read as a node whose children are its conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huimin_platform.design.templatetags.design import joined, say

STATUSES = ("met", "not_met", "unknown")
ANSWERS = {"entitled": "met", "not_entitled": "not_met", "unknown": "unknown"}


@dataclass(frozen=True)
class Node:
    """One condition as the page shows it; open where it is not met, because that is what one looks for."""

    status: str
    words: str
    values: list[tuple[str, str]]
    clause: str
    change: str
    missing: str
    children: list["Node"]
    open: bool


def tree(trace: Mapping[str, Any] | None) -> Node | None:
    """The tree of a stored trace; None where there is none."""
    if not trace:
        return None
    return _node(_of_explanation(trace) if "conditions" in trace else trace, top=True)


def _of_explanation(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": ANSWERS[data["status"]],
        "words": data["title"],
        "values": data["amount"] if data["status"] == "entitled" else [],
        "clause": data.get("amount_clause") if data["status"] == "entitled" else None,
        "children": data["conditions"],
    }


def _node(trace: Mapping[str, Any], *, top: bool = False) -> Node:
    status = trace["status"]
    assert status in STATUSES, f"a condition is met, not_met or unknown, not {status!r}"
    children = [_node(child) for child in trace.get("children") or []]
    return Node(
        status=status,
        words=say(trace["words"]),
        values=[(say(name), say(value)) for name, value in trace.get("values") or []],
        clause=say(trace.get("clause")),
        change=say(trace.get("change")) if status != "met" else "",
        missing=joined(trace.get("missing") or []),
        children=children,
        open=top or status != "met",
    )
