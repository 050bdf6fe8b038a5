"""Reading never raises, and a file's rows come out as they went in, whatever quotes and line ends it has."""

import csv
import io
import json
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huimin.intake import encoding, read
from huimin.intake.records import Splitter, cells_of
from huimin.tables.contract import load_all

CONTRACTS = load_all()
TODAY = date(2026, 7, 1)
HEADINGS = ["姓名", "身份证号", "险种", "状态", "联系电话"]
CELLS = st.text(
    st.one_of(st.sampled_from('",;\t\n 李霞·１aA0'), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=8,
)
ROWS = st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=12)
LIGHT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LIGHT
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.json", "a.txt", "a"]))
def test_no_bytes_raise(content: bytes, name: str) -> None:
    found = read(content, name, CONTRACTS, TODAY)
    assert found.contract is not None or found.problems.height


@LIGHT
@given(st.text(max_size=300), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_no_text_below_headings_raises(text: str, codec: str) -> None:
    content = ",".join(HEADINGS) + "\n" + text
    found = read(content.encode(codec, "replace"), "a.csv", CONTRACTS, TODAY)
    assert found.contract is not None
    assert (
        found.rows.height + found.refused.height + found.skipped.height
        <= text.count("\n") + text.count("\r") + 1
    )


@LIGHT
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(HEADINGS) | st.text(max_size=4), inner)
        ),
        max_leaves=30,
    )
)
def test_no_json_raises(content: object) -> None:
    read(json.dumps(content).encode(), "a.json", CONTRACTS, TODAY)


@LIGHT
@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_records_are_split_as_written(rows: list[list[str]], delimiter: str, end: str) -> None:
    stream = io.StringIO(newline="")
    lines, place = [], 1
    for row in rows:
        before = stream.tell()
        csv.writer(stream, delimiter=delimiter, lineterminator=end).writerow(row)
        text = stream.getvalue()[before:]
        lines.append(place)
        place += text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    content = stream.getvalue().encode()
    found = Splitter(delimiter)
    records = []
    for block in encoding.blocks(io.BytesIO(content), encoding.Encoding("utf-8")):
        split = found.split(block, last=True)
        records += [
            (line, cells_of(text, delimiter)) for line, text in zip(split.lines, split.texts, strict=True)
        ]
        assert not split.broken
    assert records == list(zip(lines, rows, strict=True))


@LIGHT
@given(ROWS, st.integers(1, 40))
def test_blocks_do_not_cut_records(rows: list[list[str]], size: int) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    lines = stream.getvalue().splitlines(keepends=True)
    whole = Splitter(",").split("".join(lines), last=True)
    splitter = Splitter(",")
    parts = ["".join(lines[start : start + size]) for start in range(0, len(lines), size)]
    texts, starts = [], []
    for number, part in enumerate(parts, 1):
        split = splitter.split(part, last=number == len(parts))
        texts += split.texts
        starts += split.lines
    assert (texts, starts) == (whole.texts, whole.lines)
