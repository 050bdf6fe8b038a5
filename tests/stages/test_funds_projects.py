"""Projects: approved with their upkeep by another person, spent on by voucher; what goes badly ends by a person's decision."""

# ruff: noqa: F401, F811 - fixtures are imported by name

import re
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.stages.funds_world import AT, COUNTY, TODAY
from tests.stages.test_funds_allocating import english, finance, second
from tests.stages.test_funds_ledger import immediate, refused

from huimin_platform.base import access
from huimin_platform.funds import actions, books, projecting, purposes, sourcing
from huimin_platform.funds.models import Account
from huimin_platform.funds.project_models import Project, Verdict, Voucher
from huimin_platform.funds.refusals import NotNow

pytestmark = pytest.mark.django_db
HALL = {
    "code": "P1", "title": "养老服务中心", "division": COUNTY, "build_fen": 10_000, "running_fen": 500,
    "life_years": 20, "opens_year": 2026, "promises": [("本级预算", 500)],
}  # fmt: skip


@pytest.fixture
def hall(finance, second) -> Project:
    projecting.plan(**HALL, at=AT, by=finance)
    return projecting.approve(code="P1", at=AT, by=second)


@pytest.fixture
def money(hall, finance):
    sourcing.register(
        code="B1",
        kind="bond",
        title="专项债",
        document="债〔2026〕1号",
        purposes=["project:P1"],
        at=AT,
        by=finance,
    )
    return actions.appropriate(
        year=2026, purpose="project:P1", source="B1", amount_fen=8_000, key="b", at=AT, by=finance
    )


def spent(by, *, fen: int = 5_000, document: str = "发票1", key=None) -> Voucher:
    return projecting.prepare_voucher(
        key=key or uuid4(), code="P1", year=2026, source="B1", kind="build", document=document, payee="建筑公司",
        amount_fen=fen, at=AT, by=by,
    )  # fmt: skip


def test_a_project_without_upkeep_is_refused_by_action_and_database(finance, second) -> None:
    with pytest.raises(NotNow, match="Rule of upkeep"):
        projecting.plan(**HALL | {"promises": [("本级预算", 499)]}, at=AT, by=finance)
    projecting.plan(**HALL, at=AT, by=finance)
    with pytest.raises(NotNow, match="Somebody else"):
        projecting.approve(code="P1", at=AT, by=finance)
    with pytest.raises(IntegrityError, match="project_approved_with_its_upkeep"), transaction.atomic():
        Project.objects.create(
            **{name: value for name, value in HALL.items() if name not in ("code", "promises")}, code="P2", promises=[],
            promised_fen=1, state="approved", planned_at=AT, planned_by=finance, approved_by=second,
        )  # fmt: skip


def test_what_is_registered_never_changes(hall, finance) -> None:
    assert projecting.plan(**HALL, at=AT, by=finance) == hall
    with pytest.raises(NotNow, match="stands for"):
        projecting.plan(**HALL | {"title": "别的"}, at=AT, by=finance)
    with pytest.raises(IntegrityError, match="keeps what was registered"), transaction.atomic():
        Project.objects.update(running_fen=1)


def test_money_comes_to_approved_projects_only(finance) -> None:
    with pytest.raises(NotNow, match="no approved project"):
        actions.appropriate(year=2026, purpose="project:P9", amount_fen=100, at=AT, by=finance)


def test_a_voucher_spends_once_with_two_people(money, finance, second) -> None:
    key = uuid4()
    found = spent(finance, key=key)
    assert spent(finance, key=key) == found
    with pytest.raises(NotNow, match="Somebody else"):
        projecting.approve_voucher(key=key, at=AT, by=finance)
    for _ in range(2):
        projecting.approve_voucher(key=key, at=AT, by=second)
    immediate()
    fund = dict(Account.objects.filter(purpose="project:P1").values_list("leg", "balance_fen"))
    assert (fund["budget"], fund["paid"]) == (3_000, 5_000)
    assert books.disagreements() == {}
    with pytest.raises(NotNow, match="taken in before"):
        spent(finance, fen=10)
    with pytest.raises(NotNow, match="Only 30"):
        spent(finance, fen=3_001, document="发票2")
    with pytest.raises(IntegrityError, match="keeps what was taken in"), transaction.atomic():
        Voucher.objects.update(amount_fen=1)


def test_a_voucher_approved_past_the_action_is_refused(money, finance, second) -> None:
    found = spent(finance)
    with refused("without standing in the ledger"):
        Voucher.objects.filter(pk=found.pk).update(approved_by=second, approved_at=AT)


def two_bad_years(finance) -> None:
    for year in (2024, 2025):
        actions.appropriate(
            year=year, purpose="school_meals", amount_fen=100_000, key=f"{year}", at=AT, by=finance
        )
    immediate()


@pytest.fixture
def desk(client, settings):
    settings.HUIMIN_TODAY = TODAY
    client.cookies["huimin_language"] = "en"

    def ask(by, name: str, *arguments, data=None, status: int = 200) -> str:
        client.force_login(by)
        address = reverse(name, args=arguments)
        answer = client.post(address, data) if data is not None else client.get(address)
        assert answer.status_code == status, answer.content.decode()[-2000:]
        return answer.content.decode()

    return ask


