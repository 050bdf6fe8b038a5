"""The command huimin: options anywhere, exit codes, two languages, users, keeping the pages up."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import date
from pathlib import Path

import polars as pl
import psutil
import pytest

from huimin_platform import database
from huimin_platform.command import app, export, lines, session, up, words

COMMAND = [sys.executable, "-m", "huimin_platform.command"]


def run(*arguments: str, home: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the command says, with nothing of the surrounding test run in its environment."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("HUIMIN_", "LANG", "LC_"))
    }
    before = ["--home", str(home)] if home else []
    return subprocess.run(
        [*COMMAND, *before, *arguments],
        env=clean | {"HUIMIN_LANGUAGE": "en"} | environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command") / "home"


def test_options_may_stand_anywhere() -> None:
    assert app.globals_first(["export", "links", "--to", "f", "--json", "--home=h", "--language", "en"]) == [
        "--json", "--home=h", "--language", "en", "export", "links", "--to", "f",
    ]  # fmt: skip
    assert app.globals_first(["receive", "--", "--home"]) == ["receive", "--", "--home"]


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["status", "--language", "en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["--language=zh"], {"HUIMIN_LANGUAGE": "en"}, "zh-hans"),
        ([], {"HUIMIN_LANGUAGE": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "C.UTF-8"}, "zh-hans"),
        ([], {}, "zh-hans"),
    ],
)
def test_the_language_is_the_one_asked_for(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert words.chosen(arguments, environment) == language


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['huimin', '--help']\n"
        "from huimin_platform.command.app import run\n"
        "try: run()\n"
        "except SystemExit:\n"
        "    print([n for n in ('polars', 'numba', 'django', 'splink', 'psycopg') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["receive", "/nowhere"], ["export", "nothing", "--to", "x.csv"],
     ["export", "links", "--to", "x.doc"], ["decide", "1", "perhaps", "--by", "x"],
     ["decide", "1", "refuse", "--by", "x"], ["status", "--language", "fr"], ["receive"], ["advance", "--todya", "2026-07-01"],
     ["advance", "--today", "2026-13-01"]],
)  # fmt: skip
def test_a_wrong_request_ends_with_2_and_a_sentence(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, home=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip()) > 10
    as_json = run(*arguments, "--json", home=tmp_path)
    assert json.loads(as_json.stdout)["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "没有 bogus 这个命令"),
        (["receive"], "缺少 PATH"),
        (["advance", "--todya", "x"], "没有 --todya 这个选项。是不是 --today？"),
        (["advance", "--today", "2026-13-01"], "--today: “2026-13-01”不是有效的日期"),
        (["drill", "payments", "--payments", "-5"], "--payments: 请填写不小于 1 的数。"),
        (["drill", "payments", "--kills", "-1"], "--kills: 请填写不小于 0 的数。"),
        (["drill", "payments", "--seed", "x"], "--seed: 请填写整数。"),
        (["bank", "--profile", "cruel", "--once"], "cruel 不在可选范围 honest, "),
        (["funds", "count"], "没有 count 这个命令"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_in_the_readers_language(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    assert said in run(*arguments, "--language", "zh", home=tmp_path).stderr


def test_a_home_that_is_not_there_is_not_made_to_verify_it(tmp_path: Path) -> None:
    done = run("funds", "verify", "--language", "zh", home=tmp_path / "mistyped")
    assert done.returncode == 3
    assert "mistyped 中没有安装惠民" in done.stderr
    assert not (tmp_path / "mistyped").exists()


@pytest.mark.parametrize("text", ["2026-07-01", "2026-7-1", "20260701", "2026年7月1日"])
def test_a_day_is_taken_as_people_write_it(text: str) -> None:
    assert lines.day(text) == date(2026, 7, 1)


def test_a_home_that_cannot_be_made_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("status", home=tmp_path / "file" / "home")
    assert done.returncode == 3
    assert "choose another one with --home" in done.stderr


def test_a_database_that_is_not_there_ends_with_3(tmp_path: Path) -> None:
    done = run("status", home=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 3
    assert "The database cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_users_are_added_listed_and_given_passwords(home: Path) -> None:
    made = run(
        "user",
        "add",
        "wang",
        "--role",
        "county",
        "--division",
        "330127",
        "--name",
        "王芳",
        "--json",
        home=home,
    )
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["password"]) >= 12
    assert run("user", "add", "wang", "--role", "county", home=home).returncode == 2
    assert run("user", "add", "li", "--role", "king", home=home).returncode == 2
    (user,) = json.loads(run("user", "list", "--json", home=home).stdout)
    assert (user["username"], user["division"], user["name"]) == ("wang", "330127000000", "王芳")
    assert run("user", "password", "nobody", home=home).returncode == 2
    assert "User wang, password " in run("user", "password", "wang", home=home).stdout


@pytest.mark.slow
def test_a_server_of_its_own_by_url(home: Path, tmp_path: Path) -> None:
    with database.running(home):
        url = f"postgresql://huimin@/postgres?host={database.Server(home).socket}"
        found = json.loads(run("doctor", "--json", home=tmp_path, DATABASE_URL=url).stdout)["findings"]
        assert "server of DATABASE_URL" in next(one["words"] for one in found if one["name"] == "database")
        assert (
            run("user", "add", "elsewhere", "--role", "auditor", home=tmp_path, DATABASE_URL=url).returncode
            == 0
        )
    assert not (tmp_path / "postgres").exists()
    assert "elsewhere" not in run("user", "list", home=home).stdout


@pytest.mark.slow
def test_doctor_looks_at_everything(home: Path) -> None:
    done = run("doctor", "--audit", "--json", home=home)
    found = {one["name"]: one["state"] for one in json.loads(done.stdout)["findings"]}
    assert {
        "python",
        "home",
        "database",
        "tables",
        "guards",
        "keys",
        "lake",
        "policies",
        "contracts",
        "calendar",
        "jobs",
        "sign-in",
        "audit",
    } == set(found)
    assert "ill" not in found.values(), done.stdout
    assert done.returncode == 0
    (home / "keys" / "master_key").chmod(0o644)
    assert run("doctor", home=home).returncode == 3
    (home / "keys" / "master_key").chmod(0o600)


@pytest.mark.slow
def test_the_database_moves_by_dump_and_restore(home: Path, tmp_path: Path) -> None:
    run("user", "add", "mover", "--role", "auditor", home=home)
    dump = tmp_path / "dump"
    assert run("doctor", "--dump", str(dump), home=home).returncode == 0
    (tmp_path / "home").mkdir()
    (home / "keys").rename(tmp_path / "home" / "keys")
    restored = run("doctor", "--restore", str(dump), "--json", home=tmp_path / "home")
    assert restored.returncode == 0, restored.stderr + restored.stdout
    assert "mover" in run("user", "list", home=tmp_path / "home").stdout
    assert run("doctor", "--restore", str(dump), home=tmp_path / "home").returncode == 2
    (tmp_path / "home" / "keys").rename(home / "keys")


def test_what_nobody_foresaw_ends_with_4_and_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.failed(ZeroDivisionError("planted")) == 4
    assert "planted" in capsys.readouterr().err


def test_tables_for_excel_hold_no_formula(tmp_path: Path) -> None:
    table = pl.DataFrame({"file": ["=1+1", "＋x", "王", None, "-", "@a"], "line": [-1, 2, 3, 4, 5, 6]})

    def put(frame: pl.DataFrame, name: str) -> None:
        with (tmp_path / name).open("wb") as file:
            assert export.written(iter([frame]), Path(name).suffix, lambda: file) == frame.height

    put(table, "links.csv")
    data = (tmp_path / "links.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines() == [
        "file,line",
        "'=1+1,-1",
        "'＋x,2",
        "王,3",
        ",4",
        "'-,5",
        "'@a,6",
    ]
    put(table.clear(), "empty.csv")
    assert (tmp_path / "empty.csv").read_text("utf-8-sig").splitlines() == ["file,line"]
    put(table, "links.parquet")
    assert pl.read_parquet(tmp_path / "links.parquet").equals(table)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.csv", "links.csv", "links.parquet"]


def answers(port: int, seconds: float = 60) -> bool:
    """Whether the pages answer within some time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2) as answer:
                if json.load(answer) == {"database": True}:
                    return True
        except OSError:
            time.sleep(0.1)
    return False


