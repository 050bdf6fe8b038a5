"""The lake keeps files sealed, whole, and under their own names only."""

from pathlib import Path

import fsspec
import polars as pl
import pytest
from django.conf import settings

from huimin_platform.base import lake, secrets

pytestmark = pytest.mark.django_db


def files() -> list[Path]:
    return [path for path in Path(settings.HUIMIN_LAKE.removeprefix("file://")).rglob("*") if path.is_file()]


def test_bytes_and_tables_come_back() -> None:
    frame = pl.DataFrame({"line": [2, 3], "name": ["王小明", None]})
    lake.put_bytes("raw/1.csv", "姓名\n王小明\n".encode("gbk"))
    lake.put_frame("rows/1.parquet", frame)
    assert lake.get_bytes("raw/1.csv").decode("gbk") == "姓名\n王小明\n"
    assert lake.frame("rows/1.parquet").equals(frame)
    assert lake.frame("rows/1.parquet", columns=["line"]).columns == ["line"]


def test_nothing_readable_lies_on_the_disk() -> None:
    lake.put_bytes("raw/1.csv", b"110101199003070011")
    assert [b"110101199003070011" in path.read_bytes() for path in files()] == [False]


def test_a_file_put_in_anothers_place_does_not_open() -> None:
    lake.put_bytes("one", b"1")
    lake.put_bytes("two", b"2")
    one, two = sorted(files())
    two.write_bytes(one.read_bytes())
    with pytest.raises(secrets.CannotUnseal):
        lake.get_bytes("two")


def test_what_is_not_there_is_said() -> None:
    assert not lake.exists("gone")
    with pytest.raises(lake.NotInLake):
        lake.get_bytes("gone")
    lake.put_bytes("there", b"")
    assert lake.get_bytes("there") == b""
    lake.delete("there")
    lake.delete("there")
    assert not lake.exists("there")


def test_a_failed_write_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lake.put_bytes("kept", b"before")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        lake.put_bytes("kept", b"after")
    assert lake.get_bytes("kept") == b"before"
    assert len(files()) == 1


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "", "a/../../b"])
def test_names_stay_inside(name: str) -> None:
    with pytest.raises(AssertionError):
        lake.put_bytes(name, b"")


def test_another_kind_of_storage_by_setting() -> None:
    settings.HUIMIN_LAKE = "memory://lake"
    lake.put_bytes("raw/1", b"data")
    assert lake.get_bytes("raw/1") == b"data"
    assert b"data" not in fsspec.filesystem("memory").cat("/lake/raw/1")
    assert [name for name in fsspec.filesystem("memory").find("/lake") if name.endswith(".draft")] == []