def test_two_bad_years_end_by_a_leaders_decision_with_the_evidence(desk, finance, make_user) -> None:
    two_bad_years(finance)
    leader = make_user("leader")
    page = desk(leader, "funds:projects")
    assert "2024: 1,000.00 yuan received, 0.00 yuan used" in page
    assert "A leader has not decided yet" in desk(finance, "funds:projects")
    actions.appropriate(year=2026, purpose="school_meals", amount_fen=1, key="still", at=AT, by=finance)
    desk(leader, "funds:judge", data={"purpose": "school_meals", "act": "end", "reason": " "}, status=302)
    assert not Verdict.objects.exists()
    form = {"purpose": "school_meals", "act": "end", "reason": "连续两年用不出去"}
    for _ in range(2):
        desk(leader, "funds:judge", data=form, status=302)
    verdict = Verdict.objects.get()
    assert (verdict.ends, verdict.last_year, verdict.evidence) == (
        True,
        2025,
        [[2024, 100_000, 0], [2025, 100_000, 0]],
    )
    with pytest.raises(NotNow, match="ended after two bad years"):
        actions.appropriate(year=2026, purpose="school_meals", amount_fen=1, key="no", at=AT, by=finance)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Verdict.objects.update(ends=False)
    desk(leader, "funds:judge", data=form | {"purpose": "medical_aid"}, status=404)


def test_projects_are_registered_approved_and_spent_on_by_form(desk, finance, second) -> None:
    form = {
        "code": "P1", "title": "养老服务中心", "build_fen": "1200000", "running_fen": "50000", "life_years": 20,
        "opens_year": 2026, "payer": "本级预算", "promised_fen": "10000",
    }  # fmt: skip
    assert "40,000.00 are missing" in desk(finance, "funds:plan_project", data=form, status=409)
    desk(finance, "funds:plan_project", data=form | {"promised_fen": "50000"}, status=302)
    assert "Approve the project" not in desk(finance, "funds:project", "P1")
    desk(second, "funds:approve_project", "P1", data={}, status=302)
    assert "50,000.00 were planned" in desk(finance, "funds:projects")
    actions.appropriate(year=2026, purpose="project:P1", amount_fen=5_000_000, key="r", at=AT, by=finance)
    assert "were planned" not in desk(finance, "funds:projects")
    key = re.search(r'name="key" value="([^"]+)"', desk(finance, "funds:project", "P1"))
    assert key
    voucher = {
        "key": key[1],
        "kind": "running",
        "source": "",
        "document": "发票7",
        "payee": "物业",
        "amount_fen": "300",
    }
    desk(finance, "funds:voucher", "P1", data=voucher | {"amount_fen": "60000"}, status=409)
    desk(finance, "funds:voucher", "P1", data=voucher, status=302)
    desk(second, "funds:approve_voucher", "P1", key[1], data={}, status=302)
    assert Voucher.objects.get().approved_by == second
    assert "Spent" in desk(finance, "funds:project", "P1")
    flow = desk(finance, "funds:flow")
    assert "Spent on projects" in flow
    # A project is called by its name, with its code.
    assert "养老服务中心 (P1)" in flow


@pytest.mark.parametrize("address", ["funds:flow", "funds:accounts", "funds:letters", "funds:sources"])
def test_pages_that_name_projects_take_a_fixed_number_of_queries(
    desk, finance, second, money, address: str
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert "养老服务中心 (P1)" in desk(finance, address)
        return len(seen)

    count()
    few = count()
    for number in range(2, 8):
        projecting.plan(**HALL | {"code": f"P{number}", "title": f"项目{number}"}, at=AT, by=finance)
        projecting.approve(code=f"P{number}", at=AT, by=second)
        actions.appropriate(
            year=2026,
            purpose=f"project:P{number}",
            amount_fen=100,
            key=f"n{number}",
            document=f"文{number}",
            at=AT,
            by=finance,
        )
    assert "项目7 (P7)" in desk(finance, "funds:flow")
    assert count() == few


def test_a_worker_that_runs_on_calls_a_new_project_by_its_name_too(hall, finance) -> None:
    purposes.look_again()
    assert purposes.purpose_words("project:P1") == "养老服务中心 (P1)"
    projecting.plan(**HALL | {"code": "P2", "title": "敬老院"}, at=AT, by=finance)
    assert purposes.purpose_words("project:P2") == "敬老院 (P2)"


def test_the_register_takes_a_fixed_number_of_queries(desk, finance, second) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            desk(finance, "funds:projects")
        return len(seen)

    projecting.plan(**HALL, at=AT, by=finance)
    two_bad_years(finance)
    count()  # The policy book is read once.
    few = count()
    for number in range(2, 8):
        projecting.plan(**HALL | {"code": f"P{number}"}, at=AT, by=finance)
        projecting.approve(code=f"P{number}", at=AT, by=second)
    assert count() == few <= 20


def test_only_a_leader_judges_and_only_finance_plans(finance, make_user) -> None:
    asked = {"purpose": "x", "last_year": 2025, "evidence": [], "ends": True, "reason": "r", "at": AT}
    with pytest.raises(access.NotAllowed):
        projecting.judge(**asked, by=finance)
    with pytest.raises(access.NotAllowed):
        projecting.plan(**HALL, at=AT, by=make_user("leader"))
