"""Rules of CONVENTIONS.md that a machine can read from the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
FORBIDDEN_ROOMS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}

# The library takes the date, the seed and the settings as arguments.
HIDDEN_INPUTS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("os", "environ"),
    ("os", "getenv"),
    ("random", "random"),
    ("random", "choice"),
    ("random", "randint"),
    ("random", "shuffle"),
}


def modules(package: str = "") -> list[Path]:
    return [path for path in (SOURCE / package).rglob("*.py") if "migrations" not in path.parts]


def hidden_inputs(text: str) -> Iterator[str]:
    """The places where source text asks the clock, the environment or chance."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            owner = (
                node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            )
            if (owner, node.attr) in HIDDEN_INPUTS:
                yield f"line {node.lineno}: {owner}.{node.attr}"


@pytest.mark.parametrize("module", modules("huimin"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_library_asks_neither_clock_nor_environment_nor_chance(module: Path) -> None:
    assert list(hidden_inputs(module.read_text())) == []


def test_a_planted_clock_is_found() -> None:
    assert list(hidden_inputs("import datetime\ndatetime.date.today()\n"))
    assert list(hidden_inputs("from os import environ\nimport os\nos.environ['X']\n"))


def test_no_module_is_called_after_nothing() -> None:
    assert [path for path in SOURCE.rglob("*") if path.stem in FORBIDDEN_ROOMS] == []


def test_modules_stay_small() -> None:
    long = {
        str(path.relative_to(SOURCE)): n
        for path in modules()
        if (n := len(path.read_text().splitlines())) > 450
    }
    assert long == {}


def test_the_policies_hold_no_code() -> None:
    assert [path.name for path in (SOURCE / "huimin_policies").rglob("*.py")] == ["__init__.py"]
    assert (SOURCE / "huimin_policies" / "__init__.py").read_text().strip() == ""


def test_no_signals_between_stages() -> None:
    signals = re.compile(
        r"from django\.(db\.models|core|dispatch)(\.signals)? import .*(receiver|Signal|post_save|pre_save)"
    )
    assert [path.name for path in modules("huimin_platform") if signals.search(path.read_text())] == []


def test_no_text_is_run_as_code() -> None:
    """`exec` of a tree that the rule compiler built from checked nodes is the one exception, and stands in one module."""
    users = {
        str(path.relative_to(SOURCE))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"exec", "eval"}
    }
    assert users <= {"huimin/rules/executing.py"}, users