@pytest.mark.slow
def test_up_outlives_its_children_and_its_database_and_stops_when_asked(home: Path, unused_port: int) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUIMIN_")}
    process = subprocess.Popen(
        [*COMMAND, "--home", str(home), "up", "--port", str(unused_port)],
        env=clean | {"HUIMIN_LANGUAGE": "en"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert answers(unused_port)
        second = run("up", "--port", str(unused_port), home=home)
        assert second.returncode == 3
        assert "Choose another one with --port." in second.stderr
        family = psutil.Process(process.pid).children()
        web = next(child for child in family if "granian" in " ".join(child.cmdline()))
        for child in [*web.children(recursive=True), web]:
            child.kill()
        assert answers(unused_port)
        postmaster = database.Server(home).process()
        assert postmaster is not None
        postmaster.kill()
        time.sleep(0.5)
        assert answers(unused_port)
        assert run("user", "list", home=home).returncode == 0
        assert database.Server(home).process() is not None
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{unused_port}/" in out
    assert database.Server(home).process() is None
    assert not answers(unused_port, seconds=0.5)


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_pages_have_a_time_limit_in_the_database_and_the_worker_has_none() -> None:
    assert "statement_timeout" in up.PAGE_LIMITS["PGOPTIONS"]
    show = "import os; raise SystemExit(os.environ.get('PGOPTIONS') != 'x')"
    child = up.Child("web", [sys.executable, "-c", show], {"PGOPTIONS": "x"})
    child.start()
    ended(child)
    assert child.process is not None
    assert child.process.returncode == 0


def test_a_child_that_never_starts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "RESTART_SECONDS", 0.0)
    child = up.Child("web", [sys.executable, "-c", "raise SystemExit(1)"])
    child.start()
    for _ in range(up.QUICK_ENDS - 1):
        ended(child)
        child.restart_if_ended()
    ended(child)
    with pytest.raises(session.CommandProblem, match="web"):
        child.restart_if_ended()


def ended(child: up.Child) -> None:
    """Waits for the end of a child's process."""
    assert child.process is not None
    child.process.wait()
