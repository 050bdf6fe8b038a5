"""What a hostile, broken or slow client sends: refused in plain words, in bounded time and memory, nothing half done."""

import gzip
import io
import json
import tempfile
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from tests.stages.api_world import CAR, HEAD, System, csv, system
from tests.stages.test_portal_api_deliveries import problem

from huimin_platform.base import scratch
from huimin_platform.intake import actions
from huimin_platform.intake.models import Delivery
from huimin_platform.portal.api import door, sent
from huimin_platform.portal.api.problems import Refused

pytestmark = pytest.mark.django_db
MEGABYTE = 1 << 20


@pytest.fixture
def police() -> System:
    return system()


def nothing_kept() -> bool:
    return not Delivery.objects.exists()


def received(body: io.BytesIO, length: int) -> Any:
    """The content of a request of which the server has announced so many bytes."""
    plain = RequestFactory().post("/", b"", content_type="text/csv")
    request = WSGIRequest(plain.environ | {"wsgi.input": body, "CONTENT_LENGTH": str(length)})
    return sent.received(request, "text/csv", length, MEGABYTE)


def test_a_wrong_digest_a_wrong_form_of_it_and_a_truncated_body_leave_nothing(police: System) -> None:
    problem(police.send(csv(CAR), Content_Digest="sha-256=:AAAA:"), 400, "digest")
    problem(police.send(csv(CAR), Content_Digest="sha-256=AAAA"), 400, "digest-form")
    problem(police.send(csv(CAR), Content_Digest="sha-256=:!!!:"), 400, "digest-form")
    with pytest.raises(Refused) as refused, received(io.BytesIO(csv(CAR)), 100_000):
        pass
    assert refused.value.code == "cut_off"
    assert nothing_kept()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content_type": "text/html"}, 415, "media-type"),
        ({"content_type": "multipart/form-data; boundary=x"}, 415, "media-type"),
        ({"content_type": ""}, 415, "media-type"),
        ({"Content_Encoding": "br"}, 415, "coding"),
        ({"Content_Encoding": "gzip"}, 400, "not-gzip"),
        ({"Content_Length": "-1"}, 411, "no-length"),
        ({"Content_Length": "many"}, 411, "no-length"),
        ({"Transfer_Encoding": "chunked"}, 411, "no-length"),
        ({"Content_Length": str(65 * MEGABYTE)}, 413, "too-large"),
        ({"Content_Length": "9" * 30}, 411, "no-length"),
    ],
)
def test_what_the_headers_say_is_refused_before_anything_is_read(
    police: System, headers: dict[str, str], status: int, code: str
) -> None:
    problem(police.send(csv(CAR), **headers), status, code)
    assert nothing_kept()


