"""The keys of many rows are looked up together, and what the database then holds is as if each had been looked up."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, models, transaction
from tests.stages import county_world

from huimin_platform.base import audit, bulk
from huimin_platform.base.models import AuditLine, Division
from huimin_platform.matching.models import Entitlement
from huimin_platform.needs.models import Need
from huimin_platform.registry import keeping
from huimin_platform.registry.models import (
    Doubt,
    Fact,
    Household,
    Link,
    Membership,
    Person,
    Run,
    Touch,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, tzinfo=UTC)
TOGETHER, ONE_BY_ONE = 1, 10**9
# What is drawn anew each time: the numbers of rows, and the seals.
DRAWN = ("id", "trace", "run_id", "standing")


@pytest.fixture(params=[TOGETHER, ONE_BY_ONE], ids=["together", "one by one"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MANY", request.param)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MANY", TOGETHER)


def touches(count: int = 20) -> pl.DataFrame:
    """Rows with three keys, one of them empty in every other row."""
    run = Run.objects.create(at=AT, inputs="x")
    people = Person.objects.bulk_create(Person(name=f"王{number}") for number in range(count))
    homes = Household.objects.bulk_create(Household(residence="rural") for _ in range(count))
    return pl.DataFrame(
        {
            "run_id": [run.pk] * count,
            "person_id": [person.pk for person in people],
            "household_id": [home.pk if home.pk % 2 else None for home in homes],
        },
        schema_overrides={"household_id": pl.Int64},
    )


def executed(statement: str) -> None:
    """Does it, or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def copied(model: type[models.Model], frame: pl.DataFrame) -> None:
    """Adds the rows and looks up all that waits, or does nothing."""
    with transaction.atomic():
        bulk.copy_in(model, frame)
        executed("set constraints all immediate")


def taken_back(act: Callable[[], Any]) -> Any:
    """What an act gives, after all it did is undone."""
    with transaction.atomic():
        found = act()
        transaction.set_rollback(True)
    return found


def ways() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show session_replication_role")
        return cursor.fetchone()[0]


@pytest.mark.usefixtures("either")
def test_good_rows_are_there() -> None:
    frame = touches()
    copied(Touch, frame)
    kept = [*Touch.objects.order_by("pk").values_list("run_id", "person_id", "household_id")]
    assert kept == frame.rows()
    assert ways() == "origin"


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("column", ["run_id", "person_id", "household_id"])
def test_a_key_that_leads_nowhere_is_refused_by_the_name_of_its_constraint(column: str) -> None:
    frame = touches()
    wrong = frame.with_columns(pl.when(pl.col(column).is_not_null()).then(2**40).alias(column))
    with pytest.raises(IntegrityError, match=f"registry_touch_{column}_.*_fk_"):
        copied(Touch, wrong)
    assert ways() == "origin"
    assert not Touch.objects.exists()


@pytest.mark.usefixtures("either")
def test_checks_and_uniqueness_hold() -> None:
    frame = touches()
    nobody = frame.with_columns(person_id=pl.lit(None, pl.Int64), household_id=pl.lit(None, pl.Int64))
    with pytest.raises(psycopg.IntegrityError, match="touch_of_somebody"):
        copied(Touch, nobody)
    twice = pl.DataFrame({"code": ["330127000000"] * 2, "name": ["县"] * 2})
    with pytest.raises(psycopg.IntegrityError, match="unique"):
        copied(Division, twice)
    assert ways() == "origin"


@pytest.mark.usefixtures("together")
def test_rows_may_lead_to_rows_that_came_with_them() -> None:
    people = pl.DataFrame({"id": [1, 2], "name": ["甲", "乙"], "merged_into_id": [None, 1]}).with_columns(
        sex=pl.lit(""), division=pl.lit("")
    )
    assert bulk.copy_in(Person, people) == 2


@pytest.mark.usefixtures("together")
def test_a_guard_on_insert_sees_every_row() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create function refuses() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$;"
            " create trigger refuses before insert on base_division for each row"
            " when (new.name = '错') execute function refuses()"
        )
    assert bulk.copy_in(Division, pl.DataFrame({"code": ["330127000000"], "name": ["县"]})) == 1
    with pytest.raises(psycopg.DatabaseError, match="not this one"):
        copied(Division, pl.DataFrame({"code": ["330128000000"], "name": ["错"]}))


