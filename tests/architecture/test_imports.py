"""The import contracts hold, and each of them notices a planted fault."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# contract name -> (file to spoil, line that breaks the contract)
FAULTS = {
    "The platform stands on the library, never the other way round": (
        "huimin_county/planted.py",
        "import huimin_platform.base",
    ),
    "The library computes alone: no Django, no database, no network": (
        "huimin/units/planted.py",
        "import django",
    ),
    "Policies are data: nobody imports them, they are found by setting": (
        "huimin/rules/planted.py",
        "import huimin_policies",
    ),
    "In the library a stage looks back, never forward": ("huimin/needs/planted.py", "import huimin.funds"),
    "On the platform a stage looks back, never forward": (
        "huimin_platform/registry/planted.py",
        "import huimin_platform.cases",
    ),
    "Inside a stage: pages, steps, actions, queries, models": (
        "huimin_platform/cases/queries.py",
        "import huimin_platform.cases.actions",
    ),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the import linter says of the packages below `folder`/src."""
    command = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=300
    )


def verdicts(output: str) -> dict[str, str]:
    return dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", output, flags=re.MULTILINE))


def test_the_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_each_contract_notices_a_planted_fault(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in FAULTS.values():
        path = tmp_path / "src" / file
        path.write_text(f"{path.read_text() if path.exists() else ''}\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode != 0
    assert verdicts(result.stdout) == dict.fromkeys(FAULTS, "BROKEN"), result.stdout


def test_an_unlisted_room_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "src/huimin/novelty").mkdir()
    (tmp_path / "src/huimin/novelty/__init__.py").touch()
    result = lint(tmp_path)
    assert result.returncode != 0
    assert "novelty" in result.stdout
