"""Files that are made to break a reader, or that somebody made by accident: a clear answer, in bounded time."""

import io
import time
import zipfile
from datetime import date

import pytest
import xlsxwriter

from huimin.intake import Reading, read
from huimin.tables.contract import load_all

CONTRACTS, TODAY = load_all(), date(2026, 7, 1)
HEAD = "号牌号码,所有人,身份证明号码,车辆类型,初次登记日期"
ROW, OTHER = "浙A1,马一,110105194912310025,轿车,2019-05-01", "浙A2,马二,110105194912310025,轿车,2020-05-01"
SECONDS = 30


def linked() -> bytes:
    """A workbook whose cells point to other files and hosts."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as written:
        page = written.add_worksheet()
        page.write_row(0, 0, HEAD.split(","))
        page.write_row(1, 0, ROW.split(","))
        page.write_formula(2, 0, "='[http://elsewhere.example/book.xlsx]S'!A1", None, "浙A2")
        page.write_row(2, 1, OTHER.split(",")[1:])
    return stream.getvalue()


def bomb() -> bytes:
    """A small package that unpacks to 200 MB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<x/>")
        package.writestr("xl/worksheets/sheet1.xml", bytes(200 << 20))
    return stream.getvalue()


def told(content: bytes, name: str = "v.csv") -> Reading:
    begun = time.monotonic()
    reading = read(content, name, CONTRACTS, TODAY)
    assert time.monotonic() - begun < SECONDS
    for language in ("zh-hans", "en"):
        assert all(reading.messages(language))
    return reading


def plates(reading: Reading) -> list[str]:
    return reading.rows["plate"].to_list() if reading.contract else []


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (",".join([HEAD, *(f"列{n}" for n in range(1_000_000))]) + f"\n{ROW}\n", ["浙A1"]),
        (f"{HEAD},所有人\n{ROW},马三\n", ["浙A1"]),
        (f"\ufeff{HEAD}\n{ROW}\n\ufeff{OTHER}\n", ["浙A1", "浙A2"]),
        (f"{HEAD}\r{ROW}\r{OTHER}\r", ["浙A1", "浙A2"]),
    ],
    ids=["a million columns", "a heading twice", "a mark of order in the middle", "lines that end in CR"],
)
def test_odd_text_is_read_for_what_it_says(content: str, wanted: list[str]) -> None:
    assert plates(told(content.encode())) == wanted


def test_links_to_elsewhere_are_not_followed() -> None:
    assert plates(told(linked(), "v.xlsx")) == ["浙A1", "浙A2"]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (f"{HEAD}\n{ROW}\n".encode() + OTHER.encode("gb18030"), "v.csv", "garbled"),
        (b'[{"a":' * 1000 + b"1" + b"}]" * 1000, "v.json", "damaged_json"),
        (b"[" * 100_000, "v.json", "damaged_json"),
        (bomb(), "v.xlsx", "too_large_inside"),
    ],
    ids=["two encodings in one file", "JSON 1,000 levels deep", "JSON that only opens", "a bomb"],
)
def test_what_cannot_be_read_is_refused_by_name(content: bytes, name: str, code: str) -> None:
    assert told(content, name).problems["code"].to_list() == [code]
