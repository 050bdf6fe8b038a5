"""Settings are checked at the start, and docs/settings.md says what there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from huimin_platform import settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://root:hush@db/x", "must name a PostgreSQL server"),
        ("HUIMIN_MASTER_KEY", "hush", "needs 64 hexadecimal digits"),
        ("HUIMIN_SECRET_KEY", "hush", "needs at least 32 characters"),
        ("HUIMIN_LANGUAGE", "fr", "must be zh-hans or en"),
        ("HUIMIN_TIME_ZONE", "Beijing", "no time zone"),
        ("HUIMIN_TODAY", "yesterday", "2026-07-01"),
        ("HUIMIN_POLICIES", "/nowhere", "is not a folder"),
        ("HUIMIN_HTTPS", "perhaps", "must be true or false"),
        ("HUIMIN_ADVANCE_MINUTES", "0", "is too small"),
        ("HUIMIN_SESSION_HOURS", "many", "must be a whole number"),
    ],
)
def test_a_wrong_value_is_named_with_its_cure_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(settings.WrongSettings) as wrong:
        settings.read_environment()
    (sentence,) = wrong.value.problems
    assert sentence.startswith(name)
    assert words in sentence
    assert re.search(r"[\u4e00-\u9fff]", sentence)
    assert "hush" not in sentence


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIMIN_LANGUAGE", "fr")
    monkeypatch.setenv("HUIMIN_TODAY", "x")
    with pytest.raises(settings.WrongSettings) as wrong:
        settings.read_environment()
    assert len(wrong.value.problems) == 2


def test_the_command_ends_with_3_on_wrong_settings(tmp_path: Path) -> None:
    environment = {**os.environ, "HUIMIN_TIME_ZONE": "Beijing"}
    done = subprocess.run(
        [sys.executable, "-m", "huimin_platform.command", "--home", str(tmp_path), "status"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 3
    assert "HUIMIN_TIME_ZONE = Beijing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_is_described_by_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://hui%40min:p%2Fw@db.example:6432/county?sslmode=require")
    found = settings.database_settings(settings.read_environment())
    expected = {"NAME": "county", "USER": "hui@min", "PASSWORD": "p/w", "HOST": "db.example", "PORT": "6432"}
    assert {name: found[name] for name in expected} == expected
    assert found["OPTIONS"]["sslmode"] == "require"


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    made = settings.kept_key(tmp_path, "secret_key")
    assert settings.kept_key(tmp_path, "secret_key") == made
    assert len(made) == 64
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret_key"]


def test_a_long_home_gets_a_short_socket() -> None:
    assert settings.socket_folder(Path("/short")) == Path("/short/postgres")
    long = settings.socket_folder(Path("/" + "长" * 50))
    assert len(os.fsencode(long / ".s.PGSQL.5432")) <= settings.SOCKET_PATH_LIMIT
    assert long != settings.socket_folder(Path("/" + "长" * 51))


def test_cookies_are_secure_behind_https() -> None:
    script = (
        "from huimin_platform import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    )
    environment = {**os.environ, "HUIMIN_HTTPS": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"] * 3


def test_every_setting_is_documented() -> None:
    documented = (ROOT / "docs/settings.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", documented, flags=re.MULTILINE))
    described = {
        field.validation_alias or f"HUIMIN_{name.upper()}": field.description
        for name, field in settings.Environment.model_fields.items()
    }
    assert rows == described
