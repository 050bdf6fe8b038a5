"""The three lists: what is shown is what the steps say, for one's own place only, and safe in Excel."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.stages.funds_world import AT, COUNTY, TODAY
from tests.stages.test_cases_decisions import case, county, in_english, open_case, review, township, world

from huimin.units.workdays import KNOWN_YEARS
from huimin_platform.base import audit, bulk
from huimin_platform.base.models import Export
from huimin_platform.cases import actions, keeping, lists
from huimin_platform.cases.models import Step
from huimin_platform.portal import export_tables

pytestmark = pytest.mark.django_db
LATE = TODAY + timedelta(days=5)


@pytest.fixture
def page(client, county, settings):
    settings.HUIMIN_TODAY = TODAY
    client.force_login(county)
    client.cookies["huimin_language"] = "en"
    return client


def test_the_task_list_holds_the_unfinished_steps_of_the_place(case, county, make_user) -> None:
    found = list(lists.tasks(county))
    assert {step.key for step in found} == {"review", "decide"}
    assert [step.key for step in lists.tasks(county, level="township")] == ["review"]
    assert not lists.tasks(county, department="tax").exists()
    assert not lists.tasks(county, division="330127999").exists()
    assert not lists.tasks(make_user("county", division="330182000000")).exists()


def test_responsibilities_and_deadlines_count_what_is_late(case, county, township) -> None:
    keeping.escalate(today=LATE, at=AT)
    rows = {
        (row["department"], row["level"]): row for row in lists.responsibilities(lists.tasks(county), LATE)
    }
    step = case.steps.get(key="review")
    mine = rows[step.department, "township"]
    assert (mine["open"], mine["late"], mine["told"], mine["paused"]) == (1, 1, 1, 0)
    [row] = lists.deadlines(lists.tasks(county), LATE)
    assert {name: row[name] for name in lists.BUCKETS} == {
        "late_long": 0, "late": 1, "today": 0, "soon": 0, "later": 0,
    }  # fmt: skip
    actions.pause_step(step=step.pk, reason="x", at=AT, by=township)
    assert lists.deadlines(lists.tasks(county), LATE) == []


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-11, "late_long"), (-10, "late"), (-1, "late"), (0, "today"), (1, "soon"), (3, "soon"), (4, "later")],
)
def test_every_deadline_is_in_one_bucket(case, county, days, bucket) -> None:
    Step.objects.filter(case=case, key="review").update(due_on=TODAY + timedelta(days=days))
    [row] = lists.deadlines(lists.tasks(county), TODAY)
    assert {name: row[name] for name in lists.BUCKETS} == {
        name: int(name == bucket) for name in lists.BUCKETS
    }


def test_the_heat_is_the_share_that_is_late(case, county) -> None:
    departments, [(_, [load])] = lists.heat(lists.tasks(county), LATE)
    assert (load.department, load.steps, load.late, load.heat) == (departments[0], 1, 1, 3)
    assert lists.Load("x", "y", 10, 0).heat == 0
    assert lists.Load("x", "y", 10, 1).heat == 1
    assert lists.Load("x", "y", 10, 2).heat == 2


def test_duties_come_from_the_texts_in_force() -> None:
    found = lists.duties(TODAY, department="tax", level="county")
    assert found
    assert {(each.department, each.level) for each in found} == {("tax", "county")}
    assert lists.duties(TODAY.replace(year=1990)) == []


@pytest.mark.parametrize("name", ["responsibilities", "deadlines", "duties", "load"])
def test_each_list_of_sums_is_shown_and_exported(page, case, name, county) -> None:
    assert page.get(f"/lists/?list={name}").status_code == 200
    answer = page.get(f"/lists/workbook/?list={name}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row >= 2
    assert audit.looks("case", name).filter(action="exports", by_user=county).count() == 1


def test_the_task_list_is_exported_as_a_long_table_with_its_filter_and_no_cut(page, world, county) -> None:
    first, second = open_case(world, 1), open_case(world, 2)
    shown = page.get("/lists/?level=township").content.decode()
    assert "/exports/new/tasks/?level=township" in shown
    assert page.get("/lists/workbook/?list=tasks&level=township").url == (
        "/exports/new/tasks/?list=tasks&level=township"
    )
    about = export_tables.TABLES["tasks"]
    with translation.override("en"):
        rows = bulk.rows_of(
            about.rows(county, {"level": "township"}, None), {each.name: each.path for each in about.columns}
        )
        said = export_tables.in_words(about, rows)
    assert sorted(said["case"]) == sorted([first.number, second.number])
    assert set(said["said"]) == {first.steps.get(key="review").name["en"]}
    assert said["department"].str.contains("affairs").all()
    asked = page.get("/exports/new/tasks/?level=township")
    sent = page.post(
        "/exports/new/tasks/?level=township", {"form": "xlsx", "use": "work", "key": asked.context["form"].initial["key"]}
    )  # fmt: skip
    assert sent.status_code == 302
    export = Export.objects.get()
    assert (export.table, export.filters, export.state, export.rows_read) == (
        "tasks", {"level": "township"}, "done", 2,
    )  # fmt: skip


def test_a_cell_is_never_a_formula(page, case, monkeypatch) -> None:
    evil = '=HYPERLINK("http://x","y")'
    monkeypatch.setattr("huimin_platform.cases.pages.lists.department_name", lambda code: evil)
    sheet = openpyxl.load_workbook(io.BytesIO(page.get("/lists/workbook/?list=duties").content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == evil]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)


def test_lists_take_a_fixed_number_of_queries(page, world) -> None:
    def count() -> list[int]:
        found = []
        for name in ("tasks", "responsibilities", "deadlines", "duties", "load"):
            with CaptureQueriesContext(connection) as seen:
                assert page.get(f"/lists/?list={name}").status_code == 200
            found.append(len(seen))
        return found

    open_case(world, 1)
    before = count()
    for number in range(2, 8):
        open_case(world, number)
    assert count() == before


def test_a_strange_filter_shows_nothing_and_breaks_nothing(page, case) -> None:
    for query in ("list=burn", "level=emperor", "division=abc", "division=" + "9" * 40):
        assert page.get(f"/lists/?{query}").status_code == 200


def test_a_calendar_that_ends_is_said_where_deadlines_are(page, case, settings) -> None:
    last = KNOWN_YEARS[-1]
    said = f"The calendar of working days ends with {last}"
    assert said not in page.get("/lists/").content.decode()
    assert said not in page.get(f"/cases/{case.number}/").content.decode()
    # Deadlines that are set in December lie in January.
    settings.HUIMIN_TODAY = date(last, 12, 10)
    assert said in page.get("/lists/").content.decode()
    settings.HUIMIN_TODAY = TODAY.replace(year=2090)
    assert said in page.get("/lists/").content.decode()
    Step.objects.filter(case=case, key="review").update(due_on=date(last + 1, 1, 5))
    assert said in page.get(f"/cases/{case.number}/").content.decode()


def test_a_late_task_says_by_how_many_working_days_and_a_waiting_one_has_no_date(
    page, case, settings
) -> None:
    Step.objects.filter(case=case, key="review").update(due_on=TODAY)
    settings.HUIMIN_TODAY = TODAY + timedelta(days=7)
    rows = {dict(row)["What to do"]: dict(row) for row in page.get("/lists/").context["rows"]}
    names = {step.key: step.name["en"] for step in case.steps.all()}
    assert rows[names["review"]]["Late by, working days"] == 5
    assert len(page.get("/lists/?late=1").context["rows"]) == 1
    assert "late=1" in page.get("/lists/?list=load").content.decode()
    waiting = rows[names["decide"]]
    assert (waiting["Due"], waiting["Late by, working days"]) == ("2 working days once it begins", "")
