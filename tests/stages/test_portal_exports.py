"""Exports are jobs: sealed, resumed after a kill, masked by role, taken on record, removed when their time is over."""

import io
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from django.db import connection
from django.test import Client
from tests.stages.county_world import advance_matching, advance_needs, advance_registry, receive
from tests.stages.village import COUNTY, village

from huimin_platform.base import access, bulk, exports, lake
from huimin_platform.base.models import AuditLine, Export
from huimin_platform.portal import export_tables, exporting, jobs
from huimin_platform.registry.models import Fact, Person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@pytest.fixture
def county(tmp_path: Path, make_user: Any, settings: Any) -> Any:
    settings.HUIMIN_TODAY = NOW.date()
    receive(village().write(tmp_path / "delivery"))
    advance_registry()
    advance_needs()
    advance_matching()
    return make_user("county", division=COUNTY)


def asked(by: Any, table: str = "facts", form: str = "csv", **given: Any) -> Export:
    """An export that somebody has asked for."""
    about = export_tables.TABLES[table]
    said = {
        "filters": {},
        "as_of": NOW,
        "purpose": "work",
        "language": "en",
        "key": exports.new_key(),
        **given,
    }
    hidden = export_tables.hidden(by, about, said["purpose"])
    export, _ = exports.ask(table=table, kind=about.kind, form=form, hidden=hidden, at=NOW, by=by, **said)
    return export


def taken(export: Export, part: int = 0) -> bytes:
    """The bytes of a file of an export."""
    export.refresh_from_db()
    return b"".join(exports.take(export=export, part=part, at=NOW, by=export.by))


def test_every_form_tells_the_same_rows(county: Any) -> None:
    tables = []
    for form in ("csv", "xlsx", "parquet"):
        export = asked(county, form=form)
        exporting.make(export.pk, clock)
        data = taken(export)
        if form == "csv":
            tables.append(pl.read_csv(data, schema_overrides={"Row": pl.Int64})["Row"].to_list())
        elif form == "xlsx":
            rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.values)  # pyright: ignore
            tables.append([row[rows[0].index("Row")] for row in rows[1:]])
        else:
            tables.append(pl.read_parquet(io.BytesIO(data))["line"].to_list())
    assert len(tables[0]) == Fact.objects.filter(withdrawn_at=None).count() > 10
    assert tables[0] == tables[1] == tables[2]


class Killed(BaseException):
    """The worker dies."""


