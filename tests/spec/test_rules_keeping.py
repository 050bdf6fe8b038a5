"""Machine code is kept between processes: found again, told from what was torn, and taken from nobody else."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.spec.rules_book import ON, book, policy

from huimin import rules
from huimin.rules import compiling, kernel
from huimin.rules.questions import of_policies

# What a process of its own does: it compiles the program of a book, and says how often kept code was used.
PROCESS = """
import sys
from datetime import date
from pathlib import Path
from huimin import rules
from huimin.rules import compiling, kernel
from huimin.rules.questions import of_policies
of = rules.load(Path(sys.argv[1]))
program = compiling.program(of_policies(of, ["aid"], date(2026, 7, 1)))
print(int(kernel.compiled(program, of.facts, Path(sys.argv[2])).found))
"""


@pytest.fixture
def aid(tmp_path: Path) -> rules.PolicyBook:
    return book(
        tmp_path / "book",
        policy("aid", {"cheap": "household.rent < yuan_per_month(5)"}, "household.rent * 2"),
    )


def made_anew(of: rules.PolicyBook, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The compiled function as a process that has not compiled before gets it."""
    monkeypatch.setattr(kernel, "_compiled", {})
    return kernel.compiled(compiling.program(of_policies(of, ["aid"], ON)), of.facts, folder)


def hits(function: Any) -> int:
    return int(function.found)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("kernels/*.o"))


def test_processes_that_compile_at_once_leave_what_the_next_one_uses(
    aid: rules.PolicyBook, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "book"), str(tmp_path / "cache")]
    at_once = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.wait() for process in at_once] == [0, 0]
    for process in at_once:
        process.communicate()
    # Each writes whole, and what they write is the same.
    assert int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) == 1
    assert aid.names == ("aid",)


def test_what_is_torn_or_changed_is_made_anew(aid: rules.PolicyBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    assert hits(made_anew(aid, tmp_path, monkeypatch)) == 0
    assert hits(made_anew(aid, tmp_path, monkeypatch)) == 1
    [code] = files(tmp_path)
    kept = code.read_bytes()
    for content in (
        b"",
        kept[:20],
        kept[: len(kept) // 2],
        kept[:-100] + bytes(100),
        bytes(100) + kept[100:],
    ):
        code.write_bytes(content)
        assert hits(made_anew(aid, tmp_path, monkeypatch)) == 0, len(content)
        assert hits(made_anew(aid, tmp_path, monkeypatch)) == 1, len(content)


def test_nothing_is_taken_from_a_folder_that_others_may_write_to(
    aid: rules.PolicyBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_anew(aid, tmp_path, monkeypatch)
    before = {path: path.stat().st_mtime_ns for path in files(tmp_path)}
    (tmp_path / "kernels").chmod(0o777)
    function = made_anew(aid, tmp_path, monkeypatch)
    assert hits(function) == 0
    assert {path: path.stat().st_mtime_ns for path in files(tmp_path)} == before
    (tmp_path / "kernels").chmod(0o700)
    (tmp_path / "kernels").rename(tmp_path / "others")
    (tmp_path / "kernels").symlink_to(tmp_path / "others")
    assert hits(made_anew(aid, tmp_path, monkeypatch)) == 0


def test_a_folder_that_cannot_be_written_to_keeps_nothing_and_answers(
    aid: rules.PolicyBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kernels").write_text("in the way")
    assert hits(made_anew(aid, tmp_path, monkeypatch)) == 0
    assert hits(made_anew(aid, tmp_path, monkeypatch)) == 0
