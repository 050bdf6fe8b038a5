"""The register of joint meetings on pages, and a step handed over on its page."""

# ruff: noqa: F401, F811 - fixtures are imported by name

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import AT, COUNTY, TODAY, VILLAGE
from tests.stages.test_cases_decisions import case, county, in_english, township, world
from tests.stages.test_cases_step_care import meet

from huimin_platform.cases.models import FollowUp, Meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, make_user, settings):
    settings.HUIMIN_TODAY = TODAY
    client.force_login(make_user("county", division=COUNTY, name="王明"))
    client.cookies["huimin_language"] = "en"
    return client


def form(**more) -> dict:
    return {
        "key": str(uuid4()), "subject": "收入核对口径", "held_on": TODAY.isoformat(), "attended": ["civil_affairs", "tax"],
        "minutes": "同意", "what_1": "提供季度数据", "department_1": "tax", "due_1": "2026-07-10", **more,
    }  # fmt: skip


def test_a_meeting_is_recorded_once_and_what_it_decided_is_listed(page) -> None:
    said = form()
    for _ in range(2):
        assert page.post("/meetings/record/", said).status_code == 302
    meeting = Meeting.objects.get()
    shown = page.get("/meetings/").content.decode()
    assert "提供季度数据" in shown
    assert f"/meetings/{meeting.pk}/" in shown


@pytest.mark.parametrize(
    "wrong", [{"minutes": ""}, {"attended": []}, {"department_1": ""}, {"held_on": "2026-13-45"}]
)
def test_what_is_missing_is_said_and_nothing_is_kept(page, wrong) -> None:
    assert page.post("/meetings/record/", form(**wrong)).status_code == 422
    assert not Meeting.objects.exists()


def test_a_meeting_of_one_department_or_to_come_is_refused(page) -> None:
    assert page.post("/meetings/record/", form(attended=["tax"])).status_code == 409
    assert page.post("/meetings/record/", form(held_on="2027-01-01")).status_code == 409


def test_what_is_overdue_is_marked_and_done_with_its_result(page, settings) -> None:
    page.post("/meetings/record/", form())
    settings.HUIMIN_TODAY = date(2026, 7, 20)
    [follow_up], meeting = FollowUp.objects.all(), Meeting.objects.get()
    assert "Late" in page.get("/meetings/").content.decode()
    assert page.post(f"/meetings/{meeting.pk}/", {"follow_up": follow_up.pk, "result": ""}).status_code == 422
    assert (
        page.post(f"/meetings/{meeting.pk}/", {"follow_up": follow_up.pk, "result": "已提供"}).status_code
        == 302
    )
    assert "已提供" in page.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "Late" not in page.get("/meetings/").content.decode()


def test_another_place_does_not_see_the_meeting(page, client, make_user) -> None:
    page.post("/meetings/record/", form())
    client.force_login(make_user("county", division="330182000000"))
    assert client.get(f"/meetings/{Meeting.objects.get().pk}/").status_code == 404


def test_the_register_takes_a_fixed_number_of_queries(page, county) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert page.get("/meetings/").status_code == 200
        return len(seen)

    meet(county)
    before = count()
    for _ in range(3):
        meet(county)
    assert count() == before


def test_a_step_is_handed_over_on_its_page(client, case, township, make_user) -> None:
    step = case.steps.get(key="review")
    helper = make_user("village", division=VILLAGE, name="周村")
    make_user("village", division="330182001001", name="外县")
    client.force_login(township)
    address = f"/cases/{case.number}/steps/{step.pk}/hand/"
    shown = client.get(address).content.decode()
    assert "周村" in shown
    assert "外县" not in shown
    assert client.post(address, {"to": "", "reason": "x"}).status_code == 422
    assert client.post(address, {"to": helper.pk, "reason": "就近"}).status_code == 302
    step.refresh_from_db()
    assert step.assigned_to == helper
    assert address in client.get(f"/cases/{case.number}/").content.decode()