def test_a_bomb_does_not_unfold(police: System) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(300)), packer.flush()])
    assert len(bomb) < MEGABYTE
    tracemalloc.start()
    problem(police.send(bomb, Content_Encoding="gzip"), 413, "too-large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE, f"{peak / MEGABYTE:.1f} MB"
    problem(police.send(gzip.compress(csv(CAR))[:-5], Content_Encoding="gzip"), 400, "not-gzip")
    problem(police.send(gzip.compress(csv(CAR)) + b"more", Content_Encoding="gzip"), 400, "not-gzip")
    assert nothing_kept()


class Slow(io.BytesIO):
    """A body that comes a byte at a time, while the clock runs."""

    def __init__(self, content: bytes, clock: Any) -> None:
        super().__init__(content)
        self.clock = clock

    def read(self, size: int | None = -1) -> bytes:
        self.clock.now += 1.0
        return super().read(1)


def test_a_body_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 0.0

    monkeypatch.setattr(sent.time, "monotonic", lambda: Clock.now)
    content = csv(*[CAR] * 20)
    with pytest.raises(Refused) as refused, received(Slow(content, Clock), len(content)):
        pass
    assert refused.value.code == "too_slow"
    assert Clock.now < 20


def test_files_that_come_in_leave_threads_for_pages(police: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "WAIT_SECONDS", 0.01)
    taken = [door._slots.acquire(timeout=1) for _ in range(door.MOST_AT_ONCE)]
    try:
        assert all(taken)
        answer = police.send(csv(CAR))
        problem(answer, 503, "busy")
        assert answer["Retry-After"] == "2"
        assert police.get("datasets").status_code == 200
    finally:
        for _ in taken:
            door._slots.release()
    assert police.send(csv(CAR)).status_code == 201


def test_a_sender_who_has_stopped_holds_one_thread_only(police: System) -> None:
    with door._receiving(police.key):
        answer = police.send(csv(CAR))
        problem(answer, 503, "still-sending")
        assert answer["Retry-After"] == "2"
        assert door._slots.acquire(blocking=False), "others may still send"
        door._slots.release()
        assert nothing_kept()
    assert police.send(csv(CAR)).status_code == 201
    with door._receiving(police.key):
        pass


def test_content_lies_in_memory_while_it_is_read(
    police: System, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    memory.mkdir()
    disk.mkdir()
    settings.HUIMIN_SCRATCH = str(memory)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    seen: list[Path] = []
    digest = actions._digest

    def noted(source: Path) -> str:
        seen.append(source)
        return digest(source)

    monkeypatch.setattr(actions, "_digest", noted)
    assert police.send(csv(CAR)).status_code == 201
    assert seen
    assert all(path.is_relative_to(memory) for path in seen)
    assert not any(memory.iterdir())
    assert not any(disk.iterdir())
    settings.HUIMIN_SCRATCH = str(tmp_path / "nowhere")
    assert scratch.place() is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[1", b"\xff\xfe\x00", b"nul", b'{"records": [NaN]}', b'{"records": ["\\ud800"]}',
        b"[" * 100_000, b'{"a":' * 3000 + b"1" + b"}" * 3000, b"[" * 60 + b"]" * 60, b"\x00",
    ],
)  # fmt: skip
def test_what_is_no_sensible_json_is_refused(police: System, body: bytes) -> None:
    answer = police.call("POST", "datasets/vehicles/records", body, content_type="application/json")
    assert answer.status_code in (400, 411), answer.content
    problem(answer, answer.status_code, "not-json" if answer.status_code == 400 else "no-length")


@pytest.mark.parametrize(
    ("name", "content", "state"),
    [
        ("100,000 columns", (",".join([HEAD, *(f"列{n}" for n in range(100_000))]) + f"\n{CAR}\n").encode(), "accepted"),
        ("only columns", ",".join(f"c{n}" for n in range(1_000_000)).encode(), None),
        ("nothing", b"\n\n\n", "unreadable"),
        ("NUL", csv(CAR.replace("小型", "小\x00型")), None),
        ("invalid UTF-8", csv(CAR) + b"\xe6\xb5\x99\xff\xfe\x80,\xc0\xaf,1,2,3\n", None),
        ("direction marks", csv(CAR.replace("马一", "\u202e马一")), None),
        ("one line of 5 MB", HEAD.encode() + b"\n" + b"a" * 5_000_000, None),
        ("a million commas", HEAD.encode() + b"\n" + b"," * 1_000_000, None),
        ("quotes without end", HEAD.encode() + b'\n"' + csv(*[CAR] * 1000), None),
        ("CR only", csv(CAR).replace(b"\n", b"\r"), "accepted"),
        ("a program", b"MZ\x90\x00" + bytes(1000), "unreadable"),
        ("half a workbook", b"PK\x03\x04" + bytes(1000), "unreadable"),
        ("half a Parquet file", b"PAR1" + bytes(1000) + b"PAR1", "unreadable"),
        ("deep JSON", b'[{"a":' + b"[" * 1000 + b"]" * 1000 + b"}]", None),
        ("broken JSON", b'[{"a": 1}, {', "unreadable"),
        ("lone surrogate", json.dumps([{"号牌号码": "\ud800"}]).encode(), None),
    ],
)  # fmt: skip
def test_whatever_is_in_a_file_the_answer_is_a_report(
    police: System, name: str, content: bytes, state: str | None
) -> None:
    kind = "application/json" if "JSON" in name or "surrogate" in name else "text/csv"
    answer = police.send(content, "?commit=true", content_type=kind)
    said = answer.json()
    assert answer.status_code == 201, f"{name}: {said}"
    file = said["files"][0]
    if state is not None:
        assert file["state"] == state, f"{name}: {said}"
    if file["state"] not in ("accepted", "partly"):
        assert file["message"] or said["problems"], f"{name}: {said}"
    assert "\x00" not in answer.content.decode()


@pytest.mark.parametrize("path", [
    "deliveries?cursor=%00", "deliveries?cursor=99999999999999999999", "deliveries?limit=0", "deliveries?limit=x",
    "deliveries?cursor=a.b", f"datasets/{'x' * 500}/contract", "figures?phase=9", "deliveries/1?cursor=..", "deliveries/999999999999999999999",
    "datasets/%00/contract", "datasets/..%2f..%2fetc/contract", "deliveries?limit=1e3", "deliveries?limt=3", "deliveries/%0A1", "%0A%20x",
])  # fmt: skip
def test_odd_addresses_are_refused_plainly(police: System, path: str) -> None:
    answer = police.get(path)
    assert 400 <= answer.status_code < 500, answer.content
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "file",
    ["../../etc/passwd", "a%00b", "a/b.csv", "a%5Cb.csv", "x" * 200, ".hidden", "~$lock", "名册2026年6月"],
)
def test_the_name_of_a_file_leads_nowhere(police: System, file: str) -> None:
    answer = police.send(csv(CAR), f"?file={file}")
    if answer.status_code == 201:
        name = answer.json()["files"][0]["name"]
        assert name.startswith("police-1/")
        assert name.count("/") == 1
        assert name.endswith(".csv")
    else:
        problem(answer, 422, "wrong-values")
