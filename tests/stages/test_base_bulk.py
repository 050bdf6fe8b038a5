"""COPY carries every value through unchanged."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from django.db import connection

from huimin_platform.base import bulk
from huimin_platform.base.models import AuditLine, Division

pytestmark = pytest.mark.django_db

AWKWARD = [
    "王小明",
    'quote " comma , end',
    "line\nbreak\r\n",
    "",
    "\\N",
    "\\.",
    " space ",
    "'",
    "é🀄",
    "\\x41",
    "t",
]


def audit_frame(texts: list[str]) -> pl.DataFrame:
    count = len(texts)
    return pl.DataFrame(
        {
            "at": [datetime(2026, 7, 1, 9, 30, 15, 123456, tzinfo=UTC)] * count,
            "by": texts,
            "on_behalf": [None if n % 2 else 2**53 + n for n in range(count)],
            "action": ["opens"] * count,
            "kind": ["person"] * count,
            "object_id": [str(n) for n in range(count)],
            "purpose": ["" if n % 2 else "why" for n in range(count)],
            "decision": ["allow"] * count,
            "details": [{"text": text, "list": [1, None]} for text in texts],
            "digest": [bytes([n, 0, 255, 92]) for n in range(count)],
        },
        schema_overrides={"on_behalf": pl.Int64},
    )


def test_values_come_out_as_they_went_in() -> None:
    texts = [text for text in AWKWARD if text != "\\N"]
    frame = audit_frame(texts)
    assert bulk.copy_in(AuditLine, frame) == len(texts)
    lines = list(AuditLine.objects.order_by("id"))
    assert [line.by for line in lines] == texts
    assert [line.purpose for line in lines] == frame["purpose"].to_list()
    assert [bytes(line.digest) for line in lines] == frame["digest"].to_list()
    assert [line.details["text"] for line in lines] == texts
    assert lines[0].on_behalf == 2**53
    assert lines[1].on_behalf is None
    assert lines[0].at == datetime(2026, 7, 1, 9, 30, 15, 123456, tzinfo=UTC)
    out = bulk.copy_out("select by, on_behalf, at, digest, purpose from base_auditline order by id")
    assert out["by"].to_list() == texts
    assert out.equals(frame.select("by", "on_behalf", "at", "digest", "purpose"))


def test_a_text_that_looks_like_no_value_stays_a_text() -> None:
    bulk.copy_in(Division, pl.DataFrame({"code": ["330127000000"], "name": ["\\N"]}))
    assert Division.objects.get().name == "\\N"


def test_types_of_a_query() -> None:
    out = bulk.copy_out(
        "select %(day)s::date as day, true as yes, null::boolean as unknown, 1.5::numeric as amount,"
        " '{\"a\": 1}'::jsonb as data, 7::bigint as big, now() as moment, 'x%%y' as share",
        {"day": date(2026, 7, 1)},
    )
    assert out.schema["day"] == pl.Date
    assert out["day"][0] == date(2026, 7, 1)
    assert out["yes"][0] is True
    assert out["unknown"][0] is None
    assert out["amount"][0] == 1.5
    assert out["data"][0] == '{"a": 1}'
    assert out.schema["big"] == pl.Int64
    assert out["share"][0] == "x%y"
    assert isinstance(out["moment"][0], datetime)


def test_an_empty_result_keeps_its_columns() -> None:
    out = bulk.copy_out("select code, name from base_division")
    assert out.height == 0
    assert out.columns == ["code", "name"]
    assert bulk.copy_in(Division, out) == 0


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(AssertionError, match="nonsense"):
        bulk.copy_in(Division, pl.DataFrame({"nonsense": [1]}))


@pytest.mark.slow
def test_many_rows_cross_the_blocks() -> None:
    frame = pl.DataFrame({"code": [f"{n:012d}" for n in range(250_001)], "name": ["村"] * 250_001})
    assert bulk.copy_in(Division, frame) == 250_001
    with connection.cursor() as cursor:
        cursor.execute("select count(*), min(code), max(code) from base_division")
        assert cursor.fetchone() == (250_001, "000000000000", "000000250000")


def counted(model: type[Division]) -> float:
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where oid = %s::regclass", [model._meta.db_table])
        return cursor.fetchone()[0]


def test_the_database_counts_a_table_that_has_grown_much_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "MANY", 100)

    def grow(first: int, last: int) -> float:
        codes = [f"99{number:010d}" for number in range(first, last)]
        bulk.copy_in(Division, pl.DataFrame({"code": codes, "name": codes}))
        return counted(Division)

    before = counted(Division)
    assert grow(0, 99) == before, "few rows are no reason"
    now = grow(99, 2_000)
    assert now >= 2_000
    assert grow(2_000, 2_150) == now, "nor is a small part of the table"
