"""The pages of what follows a decision, for officer and resident; notices as page and PDF, and their check."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.stages.funds_world import AT, COUNTY, TODAY
from tests.stages.test_cases_decisions import in_english, world
from tests.stages.test_cases_paths import boss, paid, resident, second

from huimin_platform.base import audit
from huimin_platform.cases import actions, path_queries
from huimin_platform.cases.models import Notice, Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client, boss, settings):
    settings.HUIMIN_TODAY = TODAY
    client.force_login(boss)
    client.cookies["huimin_language"] = "en"
    return client


@pytest.fixture
def path(paid, boss) -> Path:
    return actions.begin_path(case=paid, name="suspension", cause="收入待核实", at=AT, by=boss)


def test_an_officer_begins_and_another_decides(officer, paid, second, resident) -> None:
    address = f"/cases/{paid.number}/paths/"
    assert "Nothing has followed the decision" in officer.get(address).content.decode()
    assert officer.post(f"{address}begin/", {"name": "suspension", "cause": ""}).status_code == 422
    given = {"name": "suspension", "cause": "收入待核实"}
    assert officer.post(f"{address}begin/", given).status_code == 302
    path = Path.objects.get()
    text = officer.get(address).content.decode()
    assert "The person replies" in text
    assert "收入待核实" in text
    officer.force_login(resident)
    own = f"/mine/cases/{paid.number}/"
    assert "Nothing to say" in officer.get(own).content.decode()
    answer = officer.post(f"{own}paths/{path.pk}/", {"turn": 0, "move": "reply", "reason": "没有变化"})
    assert (answer.status_code, answer.url) == (302, own)
    officer.force_login(second)
    shown = officer.get(address).content.decode()
    assert "没有变化" in shown
    early = officer.post(f"{address}{path.pk}/", {"turn": 0, "move": "drop", "reason": "x"})
    assert early.status_code == 409
    assert "Somebody has moved this meanwhile" in early.content.decode()
    assert officer.post(f"{address}{path.pk}/", {"turn": 1, "move": "drop", "reason": "x"}).status_code == 302


def test_a_recovery_by_form_takes_an_amount_in_yuan(officer, paid) -> None:
    address = f"/cases/{paid.number}/paths/begin/"
    assert officer.post(address, {"name": "recovery", "cause": "重复"}).status_code == 409
    assert officer.post(address, {"name": "recovery", "cause": "重复", "amount_fen": "-3"}).status_code == 422
    huge = officer.post(address, {"name": "recovery", "cause": "重复", "amount_fen": "9" * 20})
    assert huge.status_code == 422
    given = {"name": "recovery", "cause": "重复", "amount_fen": "680"}
    assert officer.post(address, given).status_code == 302
    assert Path.objects.get().amount_fen == 68_000


def test_a_forged_name_or_move_is_refused(officer, paid, path, resident) -> None:
    address = f"/cases/{paid.number}/paths/"
    assert officer.post(f"{address}begin/", {"name": "burn", "cause": "x"}).status_code == 422
    assert (
        officer.post(f"{address}{path.pk}/", {"turn": 0, "move": "suspend", "reason": "x"}).status_code == 409
    )
    assert officer.post(f"{address}{path.pk}/", {"turn": "x", "move": "drop"}).status_code == 422
    assert officer.post(f"{address}{path.pk + 1}/", {"turn": 0, "move": "drop"}).status_code == 404


def test_a_resident_sees_only_the_own_cases(client, paid, path, make_user, settings) -> None:
    settings.HUIMIN_TODAY = TODAY
    client.force_login(make_user("resident"))
    assert client.get("/mine/cases/").status_code == 200
    assert paid.number not in client.get("/mine/cases/").content.decode()
    notice = Notice.objects.filter(path=path).get()
    for address in (
        f"/mine/cases/{paid.number}/",
        f"/mine/notices/{notice.pk}/",
        f"/mine/notices/{notice.pk}/pdf/",
    ):
        assert client.get(address).status_code == 404
    assert (
        client.post(f"/mine/cases/{paid.number}/begin/", {"name": "appeal", "cause": "x"}).status_code == 404
    )


def test_a_resident_appeals_on_the_own_page(client, paid, resident, settings) -> None:
    settings.HUIMIN_TODAY = TODAY
    client.force_login(resident)
    client.cookies["huimin_language"] = "en"
    assert paid.number in client.get("/mine/cases/").content.decode()
    given = {"name": "appeal", "cause": "金额有误"}
    assert client.post(f"/mine/cases/{paid.number}/begin/", given).status_code == 302
    text = client.get(f"/mine/cases/{paid.number}/").content.decode()
    assert "Another officer looks again" in text
    assert "王明" not in text


def test_pages_take_a_fixed_number_of_queries(officer, paid, path, resident, boss) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert officer.get(f"/cases/{paid.number}/paths/").status_code == 200
        return len(seen)

    first = count()
    actions.begin_path(case=paid, name="recovery", cause="x", amount_fen=5, at=AT, by=boss)
    second_count = count()
    actions.begin_path(case=paid, name="move", cause="x", at=AT, by=boss)
    # Each path that runs asks who may move it; a case has at most one of a name.
    assert second_count - first <= 6
    assert count() <= 40


def test_a_notice_is_read_printed_and_found_genuine(officer, paid, path, resident) -> None:
    notice = Notice.objects.filter(path=path).get()
    text = officer.get(f"/notices/{notice.pk}/").content.decode()
    assert "收入待核实" in text
    assert "<svg" in text
    code = path_queries.check_code(notice)
    assert code in text
    pdf = officer.get(f"/notices/{notice.pk}/pdf/")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    looked = audit.looks("person", paid.applicant_id).filter(action="opens").first()
    assert looked.purpose == f"notice on case {paid.number}"
    officer.force_login(resident)
    assert officer.get(f"/mine/notices/{notice.pk}/").status_code == 200
    officer.logout()
    answer = officer.get(f"/verify/{path_queries.token(notice)}/")
    said = answer.content.decode()
    assert answer.status_code == 200
    assert code in said
    for private in (paid.applicant.name, paid.number, "收入待核实", "Suspension", "暂停"):
        assert private not in said


@pytest.mark.parametrize(
    "change", [lambda token: "1" + token, lambda token: token[:-1], lambda token: "7:abc"]
)
def test_a_forged_code_is_said_to_be_forged(client, path, change) -> None:
    notice = Notice.objects.filter(path=path).get()
    answer = client.get(f"/verify/{change(path_queries.token(notice))}/")
    assert answer.status_code == 404


def test_the_check_code_changes_with_any_word(path) -> None:
    notice = Notice.objects.filter(path=path).get()
    code = path_queries.check_code(notice)
    notice.text["zh"][0] += "。"
    assert path_queries.check_code(notice) != code
    assert re.fullmatch(r"[0-9A-F]{4}(-[0-9A-F]{4}){2}", code)


def test_a_notice_elsewhere_is_not_found(client, path, make_user) -> None:
    notice = Notice.objects.filter(path=path).get()
    client.force_login(make_user("county", division="330182000000"))
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
