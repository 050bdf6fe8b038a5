"""The watched inbox: complete files are taken up once and moved, a report beside each."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tests.stages.county_world import AT
from tests.stages.village import HEADS, HUSBAND, VEHICLES

from huimin_platform.intake import inbox, jobs, queries
from huimin_platform.intake.models import Delivery

pytestmark = pytest.mark.django_db
GOOD = f"{HEADS[VEHICLES]}\n川A1,余望山,{HUSBAND},轿车,2019-05-01\n".encode()
LATER = AT + timedelta(minutes=1)


class Inbox:
    """An inbox by its address."""

    def __init__(self, url: str) -> None:
        self.files, self.root = fsspec.core.url_to_fs(url)
        self.files.makedirs(self.root, exist_ok=True)

    def put(self, name: str, content: bytes) -> None:
        path = f"{self.root}/{name}"
        self.files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.files.pipe_file(path, content)

    def names(self) -> list[str]:
        return sorted(path[len(self.root) :].lstrip("/") for path in self.files.find(self.root))

    def read(self, name: str) -> bytes:
        return self.files.cat_file(f"{self.root}/{name}")


@pytest.fixture(params=["memory", "file"])
def box(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Inbox:
    settings.HUIMIN_INBOX = "memory://inbox" if request.param == "memory" else (tmp_path / "inbox").as_uri()
    if request.param == "memory":
        fsspec.filesystem("memory").store.clear()
    return Inbox(settings.HUIMIN_INBOX)


def test_a_marked_file_is_taken_up_at_once_and_moved_with_its_report(box: Inbox) -> None:
    box.put(VEHICLES, GOOD)
    box.put(f"{VEHICLES}.done", b"")
    box.put("通知.csv", "日期,天气\n2026-07-01,晴\n".encode())
    box.put("通知.csv.done", b"")
    states = {file.name: file.state for file in inbox.take_up(at=AT)}
    assert states == {VEHICLES: "accepted", "通知.csv": "unknown_kind"}
    assert box.names() == [
        "refused/2026-07-01/通知.csv", "refused/2026-07-01/通知.csv.report.json",
        f"taken/2026-07-01/{VEHICLES}", f"taken/2026-07-01/{VEHICLES}.report.json",
    ]  # fmt: skip
    assert box.read(f"taken/2026-07-01/{VEHICLES}") == GOOD
    report = json.loads(box.read("refused/2026-07-01/通知.csv.report.json"))
    assert report["message"]["zh-hans"]
    assert report["message"]["en"]
    assert HUSBAND not in box.read(f"taken/2026-07-01/{VEHICLES}.report.json").decode()
    # A second look changes nothing.
    assert inbox.take_up(at=LATER) == []
    assert Delivery.objects.count() == 1


def test_a_file_that_grows_waits_until_it_has_settled(box: Inbox) -> None:
    box.put(VEHICLES, GOOD[:-30])
    assert inbox.take_up(at=AT) == []
    box.put(VEHICLES, GOOD)
    assert inbox.take_up(at=LATER) == []
    assert inbox.take_up(at=LATER + timedelta(seconds=5)) == []
    (file,) = inbox.take_up(at=LATER + timedelta(minutes=1))
    assert file.rows_accepted == 1


def test_what_is_half_sent_or_left_behind_is_not_taken(box: Inbox) -> None:
    for name in (f"{VEHICLES}.part", "~$x.xlsx", ".hidden", "x.csv.TMP"):
        box.put(name, GOOD)
    for minute in range(3):
        assert inbox.take_up(at=AT + timedelta(minutes=minute)) == []
    assert not Delivery.objects.exists()


def test_files_of_one_name_in_folders_and_again_the_next_day_do_not_replace_each_other(box: Inbox) -> None:
    for content in (GOOD, GOOD.replace(b"2019", b"2018")):
        box.put(f"东镇/{VEHICLES}", content)
        box.put(f"东镇/{VEHICLES}.done", b"")
        inbox.take_up(at=AT)
    moved = [name for name in box.names() if not name.endswith(".report.json")]
    assert len(moved) == 2
    assert all(name.startswith("taken/2026-07-01/东镇/") for name in moved)


def test_a_look_that_died_before_moving_is_caught_up(box: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.put(VEHICLES, GOOD)
    box.put(f"{VEHICLES}.done", b"")

    def dies(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "_move", dies)
        with pytest.raises(OSError, match="away"):
            inbox.take_up(at=AT)
    (file,) = inbox.take_up(at=LATER)
    assert file.state == "repeated"
    assert len(queries.current_files()) == 1
    assert f"taken/2026-07-01/{VEHICLES}" in box.names()


def test_without_a_setting_the_worker_does_nothing(settings: Any) -> None:
    settings.HUIMIN_INBOX = ""
    jobs.look_into_inbox(0)
    assert not Delivery.objects.exists()
