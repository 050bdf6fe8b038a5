"""The documents say what the code says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ["intake", "registry", "needs", "matching", "cases", "delivery", "funds", "feedback", "evaluation"]


def rooms(package: str) -> set[str]:
    return {
        path.name
        for path in (ROOT / "src" / package).iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }


def drawn(package: str) -> set[str]:
    """The rooms that ARCHITECTURE.md draws under a package."""
    drawing = re.findall(r"```\n(src/.*?)```", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.DOTALL)[0]
    part = re.search(rf"^[├└]── {package}/(.*?)(?=^[├└t]|\Z)", drawing, flags=re.DOTALL | re.MULTILINE)
    assert part is not None
    lines = part.group(1).splitlines()[1:]
    return {
        name for line in lines for name in re.findall(r"(\w+)/", line.split("  ")[0] + "  " + line)[:] if name
    }


@pytest.mark.parametrize("package", ["huimin", "huimin_platform"])
def test_the_drawing_shows_the_rooms_there_are(package: str) -> None:
    assert drawn(package) == rooms(package)


def test_the_drawing_shows_every_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    packages = {path.name for path in (ROOT / "src").iterdir() if (path / "__init__.py").exists()}
    assert packages == set(re.findall(r"^[├└]── (\w+)/", text, flags=re.MULTILINE))


@pytest.mark.parametrize("package", ["huimin", "huimin_platform"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_says_what_comes_in_and_who_acts(package: str, stage: str) -> None:
    text = (ROOT / "src" / package / stage / "README.md").read_text()
    assert all(word in text for word in ("**Comes in**", "**Goes out**", "**Who acts**"))
    assert len(text.splitlines()) <= 14


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/README.md")]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), (
                f"{document.name} links to {target}, which is not there"
            )


def test_decision_records_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_dependencies_stand_in_the_decision_record() -> None:
    listed = (ROOT / "docs/decisions/0003-dependencies.md").read_text()
    block = re.search(
        r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), flags=re.DOTALL | re.MULTILINE
    )
    assert block is not None
    names = re.findall(r'^\s+"([A-Za-z0-9-]+)', block.group(1), flags=re.MULTILINE)
    assert [name for name in names if name not in listed] == []


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert named <= targets
