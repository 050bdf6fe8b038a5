"""The clock is asked in one place, and a setting can move the day."""

import ast
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huimin_platform.base import clock

PLATFORM = Path(__file__).parents[2] / "src" / "huimin_platform"
CLOCKS = {
    ("timezone", "now"),
    ("datetime", "now"),
    ("date", "today"),
    ("datetime", "today"),
    ("time", "time"),
}


def test_the_setting_moves_the_day_and_keeps_the_time_of_day(settings: Any) -> None:
    settings.HUIMIN_TODAY = None
    assert clock.today() == timezone.localdate()
    settings.HUIMIN_TODAY = date(2026, 7, 1)
    assert clock.today() == date(2026, 7, 1)
    assert clock.now().tzinfo is not None
    assert clock.now().date() == date(2026, 7, 1)
    assert clock.start_of(date(2026, 7, 1)).isoformat() == "2026-07-01T00:00:00+08:00"


@pytest.mark.parametrize(
    "path", sorted(PLATFORM.rglob("*.py")), ids=lambda path: str(path.relative_to(PLATFORM))
)
def test_nobody_else_asks_what_time_it_is(path: Path) -> None:
    if path.name == "clock.py":
        return
    asked = [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and (getattr(node.value, "id", ""), node.attr) in CLOCKS
    ]
    assert asked == []