@pytest.mark.usefixtures("together")
def test_a_constraint_that_may_wait_is_still_asked() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "alter table base_division add constraint later unique (name) deferrable initially deferred"
        )
    alike = pl.DataFrame({"code": ["330127000000", "330128000000"], "name": ["县", "县"]})
    with pytest.raises(IntegrityError, match="later"):
        copied(Division, alike)


@pytest.mark.usefixtures("together")
def test_lines_of_the_log_cannot_be_changed_afterwards() -> None:
    assert audit.write_many(by="system", action="opens", kind="person", object_ids=range(9)) == 9
    for change in (
        "update base_auditline set by = 'x'",
        "delete from base_auditline",
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            executed(change)
    assert AuditLine.objects.filter(by="system").count() == 9


@pytest.mark.usefixtures("together")
def test_who_may_not_set_triggers_aside_has_each_row_looked_up() -> None:
    wrong = touches().with_columns(person_id=2**40)
    with connection.cursor() as cursor:
        cursor.execute("create role plain; grant all on all tables in schema public to plain")
        cursor.execute("grant all on all sequences in schema public to plain; set local role plain")
    later = taken_back(lambda: bulk.copy_in(Touch, wrong))
    assert later == wrong.height, "nothing was looked up at once"
    with pytest.raises(IntegrityError, match="registry_touch_person_id"):
        copied(Touch, wrong)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("together")
def test_whom_the_rows_lead_to_nobody_removes_meanwhile() -> None:
    frame, said = touches(), []

    def remove() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '200ms'")
                cursor.execute("delete from registry_person where id = %s", [frame["person_id"][0]])
        except DatabaseError as problem:
            said.append(str(problem))
        finally:
            connections.close_all()

    with transaction.atomic():
        bulk.copy_in(Touch, frame)
        other = threading.Thread(target=remove)
        other.start()
        other.join()
    assert len(said) == 1
    assert "lock timeout" in said[0]
    assert Touch.objects.count() == frame.height


KEPT: tuple[type[models.Model], ...] = (Person, Household, Membership, Fact, Link, Doubt, Need, Entitlement)


def rows_kept() -> dict[str, list[Any]]:
    """All that the tables hold but what is drawn anew."""
    told = {}
    for model in KEPT:
        names = [
            field.attname for field in model._meta.concrete_fields
            if field.attname not in DRAWN and not field.attname.endswith("_sealed")
        ]  # fmt: skip
        rows = [tuple(bytes(each) if isinstance(each, memoryview) else repr(each) for each in row)
                for row in model._default_manager.values_list(*names)]  # fmt: skip
        told[model.__name__] = sorted(rows, key=repr)
    return told


def what_holds() -> list[Any]:
    """Indexes, constraints and triggers, and whether they hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexrelid::regclass::text, indisvalid and indisready, pg_get_indexdef(indexrelid) from pg_index"
            " union select conname, convalidated, pg_get_constraintdef(oid) from pg_constraint"
            " union select tgname, tgenabled = 'O', pg_get_triggerdef(oid) from pg_trigger order by 1, 3"
        )
        return cursor.fetchall()


def test_a_county_is_the_same_whichever_way_it_was_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    county_world.receive(county_world.made() / "delivery")
    before, told = what_holds(), {}
    for many in (ONE_BY_ONE, TOGETHER):

        def load(many: int = many) -> dict[str, list[Any]]:
            monkeypatch.setattr(bulk, "MANY", many)
            for turn in (
                county_world.advance_registry,
                county_world.advance_needs,
                county_world.advance_matching,
            ):
                turn()
            executed("set constraints all immediate")
            assert what_holds() == before
            return rows_kept()

        told[many] = taken_back(load)
    assert all(told[TOGETHER][model.__name__] for model in KEPT if model is not Doubt)
    assert told[TOGETHER] == told[ONE_BY_ONE]


@pytest.mark.usefixtures("together")
def test_a_load_that_breaks_off_leaves_nothing_and_the_next_one_does_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    county_world.receive(county_world.made() / "delivery")
    before = what_holds()
    with monkeypatch.context() as broken:
        broken.setattr(keeping, "pairs", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            county_world.advance_registry()
    assert ways() == "origin"
    assert what_holds() == before
    assert not any(model._default_manager.exists() for model in KEPT)
    assert county_world.advance_registry()["persons"] == Person.objects.count() > 0