def test_a_killed_export_goes_on_behind_its_last_row(county: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BLOCK_ROWS", 4)
    whole = asked(county, form="parquet")
    exporting.make(whole.pk, clock)
    expected = pl.read_parquet(io.BytesIO(taken(whole)))

    export = asked(county, form="parquet")
    read = bulk.rows_of
    asked_rows: list[int] = []

    def dying(rows: Any, columns: Any) -> pl.DataFrame:
        block = read(rows, columns)
        asked_rows.append(block.height)
        if len(asked_rows) == 3:
            raise Killed
        return block

    monkeypatch.setattr(exporting.bulk, "rows_of", dying)
    with pytest.raises(Killed):
        exporting.make(export.pk, clock)
    export.refresh_from_db()
    assert (export.state, export.rows_read, export.blocks) == ("reading", 8, 2)
    exporting.make(export.pk, clock)
    export.refresh_from_db()
    assert (export.state, export.resumed) == ("done", 1)
    assert sum(asked_rows) == expected.height + 4, "only the block that was lost is read again"
    assert pl.read_parquet(io.BytesIO(taken(export))).equals(expected)


def test_writing_that_was_killed_starts_anew(county: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    export = asked(county)
    with monkeypatch.context() as dying:
        dying.setattr(lake.SealedFile, "close", lambda self: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            exporting.make(export.pk, clock)
    export.refresh_from_db()
    assert export.state == "writing"
    exporting.make(export.pk, clock)
    assert taken(export).startswith(b"\xef\xbb\xbf")
    assert not lake.exists(exports.block_name(export, 0))


def test_an_export_that_fails_again_and_again_is_given_up(
    county: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    export = asked(county)
    monkeypatch.setattr(exporting, "_write", broken)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            jobs.make_export(export_id=export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    assert not lake.exists(exports.folder(export))


def test_the_files_lie_sealed_in_the_lake(county: Any, settings: Any) -> None:
    export = asked(county)
    exporting.make(export.pk, clock)
    root = Path(settings.HUIMIN_LAKE.removeprefix("file://"))
    kept = [path for path in root.glob(f"exports/{export.pk}/**/*") if path.is_file()]
    assert kept
    plain = taken(export)
    assert all(plain[20:60] not in path.read_bytes() for path in kept)
    piece = kept[0]
    data = bytearray(piece.read_bytes())
    data[-1] ^= 1
    piece.write_bytes(bytes(data))
    with pytest.raises(Exception, match="does not open"):
        taken(export)


def test_who_took_it_is_on_record_and_it_is_removed_in_time(county: Any) -> None:
    export = asked(county)
    exporting.make(export.pk, clock)
    taken(export)
    lines = AuditLine.objects.filter(kind="export", object_id=str(export.pk)).order_by("pk")
    assert [(line.action, line.purpose) for line in lines] == [("exports", "work"), ("downloads", "work")]
    assert exports.expire(at=NOW + timedelta(days=6)) == 0
    assert exports.expire(at=NOW + timedelta(days=7)) == 1
    assert not lake.exists(exports.folder(export))
    with pytest.raises(exports.NotThere):
        taken(export)
    assert exports.expire(at=NOW + timedelta(days=8)) == 0


def test_a_file_is_not_given_after_its_time_even_before_it_is_removed(county: Any) -> None:
    export = asked(county)
    exporting.make(export.pk, clock)
    export.refresh_from_db()
    with pytest.raises(exports.NotThere):
        exports.take(export=export, part=0, at=NOW + timedelta(days=7), by=county)


def test_a_role_gets_no_more_than_it_may_see(county: Any, make_user: Any) -> None:
    leader = make_user("leader", division=COUNTY)
    assert [each.name for each in export_tables.tables_for(leader)] == [
        "findings",
        "needs",
        "cases",
        "tasks",
        "payments",
        "budget",
        "moves",
        "sources",
        "allocations",
        "projects",
        "vouchers",
        "appraisals",
    ]
    export = asked(leader, "needs", "parquet")
    exporting.make(export.pk, clock)
    table = pl.read_parquet(io.BytesIO(taken(export)))
    assert table.height
    assert (
        table["person"].null_count()
        == table["household"].null_count()
        == table["kind"].null_count()
        == table.height
    )
    with pytest.raises(access.NotAllowed):
        asked(leader, "facts")


def test_names_are_masked_to_their_first_character() -> None:
    block = pl.DataFrame({"number": ["a"], "household": [1], "applicant": ["王小明"], "state": ["opened"]})
    shown = export_tables.masked(export_tables.TABLES["cases"], block, ["household", "applicant"])
    assert shown.row(0) == ("a", None, "王**", "opened")


def test_an_officer_exports_the_own_division_only(county: Any, make_user: Any) -> None:
    elsewhere = make_user("county", division="330127000000")
    for table in export_tables.TABLES:
        assert exporting.count(export_tables.TABLES[table], elsewhere, {}, None) == 0, table
    export = asked(elsewhere)
    exporting.make(export.pk, clock)
    assert len(taken(export).decode().splitlines()) == 1


def test_an_officer_whose_account_was_closed_gets_nothing(county: Any) -> None:
    export = asked(county)
    county.is_active = False
    county.save()
    exporting.make(export.pk, clock)
    export.refresh_from_db()
    assert export.state == "failed"


def test_the_same_form_sent_twice_asks_once(county: Any) -> None:
    first, again = asked(county, key="k"), asked(county, key="k")
    assert first.pk == again.pk
    assert AuditLine.objects.filter(action="exports").count() == 1


def test_words_and_yuan_for_people_codes_and_fen_for_programs(county: Any) -> None:
    export = asked(county, "entitlements")
    exporting.make(export.pk, clock)
    text = taken(export).decode("utf-8-sig")
    assert text.startswith("Policy,Household,Answer,")
    assert ",Entitled," in text
    amounts = pl.read_csv(text.encode())["Amount, yuan"].drop_nulls().to_list()
    coded = asked(county, "entitlements", "parquet")
    exporting.make(coded.pk, clock)
    table = pl.read_parquet(io.BytesIO(taken(coded)))
    assert set(table["status"]) <= {"entitled", "not_entitled", "unknown"}
    assert [round(amount * 100) for amount in amounts] == table["amount_fen"].drop_nulls().to_list()


def test_a_short_list_is_there_at_once(county: Any, client: Client) -> None:
    client.force_login(county)
    page = client.get("/exports/new/needs/?state=open")
    key = page.context["form"]["key"].value()
    answer = client.post(
        "/exports/new/needs/?state=open", {"form": "csv", "use": "work", "key": key}, follow=True
    )
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="needs-')
    data = b"".join(answer.streaming_content)  # pyright: ignore
    assert int(answer.headers["Content-Length"]) == len(data)
    assert Export.objects.get().filters == {"state": "open"}
    assert client.get(f"/exports/{Export.objects.get().pk}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_long_one_is_a_job_with_its_progress(
    county: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from procrastinate.contrib.django import app

    monkeypatch.setattr(exporting, "AT_ONCE_ROWS", 3)
    client.force_login(county)
    client.cookies["huimin_language"] = "en"
    answer = client.post("/exports/new/facts/", {"form": "xlsx", "use": "report", "key": "k"}, follow=True)
    assert "Waiting" in answer.content.decode()
    export = Export.objects.get()
    assert export.as_of is not None
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(queues=["long"], wait=False, install_signal_handlers=False, listen_notify=False)
    page = client.get(f"/exports/{export.pk}/").content.decode()
    assert "Ready" in page
    assert f"/exports/{export.pk}/0/download/" in page


def test_progress_and_the_time_left() -> None:
    export = Export(state="reading", rows_total=300, rows_read=150, started_at=NOW)
    assert exporting.share_done(export) == 33
    assert exporting.seconds_left(export, NOW + timedelta(seconds=33)) == 68
    export.state, export.rows_read, export.rows_written = "writing", 300, 150
    assert exporting.share_done(export) == 83


def test_an_export_that_another_worker_is_making_is_left_to_it(county: Any) -> None:
    export = asked(county)
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_lock(%s, %s)", [exporting.LOCK_SPACE, export.pk])
                held.set()
                done.wait(10)
                # A connection that goes back to the pool keeps its locks until somebody takes it again.
                cursor.execute("select pg_advisory_unlock_all()")
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(10)
    exporting.make(export.pk, clock)
    done.set()
    thread.join()
    export.refresh_from_db()
    assert export.state == "waiting"
    exporting.make(export.pk, clock)
    export.refresh_from_db()
    assert export.state == "done"


def test_others_see_only_their_own_exports(county: Any, make_user: Any, client: Client) -> None:
    export = asked(county)
    exporting.make(export.pk, clock)
    client.force_login(make_user("county", division=COUNTY))
    assert client.get(f"/exports/{export.pk}/").status_code == 404
    assert client.get(f"/exports/{export.pk}/0/download/").status_code == 404
    for role in ("operator", "auditor"):
        client.force_login(make_user(role, division=""))
        page = client.get(f"/exports/{export.pk}/")
        assert page.status_code == 200
        assert "download/" not in page.content.decode()
        assert client.get(f"/exports/{export.pk}/0/download/").status_code == 403
    assert not AuditLine.objects.filter(action="downloads", object_id=str(export.pk)).exists()


@pytest.mark.parametrize("address", ["/exports/", "/exports/new/needs/", "/exports/new/facts/?x=1"])
def test_pages_ask_the_database_a_fixed_number_of_times(
    county: Any, client: Client, address: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        asked(county)
    client.force_login(county)
    with django_assert_max_num_queries(8):
        assert client.get(address).status_code == 200


def test_blocks_of_one_copy_are_cut_between_rows(county: Any) -> None:
    Person.objects.filter(pk=Person.objects.first().pk).update(name='a\n"b",c')  # pyright: ignore
    rows, columns = Person.objects.order_by("pk"), {"person": "pk", "name": "name"}
    blocks = list(bulk.blocks_of(rows, columns, 2))
    assert len(blocks) > 1
    assert pl.concat(blocks).equals(bulk.rows_of(rows, columns))
    assert 'a\n"b",c' in pl.concat(blocks)["name"].to_list()
    assert [block.height for block in bulk.blocks_of(rows.none(), columns, 2)] == [0]


def test_nothing_of_an_export_is_left_in_the_folder_for_temporary_files(
    county: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    export = asked(county, form="xlsx")
    exporting.make(export.pk, clock)
    assert os.listdir(tmp_path / "temporary") == []
